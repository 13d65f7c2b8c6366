SELECT
  date_trunc('week', "visits".created_at) + interval '5 days' AS "visits__created_at_weekend",
  count("visits".id) AS "visits__count"
FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
WHERE (("visits".created_at >= $1::timestamptz) AND ("visits".created_at <= $2::timestamptz))
GROUP BY 1
ORDER BY 1 ASC
LIMIT $3
-- $1 = 2024-03-01T00:00:00.000Z
-- $2 = 2024-04-20T23:59:59.999Z
-- $3 = 10000
