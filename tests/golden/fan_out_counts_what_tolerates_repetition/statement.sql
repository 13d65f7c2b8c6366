SELECT
  count(DISTINCT "orders".id) AS "orders__count",
  count(DISTINCT "orders".user_id) AS "orders__users",
  min("orders".number) AS "orders__min_number",
  max("orders".number) AS "orders__max_number",
  count("line_items".id) AS "line_items__count"
FROM orders AS "orders"
LEFT JOIN line_items AS "line_items" ON "orders".id = "line_items".order_id
LIMIT $1
-- $1 = 10000
