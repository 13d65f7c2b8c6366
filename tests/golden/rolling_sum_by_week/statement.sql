SELECT
  "part_1"."orders__status" AS "orders__status",
  "part_1"."orders__created_at_week" AS "orders__created_at_week",
  "part_1"."orders__rolling7d_number" AS "orders__rolling7d_number"
FROM (
  SELECT
    "base"."orders__status" AS "orders__status",
    "series"."date_from" AS "orders__created_at_week",
    sum("base"."orders__rolling7d_number") AS "orders__rolling7d_number"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 week'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('week', $1::timestamp), $2::timestamp, '1 week'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      "orders".status AS "orders__status",
      date_trunc('day', "orders".created_at::timestamptz AT TIME ZONE $3) AS "window_time",
      sum("orders".number) AS "orders__rolling7d_number"
    FROM orders AS "orders"
    WHERE ("orders".created_at >= (((date_trunc('week', $1::timestamp) - '7 day'::interval) - '1 day'::interval) AT TIME ZONE $3)) AND ("orders".created_at < (((date_trunc('week', $2::timestamp) + '1 week'::interval) + '1 day'::interval) AT TIME ZONE $3))
    GROUP BY 1, 2
  ) AS "base" ON ("base"."window_time" > ("series"."date_to" - '7 day'::interval)) AND ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2
) AS "part_1"
ORDER BY 2 ASC, 1 ASC
LIMIT $4
-- $1 = 2020-03-01T00:00:00.000
-- $2 = 2020-03-31T23:59:59.999
-- $3 = UTC
-- $4 = 10000
