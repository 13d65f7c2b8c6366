SELECT
  "part_1"."visits__created_at_quarter" AS "visits__created_at_quarter",
  "part_1"."visits__three_months" AS "visits__three_months",
  "part_2"."visits__median_30_days" AS "visits__median_30_days"
FROM (
  SELECT
    "series"."date_from" AS "visits__created_at_quarter",
    sum("base"."visits__three_months") AS "visits__three_months"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '3 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('quarter', (SELECT
      min("base"."window_time") AS "edge"
    FROM (
      SELECT
        date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $1) AS "window_time",
        sum("visits".amount) AS "visits__three_months"
      FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
      GROUP BY 1
    ) AS "base")), (SELECT
      max("base"."window_time") AS "edge"
    FROM (
      SELECT
        date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $1) AS "window_time",
        sum("visits".amount) AS "visits__three_months"
      FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
      GROUP BY 1
    ) AS "base"), '3 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $1) AS "window_time",
      sum("visits".amount) AS "visits__three_months"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '3 month'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_quarter",
    "base"."visits__median_30_days" AS "visits__median_30_days"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '3 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('quarter', (SELECT
      min("base"."window_time") AS "edge"
    FROM (
      SELECT
        "visits".created_at::timestamptz AT TIME ZONE $1 AS "window_time"
      FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
      GROUP BY 1
    ) AS "base")), (SELECT
      max("base"."window_time") AS "edge"
    FROM (
      SELECT
        "visits".created_at::timestamptz AT TIME ZONE $1 AS "window_time"
      FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
      GROUP BY 1
    ) AS "base"), '3 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN LATERAL (
    SELECT
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "visits".amount) AS "visits__median_30_days"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE (("visits".created_at::timestamptz AT TIME ZONE $1) > ("series"."date_to" - '30 day'::interval)) AND (("visits".created_at::timestamptz AT TIME ZONE $1) <= "series"."date_to")
  ) AS "base" ON true
) AS "part_2" ON (coalesce("part_1"."visits__created_at_quarter", 'epoch') = coalesce("part_2"."visits__created_at_quarter", 'epoch')) AND (("part_1"."visits__created_at_quarter" IS NULL) = ("part_2"."visits__created_at_quarter" IS NULL))
ORDER BY 1 ASC
LIMIT $2
-- $1 = UTC
-- $2 = 10000
