SELECT
  coalesce("fact_1"."cities__name", "fact_2"."cities__name", "fact_3"."cities__name") AS "cities__name",
  "fact_1"."orders__amount" AS "orders__amount",
  "fact_2"."shipments__load" AS "shipments__load",
  "fact_3"."cities__size" AS "cities__size"
FROM (
  SELECT
    "cities".name AS "cities__name",
    sum("orders".amount) AS "orders__amount"
  FROM (SELECT * FROM (VALUES (79, 1, 1), (80, 2, 1), (81, 3, 1), (82, 4, 2), (83, 5, 2), (84, 6, 3),
(85, 7, NULL)) AS rows (id, amount, city_id)) AS "orders"
  LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome', 10), (2, 'Oslo', 20), (5, 'Bern', 40)) AS rows (id, name, size)) AS "cities" ON "orders".city_id = "cities".id
  GROUP BY 1
) AS "fact_1"
FULL JOIN (
  SELECT
    "cities".name AS "cities__name",
    sum("shipments".load) AS "shipments__load"
  FROM (SELECT * FROM (VALUES (100, 1, 1), (101, 2, 2), (102, 3, 2), (103, 4, 2), (104, 5, 4))
AS rows (id, load, city_id)) AS "shipments"
  LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome', 10), (2, 'Oslo', 20), (5, 'Bern', 40)) AS rows (id, name, size)) AS "cities" ON "shipments".city_id = "cities".id
  GROUP BY 1
) AS "fact_2" ON (coalesce("fact_1"."cities__name"::text, '') = coalesce("fact_2"."cities__name"::text, '')) AND (("fact_1"."cities__name" IS NULL) = ("fact_2"."cities__name" IS NULL))
FULL JOIN (
  SELECT
    "cities".name AS "cities__name",
    sum("cities".size) AS "cities__size"
  FROM (SELECT * FROM (VALUES (1, 'Rome', 10), (2, 'Oslo', 20), (5, 'Bern', 40)) AS rows (id, name, size)) AS "cities"
  GROUP BY 1
) AS "fact_3" ON (coalesce(coalesce("fact_1"."cities__name", "fact_2"."cities__name")::text, '') = coalesce("fact_3"."cities__name"::text, '')) AND ((coalesce("fact_1"."cities__name", "fact_2"."cities__name") IS NULL) = ("fact_3"."cities__name" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
