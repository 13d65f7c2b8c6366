SELECT
  "users".city AS "users__city",
  count("orders".id) AS "orders__count",
  sum("orders".number) AS "orders__total_number"
FROM orders AS "orders"
LEFT JOIN users AS "users" ON "orders".user_id = "users".id
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
