SELECT
  "part_1"."visits__channel" AS "visits__channel",
  "part_1"."visits__created_at_fortnight" AS "visits__created_at_fortnight",
  "part_1"."visits__month_to_date" AS "visits__month_to_date",
  "part_2"."visits__ever" AS "visits__ever",
  "part_3"."visits__visitors_30_days" AS "visits__visitors_30_days"
FROM (
  SELECT
    "base"."visits__channel" AS "visits__channel",
    "series"."date_from" AS "visits__created_at_fortnight",
    sum("base"."visits__month_to_date") AS "visits__month_to_date"
  FROM (
    SELECT
      '2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from") AS "date_from",
      ('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(date_part('epoch', $1::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      "visits".channel AS "visits__channel",
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      sum("visits".amount) AS "visits__month_to_date"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= ((date_trunc('month', '2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * floor(date_part('epoch', $1::timestamp - '2024-08-23T00:00:00.000'::timestamp) / date_part('epoch', '2 week'::interval)))) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / date_part('epoch', '2 week'::interval)))) + '2 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1, 2
  ) AS "base" ON ("base"."window_time" >= date_trunc('month', "series"."date_from")) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2
) AS "part_1"
INNER JOIN (
  SELECT
    "base"."visits__channel" AS "visits__channel",
    "series"."date_from" AS "visits__created_at_fortnight",
    sum("base"."visits__ever") AS "visits__ever"
  FROM (
    SELECT
      '2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from") AS "date_from",
      ('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(date_part('epoch', $1::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT
      "visits".channel AS "visits__channel",
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      count("visits".id) AS "visits__ever"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at < (((('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / date_part('epoch', '2 week'::interval)))) + '2 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1, 2
  ) AS "base" ON ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2
) AS "part_2" ON (coalesce("part_1"."visits__channel"::text, '') = coalesce("part_2"."visits__channel"::text, '')) AND (("part_1"."visits__channel" IS NULL) = ("part_2"."visits__channel" IS NULL)) AND (coalesce("part_1"."visits__created_at_fortnight", 'epoch') = coalesce("part_2"."visits__created_at_fortnight", 'epoch')) AND (("part_1"."visits__created_at_fortnight" IS NULL) = ("part_2"."visits__created_at_fortnight" IS NULL))
INNER JOIN (
  SELECT
    "base"."visits__channel" AS "visits__channel",
    "series"."date_from" AS "visits__created_at_fortnight",
    count(DISTINCT "base"."visits__visitors_30_days") AS "visits__visitors_30_days"
  FROM (
    SELECT
      '2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from") AS "date_from",
      ('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(floor(date_part('epoch', $1::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / 1209600)::bigint, 1) AS "steps"(date_from)
    WHERE (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * ("steps"."date_from" + 1))) > $1::timestamp) AND (('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * "steps"."date_from")) <= $2::timestamp)
  ) AS "series"
  LEFT JOIN (
    SELECT DISTINCT
      "visits".channel AS "visits__channel",
      date_trunc('day', "visits".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      "visits".visitor AS "visits__visitors_30_days"
    FROM (SELECT n AS id, n * 3 AS amount, n % 11 AS visitor,
       CASE WHEN n % 3 = 0 THEN 'web' WHEN n % 3 = 1 THEN 'app' END AS channel,
       timestamp '2023-11-20 05:15:00' + n * interval '7 days 5 hours 20 minutes' AS created_at
FROM generate_series(0, 130) AS n) AS "visits"
    WHERE ("visits".created_at >= (((('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * floor(date_part('epoch', $1::timestamp - '2024-08-23T00:00:00.000'::timestamp) / date_part('epoch', '2 week'::interval)))) - '30 day'::interval) - '1 day'::interval) AT TIME ZONE $3)) AND ("visits".created_at < (((('2024-08-23T00:00:00.000'::timestamp + ('2 week'::interval * floor(date_part('epoch', $2::timestamp - '2024-08-23T00:00:00.000'::timestamp) / date_part('epoch', '2 week'::interval)))) + '2 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '30 day'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2
) AS "part_3" ON (coalesce("part_1"."visits__channel"::text, '') = coalesce("part_3"."visits__channel"::text, '')) AND (("part_1"."visits__channel" IS NULL) = ("part_3"."visits__channel" IS NULL)) AND (coalesce("part_1"."visits__created_at_fortnight", 'epoch') = coalesce("part_3"."visits__created_at_fortnight", 'epoch')) AND (("part_1"."visits__created_at_fortnight" IS NULL) = ("part_3"."visits__created_at_fortnight" IS NULL))
ORDER BY 2 ASC, 1 ASC
LIMIT $4
-- $1 = 2024-08-01T00:00:00.000
-- $2 = 2024-10-31T23:59:59.999
-- $3 = UTC
-- $4 = 10000
