SELECT
  "orders".id AS "orders__id",
  "users".city AS "users__city",
  "orders".number AS "orders__total_number",
  CASE WHEN ("orders".status = 'completed') THEN 1 END AS "orders__completed_count"
FROM orders AS "orders"
LEFT JOIN users AS "users" ON "orders".user_id = "users".id
ORDER BY 1 ASC
LIMIT $1
-- $1 = 4
