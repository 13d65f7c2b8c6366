SELECT
  "part_1"."visits__created_at_month" AS "visits__created_at_month",
  "part_1"."visits__created_at_quarter" AS "visits__created_at_quarter",
  "part_1"."visits__created_at_half_year" AS "visits__created_at_half_year",
  "part_1"."visits__ever" AS "visits__ever"
FROM (
  SELECT
    "series"."date_from" AS "visits__created_at_month",
    date_trunc('quarter', "series"."date_from") AS "visits__created_at_quarter",
    '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', "series"."date_from" - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval))) AS "visits__created_at_half_year",
    sum("base"."visits__ever") AS "visits__ever"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__ever"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at < (((date_trunc('month', $2::timestamp) + '1 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2, 3
) AS "part_1"
ORDER BY 1 ASC
LIMIT $4
-- $1 = 2024-02-10T00:00:00.000
-- $2 = 2024-09-30T23:59:59.999
-- $3 = UTC
-- $4 = 10000
