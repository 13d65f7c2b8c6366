SELECT
  "orders".status AS "orders__status",
  count("orders".id) AS "orders__count"
FROM (SELECT * FROM orders
WHERE (created_at >= $1 AND created_at::date <= $2::date)
AND ((status = ANY(ARRAY[$3,$4])) OR (user_id = $5 AND user_id::text = $6))) AS "orders"
WHERE (("orders".status IN ($7, $8)) OR ("orders".user_id = $9)) AND (("orders".created_at >= $10::timestamptz) AND ("orders".created_at <= $11::timestamptz))
GROUP BY 1
ORDER BY 2 DESC
LIMIT $12
-- $1 = 2020-01-01T00:00:00.000Z
-- $2 = 2020-03-31T23:59:59.999Z
-- $3 = completed
-- $4 = shipped
-- $5 = 7
-- $6 = 7
-- $7 = completed
-- $8 = shipped
-- $9 = 7
-- $10 = 2020-01-01T00:00:00.000Z
-- $11 = 2020-03-31T23:59:59.999Z
-- $12 = 10000
