SELECT
  "part_1"."visits__created_at_week" AS "visits__created_at_week",
  "part_1"."visits__half_year_to_date" AS "visits__half_year_to_date",
  "part_2"."visits__month_to_date" AS "visits__month_to_date"
FROM (
  SELECT
    "series"."date_from" AS "visits__created_at_week",
    sum("base"."visits__half_year_to_date") AS "visits__half_year_to_date"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 week'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('week', $1::timestamp), $2::timestamp, '1 week'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__half_year_to_date"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= ((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', date_trunc('week', $1::timestamp) - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((date_trunc('week', $2::timestamp) + '1 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" >= ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', "series"."date_from" - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval))))) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_week",
    sum("base"."visits__month_to_date") AS "visits__month_to_date"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 week'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('week', $1::timestamp), $2::timestamp, '1 week'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      sum("visits".amount) AS "visits__month_to_date"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= ((date_trunc('month', date_trunc('week', $1::timestamp)) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((date_trunc('week', $2::timestamp) + '1 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" >= date_trunc('month', "series"."date_from")) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."visits__created_at_week", 'epoch') = coalesce("part_2"."visits__created_at_week", 'epoch')) AND (("part_1"."visits__created_at_week" IS NULL) = ("part_2"."visits__created_at_week" IS NULL))
ORDER BY 1 ASC
LIMIT $4
-- $1 = 2024-06-10T00:00:00.000
-- $2 = 2024-08-10T23:59:59.999
-- $3 = Australia/Lord_Howe
-- $4 = 10000
