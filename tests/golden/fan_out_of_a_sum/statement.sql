SELECT
  "keys"."line_items__quantity" AS "line_items__quantity",
  sum("orders".number) AS "orders__total_number"
FROM (
  SELECT DISTINCT
    "line_items".quantity AS "line_items__quantity",
    "orders".id AS "orders__id__key"
  FROM orders AS "orders"
  LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
) AS "keys"
LEFT JOIN orders AS "orders" ON "keys"."orders__id__key" = "orders".id
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
