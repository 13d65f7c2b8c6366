SELECT
  date_trunc('week', "orders".created_at::timestamptz AT TIME ZONE $1) AS "orders__created_at_week",
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
WHERE (("orders".created_at >= $2::timestamptz) AND ("orders".created_at <= $3::timestamptz))
GROUP BY 1
ORDER BY 1 ASC
LIMIT $4
-- $1 = Asia/Tokyo
-- $2 = 2020-06-21T15:00:00.000Z
-- $3 = 2020-07-12T14:59:59.999Z
-- $4 = 10000
