SELECT
  "part_1"."orders__status" AS "orders__status",
  "part_2"."orders__total_number" AS "orders__total_number",
  "part_1"."orders__count" AS "orders__count",
  "part_1"."line_items__total_quantity" AS "line_items__total_quantity"
FROM (
  SELECT
    "orders".status AS "orders__status",
    count(DISTINCT "orders".id) AS "orders__count",
    sum("line_items".quantity) AS "line_items__total_quantity"
  FROM orders AS "orders"
  LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."orders__status" AS "orders__status",
    sum("orders".number) AS "orders__total_number"
  FROM (
    SELECT DISTINCT
      "orders".status AS "orders__status",
      "orders".id AS "orders__id__key"
    FROM orders AS "orders"
    LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
  ) AS "keys"
  LEFT JOIN orders AS "orders" ON "keys"."orders__id__key" = "orders".id
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."orders__status"::text, '') = coalesce("part_2"."orders__status"::text, '')) AND (("part_1"."orders__status" IS NULL) = ("part_2"."orders__status" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
