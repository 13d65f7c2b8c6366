SELECT
  count("orders".id) AS "orders__count",
  count(CASE WHEN ("orders".status = 'completed') THEN "orders".id END) AS "orders__completed_count",
  round(100.0 * count(CASE WHEN ("orders".status = 'completed') THEN "orders".id END) / NULLIF(count("orders".id), 0), 1) AS "orders__completed_share",
  round(100.0 * count(CASE WHEN ("orders".status = 'shipped') THEN "orders".id END) / NULLIF(count("orders".id), 0), 1) AS "orders__shipped_share"
FROM orders AS "orders"
LIMIT $1
-- $1 = 10000
