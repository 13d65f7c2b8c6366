SELECT
  coalesce("fact_1"."cities__name", "fact_2"."cities__name") AS "cities__name",
  "fact_1"."orders__amount" / NULLIF("fact_2"."shipments__count", 0) AS "orders__amount_per_visit",
  "fact_2"."shipments__load" AS "shipments__load"
FROM (
  SELECT
    "cities".name AS "cities__name",
    sum("orders".amount) AS "orders__amount"
  FROM (SELECT * FROM (VALUES (79, 1, 1), (80, 2, 1), (81, 3, 1), (82, 4, 2), (83, 5, 2), (84, 6, 3),
(85, 7, NULL)) AS rows (id, amount, city_id)) AS "orders"
  LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome', 10), (2, 'Oslo', 20), (5, 'Bern', 40)) AS rows (id, name, size)) AS "cities" ON "orders".city_id = "cities".id
  WHERE ("cities".name IS NOT NULL)
  GROUP BY 1
) AS "fact_1"
FULL JOIN (
  SELECT
    "cities".name AS "cities__name",
    count("shipments".id) AS "shipments__count",
    sum("shipments".load) AS "shipments__load"
  FROM (SELECT * FROM (VALUES (100, 1, 1), (101, 2, 2), (102, 3, 2), (103, 4, 2), (104, 5, 4))
AS rows (id, load, city_id)) AS "shipments"
  LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome', 10), (2, 'Oslo', 20), (5, 'Bern', 40)) AS rows (id, name, size)) AS "cities" ON "shipments".city_id = "cities".id
  WHERE ("cities".name IS NOT NULL)
  GROUP BY 1
) AS "fact_2" ON (coalesce("fact_1"."cities__name"::text, '') = coalesce("fact_2"."cities__name"::text, '')) AND (("fact_1"."cities__name" IS NULL) = ("fact_2"."cities__name" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
