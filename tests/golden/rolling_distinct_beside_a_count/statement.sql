SELECT
  "part_1"."orders__created_at_day" AS "orders__created_at_day",
  "part_2"."orders__rolling_users" AS "orders__rolling_users",
  "part_1"."orders__count" AS "orders__count"
FROM (
  SELECT
    date_trunc('day', "orders".created_at::timestamptz AT TIME ZONE $1) AS "orders__created_at_day",
    count("orders".id) AS "orders__count"
  FROM orders AS "orders"
  WHERE (("orders".created_at >= $2::timestamptz) AND ("orders".created_at <= $3::timestamptz))
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "series"."date_from" AS "orders__created_at_day",
    count(DISTINCT "base"."orders__rolling_users") AS "orders__rolling_users"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 day'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('day', $4::timestamp), $5::timestamp, '1 day'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT DISTINCT
      date_trunc('day', "orders".created_at::timestamptz AT TIME ZONE $1) AS "window_time",
      "orders".user_id AS "orders__rolling_users"
    FROM orders AS "orders"
    WHERE ("orders".created_at >= (((date_trunc('day', $4::timestamp) - '30 day'::interval) - '1 day'::interval) AT TIME ZONE $1)) AND ("orders".created_at < (((date_trunc('day', $5::timestamp) + '1 day'::interval) + '1 day'::interval) AT TIME ZONE $1))
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '30 day'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."orders__created_at_day", 'epoch') = coalesce("part_2"."orders__created_at_day", 'epoch')) AND (("part_1"."orders__created_at_day" IS NULL) = ("part_2"."orders__created_at_day" IS NULL))
ORDER BY 1 ASC
LIMIT $6
-- $1 = UTC
-- $2 = 2020-03-05T00:00:00.000Z
-- $3 = 2020-03-09T23:59:59.999Z
-- $4 = 2020-03-05T00:00:00.000
-- $5 = 2020-03-09T23:59:59.999
-- $6 = 10000
