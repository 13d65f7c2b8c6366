SELECT
  "part_1"."visits__created_at_half_year" AS "visits__created_at_half_year",
  "part_1"."visits__three_months" AS "visits__three_months",
  "part_2"."visits__next_month" AS "visits__next_month",
  "part_3"."visits__ever" AS "visits__ever",
  "part_4"."visits__before" AS "visits__before",
  "part_5"."visits__half_year_to_date" AS "visits__half_year_to_date",
  "part_1"."visits__three_months" / nullif("part_3"."visits__ever", 0) AS "visits__share"
FROM (
  SELECT
    "series"."date_from" AS "visits__created_at_half_year",
    sum("base"."visits__three_months") AS "visits__three_months"
  FROM (
    SELECT
      '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from") AS "date_from",
      ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(least(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, floor(greatest(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      sum("visits".amount) AS "visits__three_months"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= (((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) - '3 month'::interval) - '1 month'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) + '6 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '3 month'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_half_year",
    sum("base"."visits__next_month") AS "visits__next_month"
  FROM (
    SELECT
      '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from") AS "date_from",
      ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(least(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, floor(greatest(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__next_month"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= ((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) - '1 month'::interval) AT TIME ZONE $3)) AND ("visits".created_at < ((((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) + '6 month'::interval) + '1 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" > "series"."date_to") AND ("base"."window_time" <= ("series"."date_to" + '1 month'::interval))
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."visits__created_at_half_year", 'epoch') = coalesce("part_2"."visits__created_at_half_year", 'epoch')) AND (("part_1"."visits__created_at_half_year" IS NULL) = ("part_2"."visits__created_at_half_year" IS NULL))
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_half_year",
    sum("base"."visits__ever") AS "visits__ever"
  FROM (
    SELECT
      '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from") AS "date_from",
      ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(least(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, floor(greatest(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__ever"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at < (((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) + '6 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_3" ON (coalesce("part_1"."visits__created_at_half_year", 'epoch') = coalesce("part_3"."visits__created_at_half_year", 'epoch')) AND (("part_1"."visits__created_at_half_year" IS NULL) = ("part_3"."visits__created_at_half_year" IS NULL))
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_half_year",
    sum("base"."visits__before") AS "visits__before"
  FROM (
    SELECT
      '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from") AS "date_from",
      ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(least(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, floor(greatest(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__before"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at < (((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) + '6 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" < "series"."date_from")
  GROUP BY 1
) AS "part_4" ON (coalesce("part_1"."visits__created_at_half_year", 'epoch') = coalesce("part_4"."visits__created_at_half_year", 'epoch')) AND (("part_1"."visits__created_at_half_year" IS NULL) = ("part_4"."visits__created_at_half_year" IS NULL))
INNER JOIN (
  SELECT
    "series"."date_from" AS "visits__created_at_half_year",
    sum("base"."visits__half_year_to_date") AS "visits__half_year_to_date"
  FROM (
    SELECT
      '2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from") AS "date_from",
      ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(least(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, floor(greatest(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 14515200, date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / 16070400))::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      date_trunc('month', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__half_year_to_date"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= ((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $1::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) - '1 month'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', $2::timestamp - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval)))) + '6 month'::interval) + '1 month'::interval) AT TIME ZONE $3))
    GROUP BY 1
  ) AS "base" ON ("base"."window_time" >= ('2024-01-01T00:00:00.000'::timestamp + ('6 month'::interval * floor(date_part('epoch', "series"."date_from" - '2024-01-01T00:00:00.000'::timestamp) / date_part('epoch', '6 month'::interval))))) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_5" ON (coalesce("part_1"."visits__created_at_half_year", 'epoch') = coalesce("part_5"."visits__created_at_half_year", 'epoch')) AND (("part_1"."visits__created_at_half_year" IS NULL) = ("part_5"."visits__created_at_half_year" IS NULL))
ORDER BY 1 ASC
LIMIT $4
-- $1 = 2024-02-10T00:00:00.000
-- $2 = 2025-12-31T23:59:59.999
-- $3 = Europe/London
-- $4 = 10000
