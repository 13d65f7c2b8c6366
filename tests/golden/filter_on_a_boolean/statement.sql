SELECT
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
WHERE (("orders".status = 'completed') = $1)
LIMIT $2
-- $1 = true
-- $2 = 10000
