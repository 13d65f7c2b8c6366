SELECT
  count("secure_orders".id) AS "secure_orders__count"
FROM (SELECT * FROM orders WHERE (user_id IN ($1, $2))) AS "secure_orders"
LIMIT $3
-- $1 = 5
-- $2 = 6
-- $3 = 10000
