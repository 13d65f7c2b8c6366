SELECT
  "secure_orders".status AS "secure_orders__status",
  count("secure_orders".id) AS "secure_orders__count"
FROM (SELECT * FROM orders WHERE (user_id = $1)) AS "secure_orders"
GROUP BY 1
ORDER BY 2 DESC
LIMIT $2
-- $1 = 5
-- $2 = 10000
