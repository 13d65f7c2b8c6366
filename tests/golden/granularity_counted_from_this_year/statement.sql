SELECT
  ($1::timestamp + '-30 minute'::interval) + ('2 hour'::interval * floor(date_part('epoch', ("visits".created_at::timestamptz AT TIME ZONE $2) - ($1::timestamp + '-30 minute'::interval)) / date_part('epoch', '2 hour'::interval))) AS "visits__created_at_two_hours",
  count("visits".id) AS "visits__count"
FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
WHERE (("visits".created_at >= $3::timestamptz) AND ("visits".created_at <= $4::timestamptz))
GROUP BY 1
ORDER BY 1 ASC
LIMIT $5
-- $1 = 2020-01-01T00:00:00.000
-- $2 = America/New_York
-- $3 = 2024-03-01T05:00:00.000Z
-- $4 = 2024-04-21T03:59:59.999Z
-- $5 = 10000
