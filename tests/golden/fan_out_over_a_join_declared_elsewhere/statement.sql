SELECT
  "part_1"."notes__value" AS "notes__value",
  100.0 * "part_1"."payments__success_count" / NULLIF("part_1"."payments__count", 0) AS "payments__success_rate",
  100.0 * "part_2"."payments__success_total" / NULLIF("part_2"."payments__total", 0) AS "payments__success_total_rate",
  "part_2"."payments__converted" AS "payments__converted",
  "part_2"."payments__total" AS "payments__total"
FROM (
  SELECT
    "notes".value AS "notes__value",
    count(DISTINCT CASE WHEN ("payments".status = 'SUCCESS') THEN "payments".id END) AS "payments__success_count",
    count(DISTINCT "payments".id) AS "payments__count"
  FROM (SELECT * FROM (VALUES ('EUR', 1.0), ('USD', 2.0)) AS rows (currency, rate)) AS "rates"
  LEFT JOIN (SELECT * FROM (VALUES ('p1', 'SUCCESS', 100, 'EUR'), ('p2', 'SUCCESS', 200, 'EUR'),
('p3', 'DECLINED', 300, 'EUR'), ('p4', 'SUCCESS', 400, 'USD'), ('p5', 'SUCCESS', 1, NULL))
AS rows (id, status, amount, currency)) AS "payments" ON "rates".currency = "payments".currency
  LEFT JOIN (SELECT * FROM (VALUES ('m1', 'p1', 'A'), ('m2', 'p1', 'A'), ('m3', 'p2', 'A'), ('m4', 'p3', 'A'),
('m5', 'p4', 'B'), ('m6', 'p5', 'B')) AS rows (id, payment_id, value)) AS "notes" ON "payments".id = "notes".payment_id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."notes__value" AS "notes__value",
    sum(CASE WHEN ("payments".status = 'SUCCESS') THEN "payments".amount END) AS "payments__success_total",
    sum("payments".amount) AS "payments__total",
    sum("payments".amount / "rates".rate) AS "payments__converted"
  FROM (
    SELECT DISTINCT
      "notes".value AS "notes__value",
      "payments".id AS "payments__id__key"
    FROM (SELECT * FROM (VALUES ('EUR', 1.0), ('USD', 2.0)) AS rows (currency, rate)) AS "rates"
    LEFT JOIN (SELECT * FROM (VALUES ('p1', 'SUCCESS', 100, 'EUR'), ('p2', 'SUCCESS', 200, 'EUR'),
('p3', 'DECLINED', 300, 'EUR'), ('p4', 'SUCCESS', 400, 'USD'), ('p5', 'SUCCESS', 1, NULL))
AS rows (id, status, amount, currency)) AS "payments" ON "rates".currency = "payments".currency
    LEFT JOIN (SELECT * FROM (VALUES ('m1', 'p1', 'A'), ('m2', 'p1', 'A'), ('m3', 'p2', 'A'), ('m4', 'p3', 'A'),
('m5', 'p4', 'B'), ('m6', 'p5', 'B')) AS rows (id, payment_id, value)) AS "notes" ON "payments".id = "notes".payment_id
  ) AS "keys"
  LEFT JOIN (SELECT * FROM (VALUES ('p1', 'SUCCESS', 100, 'EUR'), ('p2', 'SUCCESS', 200, 'EUR'),
('p3', 'DECLINED', 300, 'EUR'), ('p4', 'SUCCESS', 400, 'USD'), ('p5', 'SUCCESS', 1, NULL))
AS rows (id, status, amount, currency)) AS "payments" ON "keys"."payments__id__key" = "payments".id
  LEFT JOIN (SELECT * FROM (VALUES ('EUR', 1.0), ('USD', 2.0)) AS rows (currency, rate)) AS "rates" ON "rates".currency = "payments".currency
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."notes__value"::text, '') = coalesce("part_2"."notes__value"::text, '')) AND (("part_1"."notes__value" IS NULL) = ("part_2"."notes__value" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
