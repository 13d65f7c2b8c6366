SELECT
  "part_1"."report__day" AS "report__day",
  "part_1"."visits__total" AS "report__visits",
  "part_2"."sales__total" AS "report__sales"
FROM (
  SELECT
    "keys"."report__day" AS "report__day",
    sum("visits".id) AS "visits__total"
  FROM (
    SELECT DISTINCT
      "days".day AS "report__day",
      "visits".id AS "visits__id__key"
    FROM (SELECT * FROM (VALUES ('a'), ('b')) AS rows (day)) AS "days"
    LEFT JOIN (SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3), ('b', 4)) AS rows (day, id)) AS "visits" ON "days".day = "visits".day
    LEFT JOIN (SELECT * FROM (VALUES ('a', 5), ('b', 6)) AS rows (day, id)) AS "sales" ON "days".day = "sales".day
  ) AS "keys"
  LEFT JOIN (SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3), ('b', 4)) AS rows (day, id)) AS "visits" ON "keys"."visits__id__key" = "visits".id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."report__day" AS "report__day",
    sum("sales".id) AS "sales__total"
  FROM (
    SELECT DISTINCT
      "days".day AS "report__day",
      "sales".id AS "sales__id__key"
    FROM (SELECT * FROM (VALUES ('a'), ('b')) AS rows (day)) AS "days"
    LEFT JOIN (SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3), ('b', 4)) AS rows (day, id)) AS "visits" ON "days".day = "visits".day
    LEFT JOIN (SELECT * FROM (VALUES ('a', 5), ('b', 6)) AS rows (day, id)) AS "sales" ON "days".day = "sales".day
  ) AS "keys"
  LEFT JOIN (SELECT * FROM (VALUES ('a', 5), ('b', 6)) AS rows (day, id)) AS "sales" ON "keys"."sales__id__key" = "sales".id
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."report__day"::text, '') = coalesce("part_2"."report__day"::text, '')) AND (("part_1"."report__day" IS NULL) = ("part_2"."report__day" IS NULL))
WHERE ("part_2"."sales__total" > $1)
ORDER BY 1 ASC
LIMIT $2
-- $1 = 0
-- $2 = 10000
