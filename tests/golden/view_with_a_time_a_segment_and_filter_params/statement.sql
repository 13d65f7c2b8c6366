SELECT
  "cities".name AS "report__cities_name",
  date_trunc('month', "orders".at::timestamptz AT TIME ZONE $1) AS "report__at_month",
  count("orders".id) AS "report__count"
FROM (SELECT * FROM (VALUES (1, 'new', '2020-01-05'::timestamp, 1), (2, 'paid', '2020-01-20', 1),
(3, 'paid', '2020-02-03', 2), (4, 'paid', '2020-03-03', 2)) AS rows (id, status, at, city_id)
WHERE (status = $2) AND ((at >= $3::timestamptz) AND (at <= $4::timestamptz))
AND (1 = 1)) AS "orders"
LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Oslo')) AS rows (id, name)) AS "cities" ON "orders".city_id = "cities".id
WHERE ("orders".id % 2 = 1) AND ("orders".status = $5) AND (("orders".at >= $6::timestamptz) AND ("orders".at <= $7::timestamptz))
GROUP BY 1, 2
ORDER BY 2 ASC
LIMIT $8
-- $1 = UTC
-- $2 = paid
-- $3 = 2020-01-01T00:00:00.000Z
-- $4 = 2020-02-29T23:59:59.999Z
-- $5 = paid
-- $6 = 2020-01-01T00:00:00.000Z
-- $7 = 2020-02-29T23:59:59.999Z
-- $8 = 10000
