SELECT
  date_trunc('year', ("visits".created_at::timestamptz AT TIME ZONE $1) - '3 month'::interval) + '3 month'::interval AS "visits__created_at_year_from_april",
  count("visits".id) AS "visits__count"
FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
WHERE ("visits".channel IS NOT NULL)
GROUP BY 1
ORDER BY 1 ASC
LIMIT $2
-- $1 = UTC
-- $2 = 10000
