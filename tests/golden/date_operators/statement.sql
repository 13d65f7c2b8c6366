SELECT
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
WHERE ("orders".created_at > $1::timestamptz) AND (("orders".created_at < $2::timestamptz) OR ("orders".created_at > $3::timestamptz))
LIMIT $4
-- $1 = 2020-01-05T00:00:00.000Z
-- $2 = 2020-02-01T00:00:00.000Z
-- $3 = 2020-02-29T23:59:59.999Z
-- $4 = 10000
