SELECT
  "part_1"."visits__created_at_month" AS "visits__created_at_month",
  "part_1"."visits__visitors_30_days" AS "visits__visitors_30_days",
  "part_2"."visits__mean_30_days" AS "visits__mean_30_days",
  "part_2"."visits__approximately" AS "visits__approximately",
  "part_2"."visits__median_30_days" AS "visits__median_30_days",
  "part_3"."visits__web_30_days" AS "visits__web_30_days"
FROM (
  SELECT
    "series"."date_from" AS "visits__created_at_month",
    count(DISTINCT "base"."visits__visitors_30_days") AS "visits__visitors_30_days"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT DISTINCT
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      "visits".visitor AS "visits__visitors_30_days"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= (((date_trunc('month', $1::timestamp) - '30 day'::interval) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((date_trunc('month', $2::timestamp) + '1 month'::interval) + '1 day'::interval) AT TIME ZONE $3))
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '30 day'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_month",
    "base"."visits__mean_30_days" AS "visits__mean_30_days",
    "base"."visits__approximately" AS "visits__approximately",
    "base"."visits__median_30_days" AS "visits__median_30_days"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN LATERAL (
    SELECT
      avg("visits".amount) AS "visits__mean_30_days",
      round(hll_cardinality(hll_add_agg(hll_hash_any("visits".visitor)))) AS "visits__approximately",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "visits".amount) AS "visits__median_30_days"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE (("visits".created_at::timestamptz AT TIME ZONE $3) > ("series"."date_to" - '30 day'::interval)) AND (("visits".created_at::timestamptz AT TIME ZONE $3) <= "series"."date_to") AND ("visits".created_at >= (((date_trunc('month', $1::timestamp) - '30 day'::interval) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((date_trunc('month', $2::timestamp) + '1 month'::interval) + '1 day'::interval) AT TIME ZONE $3))
  ) AS "base" ON true
) AS "part_2" ON (coalesce("part_1"."visits__created_at_month", 'epoch') = coalesce("part_2"."visits__created_at_month", 'epoch')) AND (("part_1"."visits__created_at_month" IS NULL) = ("part_2"."visits__created_at_month" IS NULL))
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_month",
    sum("base"."visits__web_30_days") AS "visits__web_30_days"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 month'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('month', $1::timestamp), $2::timestamp, '1 month'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count(CASE WHEN ("visits".channel = 'web') THEN "visits".id END) AS "visits__web_30_days"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= (((date_trunc('month', $1::timestamp) - '30 day'::interval) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((date_trunc('month', $2::timestamp) + '1 month'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '30 day'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_3" ON (coalesce("part_1"."visits__created_at_month", 'epoch') = coalesce("part_3"."visits__created_at_month", 'epoch')) AND (("part_1"."visits__created_at_month" IS NULL) = ("part_3"."visits__created_at_month" IS NULL))
ORDER BY 1 ASC
LIMIT $4
-- $1 = 2024-02-10T00:00:00.000
-- $2 = 2024-09-30T23:59:59.999
-- $3 = UTC
-- $4 = 10000
