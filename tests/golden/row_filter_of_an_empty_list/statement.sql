SELECT
  count("secure_orders".id) AS "secure_orders__count"
FROM (SELECT * FROM orders WHERE false) AS "secure_orders"
LIMIT $1
-- $1 = 10000
