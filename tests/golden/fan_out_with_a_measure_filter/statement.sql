SELECT
  "part_1"."users__city" AS "users__city",
  "part_2"."orders__total_number" AS "orders__total_number"
FROM (
  SELECT
    "users".city AS "users__city",
    sum("line_items".quantity) AS "line_items__total_quantity"
  FROM orders AS "orders"
  LEFT JOIN users AS "users" ON "orders".user_id = "users".id
  LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."users__city" AS "users__city",
    sum("orders".number) AS "orders__total_number"
  FROM (
    SELECT DISTINCT
      "users".city AS "users__city",
      "orders".id AS "orders__id__key"
    FROM orders AS "orders"
    LEFT JOIN users AS "users" ON "orders".user_id = "users".id
    LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
  ) AS "keys"
  LEFT JOIN orders AS "orders" ON "keys"."orders__id__key" = "orders".id
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."users__city"::text, '') = coalesce("part_2"."users__city"::text, '')) AND (("part_1"."users__city" IS NULL) = ("part_2"."users__city" IS NULL))
WHERE ("part_1"."line_items__total_quantity" > $1)
ORDER BY 1 ASC
LIMIT $2
-- $1 = 31000
-- $2 = 10000
