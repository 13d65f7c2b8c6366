SELECT
  "users".city AS "users__city"
FROM users AS "users"
GROUP BY 1
ORDER BY 1 DESC
LIMIT $1
OFFSET $2
-- $1 = 3
-- $2 = 2
