SELECT
  (30 + "users".id % 20) || ',' || (-120 + "users".id % 40) AS "users__location",
  count(DISTINCT "users".id) AS "users__count",
  sum("orders".number) AS "orders__total_number"
FROM users AS "users"
LEFT JOIN orders AS "orders" ON "users".id = "orders".user_id
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 2
