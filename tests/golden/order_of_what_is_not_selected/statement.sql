SELECT
  "orders".status AS "orders__status",
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
GROUP BY 1
LIMIT $1
-- $1 = 10000
