SELECT
  "part_1"."users__state" AS "users__state",
  "part_1"."line_items__total_amount" / NULLIF("part_1"."orders__count", 0) AS "line_items__revenue_per_order",
  "part_2"."orders__avg_number" AS "orders__avg_number"
FROM (
  SELECT
    "users".state AS "users__state",
    sum("line_items".quantity * "line_items".price) AS "line_items__total_amount",
    count(DISTINCT "orders".id) AS "orders__count"
  FROM line_items AS "line_items"
  LEFT JOIN orders AS "orders" ON "line_items".order_id = "orders".id
  LEFT JOIN users AS "users" ON "orders".user_id = "users".id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."users__state" AS "users__state",
    avg("orders".number) AS "orders__avg_number"
  FROM (
    SELECT DISTINCT
      "users".state AS "users__state",
      "orders".id AS "orders__id__key"
    FROM line_items AS "line_items"
    LEFT JOIN orders AS "orders" ON "line_items".order_id = "orders".id
    LEFT JOIN users AS "users" ON "orders".user_id = "users".id
  ) AS "keys"
  LEFT JOIN orders AS "orders" ON "keys"."orders__id__key" = "orders".id
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."users__state"::text, '') = coalesce("part_2"."users__state"::text, '')) AND (("part_1"."users__state" IS NULL) = ("part_2"."users__state" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
