SELECT
  "orders".status AS "orders__status",
  avg("orders__line_items_amount_subquery"."orders__line_items_amount") AS "orders__avg_order_amount"
FROM orders AS "orders"
LEFT JOIN (
  SELECT
    "orders".id AS "orders__id",
    sum("line_items".quantity * "line_items".price) AS "orders__line_items_amount"
  FROM line_items AS "line_items"
  LEFT JOIN orders AS "orders" ON "line_items".order_id = "orders".id
  GROUP BY 1
) AS "orders__line_items_amount_subquery" ON "orders__line_items_amount_subquery"."orders__id" = "orders".id
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
