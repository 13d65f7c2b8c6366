SELECT
  "orders".id AS "orders__id",
  "orders".completed_at::timestamptz AT TIME ZONE $1 AS "orders__completed_at"
FROM orders AS "orders"
GROUP BY 1, 2
ORDER BY 1 ASC
LIMIT $2
-- $1 = Asia/Kolkata
-- $2 = 4
