SELECT
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
LEFT JOIN users AS "users" ON "orders".user_id = "users".id
WHERE ("orders".status IN ('processing', 'shipped')) AND ("orders".number > 50 AND "users".state = 'CA')
LIMIT $1
-- $1 = 10000
