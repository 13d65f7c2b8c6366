SELECT
  count("users".id) AS "users__count"
FROM users AS "users"
WHERE (("users".city IN ($1, $2)) OR (("users".age >= $3) AND (("users".email::text NOT ILIKE ('%' || $4 || '%')) OR ("users".email IS NULL)) AND ("users".gender <> $5)))
LIMIT $6
-- $1 = Boston
-- $2 = Chicago
-- $3 = 30
-- $4 = 50\%\_\\
-- $5 = male
-- $6 = 10000
