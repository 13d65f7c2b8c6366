SELECT
  "orders".id AS "orders__id",
  "orders__line_items_count_propagated_subquery"."orders__line_items_count_propagated" AS "orders__line_items_count_propagated"
FROM orders AS "orders"
LEFT JOIN (
  SELECT
    "orders".id AS "orders__id",
    count("line_items".id) AS "orders__line_items_count_propagated"
  FROM line_items AS "line_items"
  LEFT JOIN orders AS "orders" ON "line_items".order_id = "orders".id
  WHERE ("orders".status = $1)
  GROUP BY 1
) AS "orders__line_items_count_propagated_subquery" ON "orders__line_items_count_propagated_subquery"."orders__id" = "orders".id
WHERE ("orders".status = $1)
GROUP BY 1, 2
ORDER BY 1 ASC
LIMIT $2
-- $1 = completed
-- $2 = 3
