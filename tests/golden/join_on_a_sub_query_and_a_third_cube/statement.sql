SELECT
  "tiers".name AS "tiers__name",
  count("visits".id) AS "visits__count"
FROM (SELECT * FROM (VALUES (1), (2)) AS rows (id)) AS "users"
LEFT JOIN (
  SELECT
    "users".id AS "users__id",
    count("visits".id) AS "users__visits"
  FROM (SELECT * FROM (VALUES (1, 1, 'DE'), (2, 1, 'FR'), (3, 2, 'DE')) AS rows (id, user_id, country)) AS "visits"
  LEFT JOIN (SELECT * FROM (VALUES (1), (2)) AS rows (id)) AS "users" ON "visits".user_id = "users".id
  GROUP BY 1
) AS "users__visits_subquery" ON "users__visits_subquery"."users__id" = "users".id
LEFT JOIN (SELECT * FROM (VALUES (1, 1, 'DE'), (2, 1, 'FR'), (3, 2, 'DE')) AS rows (id, user_id, country)) AS "visits" ON "users".id = "visits".user_id
LEFT JOIN (SELECT * FROM (VALUES ('one', 1, 'DE'), ('two', 2, 'FR')) AS rows (name, least, country)) AS "tiers" ON "tiers".least = "users__visits_subquery"."users__visits" AND "tiers".country = "visits".country
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
