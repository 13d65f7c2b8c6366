SELECT
  ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', ("visits".created_at::timestamptz AT TIME ZONE $1) - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval))))::date AS "visits__half",
  count("visits".id) AS "visits__count"
FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
GROUP BY 1
ORDER BY 2 DESC
LIMIT $2
-- $1 = UTC
-- $2 = 10000
