SELECT
  count("filtered_orders".id) AS "filtered_orders__count"
FROM (SELECT * FROM orders WHERE ((created_at >= $1::timestamptz) AND (created_at <= $2::timestamptz)) AND (status IN ($3, $4))) AS "filtered_orders"
WHERE ("filtered_orders".status IN ($5, $6)) AND (("filtered_orders".created_at >= $7::timestamptz) AND ("filtered_orders".created_at <= $8::timestamptz))
LIMIT $9
-- $1 = 2020-01-01T00:00:00.000Z
-- $2 = 2020-01-31T23:59:59.999Z
-- $3 = completed
-- $4 = shipped
-- $5 = completed
-- $6 = shipped
-- $7 = 2020-01-01T00:00:00.000Z
-- $8 = 2020-01-31T23:59:59.999Z
-- $9 = 10000
