SELECT
  "visits".channel AS "visits__channel",
  '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', ("visits".created_at::timestamptz AT TIME ZONE $1) - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval))) AS "visits__created_at_half_year",
  count("visits".id) AS "visits__count",
  sum("visits".amount) AS "visits__total"
FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
WHERE (("visits".created_at >= $2::timestamptz) AND ("visits".created_at <= $3::timestamptz))
GROUP BY 1, 2
ORDER BY 2 ASC
LIMIT $4
-- $1 = Europe/London
-- $2 = 2024-01-01T00:00:00.000Z
-- $3 = 2025-12-31T23:59:59.999Z
-- $4 = 10000
