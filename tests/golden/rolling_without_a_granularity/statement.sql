SELECT
  "part_1"."orders__running_count" AS "orders__running_count"
FROM (
  SELECT
    count("orders".id) AS "orders__running_count"
  FROM orders AS "orders"
  WHERE (("orders".created_at::timestamptz AT TIME ZONE $1) <= $2::timestamp)
) AS "part_1"
LIMIT $3
-- $1 = UTC
-- $2 = 2020-03-09T23:59:59.999
-- $3 = 10000
