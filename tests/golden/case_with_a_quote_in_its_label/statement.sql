SELECT
  CASE WHEN ("orders".status = 'shipped') THEN 'It''s on the way' ELSE 'Pending' END AS "orders__status_label_quoted",
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
GROUP BY 1
ORDER BY 2 DESC
LIMIT $1
-- $1 = 10000
