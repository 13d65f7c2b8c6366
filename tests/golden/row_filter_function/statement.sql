SELECT
  "orders".status AS "orders__status",
  count("orders".id) AS "orders__count"
FROM (SELECT * FROM orders
WHERE (user_id = ANY(ARRAY[$1,$2,$3]::int[]))
AND status IN ($4,$5)) AS "orders"
GROUP BY 1
ORDER BY 2 DESC
LIMIT $6
-- $1 = 1
-- $2 = 2
-- $3 = 3
-- $4 = completed
-- $5 = shipped
-- $6 = 10000
