SELECT
  "orders".status AS "orders__status",
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
GROUP BY 1
ORDER BY 2 DESC
LIMIT $1
-- $1 = 10000
