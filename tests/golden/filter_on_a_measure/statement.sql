SELECT
  "orders".number AS "orders__number",
  count("orders".id) AS "orders__count"
FROM orders AS "orders"
GROUP BY 1
HAVING (count("orders".id) > $1) AND (avg("orders".number) IS NOT NULL)
ORDER BY 1 ASC
LIMIT $2
-- $1 = 100
-- $2 = 3
