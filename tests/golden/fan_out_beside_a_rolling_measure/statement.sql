SELECT
  "part_1"."users__city" AS "users__city",
  "part_1"."orders__at_day" AS "orders__at_day",
  "part_2"."users__mean_spent" AS "users__mean_spent",
  "part_1"."orders__count" AS "orders__count",
  "part_3"."orders__so_far" AS "orders__so_far"
FROM (
  SELECT
    "users".city AS "users__city",
    date_trunc('day', "orders".at::timestamptz AT TIME ZONE $1) AS "orders__at_day",
    count("orders".id) AS "orders__count"
  FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
  LEFT JOIN (
    SELECT
      "users".id AS "users__id",
      sum("orders".amount) AS "users__spent"
    FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
    LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
    GROUP BY 1
  ) AS "users__spent_subquery" ON "users__spent_subquery"."users__id" = "users".id
  LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
  WHERE (("orders".at >= $2::timestamptz) AND ("orders".at <= $3::timestamptz))
  GROUP BY 1, 2
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."users__city" AS "users__city",
    "keys"."orders__at_day" AS "orders__at_day",
    avg("users__spent_subquery"."users__spent") AS "users__mean_spent"
  FROM (
    SELECT DISTINCT
      "users".city AS "users__city",
      date_trunc('day', "orders".at::timestamptz AT TIME ZONE $1) AS "orders__at_day",
      "users".id AS "users__id__key"
    FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
    LEFT JOIN (
      SELECT
        "users".id AS "users__id",
        sum("orders".amount) AS "users__spent"
      FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
      LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
      GROUP BY 1
    ) AS "users__spent_subquery" ON "users__spent_subquery"."users__id" = "users".id
    LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
    WHERE (("orders".at >= $2::timestamptz) AND ("orders".at <= $3::timestamptz))
  ) AS "keys"
  LEFT JOIN (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users" ON "keys"."users__id__key" = "users".id
  LEFT JOIN (
    SELECT
      "users".id AS "users__id",
      sum("orders".amount) AS "users__spent"
    FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
    LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
    GROUP BY 1
  ) AS "users__spent_subquery" ON "users__spent_subquery"."users__id" = "users".id
  GROUP BY 1, 2
) AS "part_2" ON (coalesce("part_1"."users__city"::text, '') = coalesce("part_2"."users__city"::text, '')) AND (("part_1"."users__city" IS NULL) = ("part_2"."users__city" IS NULL)) AND (coalesce("part_1"."orders__at_day", 'epoch') = coalesce("part_2"."orders__at_day", 'epoch')) AND (("part_1"."orders__at_day" IS NULL) = ("part_2"."orders__at_day" IS NULL))
INNER JOIN (
  SELECT
    "base"."users__city" AS "users__city",
    "series"."date_from" AS "orders__at_day",
    sum("base"."orders__so_far") AS "orders__so_far"
  FROM (
    SELECT
      "steps"."date_from" AS "date_from",
      ("steps"."date_from" + '1 day'::interval) - '1 millisecond'::interval AS "date_to"
    FROM generate_series(date_trunc('day', $4::timestamp), $5::timestamp, '1 day'::interval) AS "steps"(date_from)
  ) AS "series"
  LEFT JOIN (
    SELECT
      "users".city AS "users__city",
      date_trunc('day', "orders".at::timestamptz AT TIME ZONE $1) AS "window_time",
      sum("orders".amount) AS "orders__so_far"
    FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
    LEFT JOIN (
      SELECT
        "users".id AS "users__id",
        sum("orders".amount) AS "users__spent"
      FROM (SELECT * FROM (VALUES (1, 'Rome'), (2, 'Rome'), (3, 'Oslo')) AS rows (id, city)) AS "users"
      LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
      GROUP BY 1
    ) AS "users__spent_subquery" ON "users__spent_subquery"."users__id" = "users".id
    LEFT JOIN (SELECT * FROM (VALUES (1, 1, 8, 'new', '2020-01-01'::timestamp), (2, 1, 8, 'new', '2020-01-02'),
(3, 2, 4, 'old', '2020-01-02'), (4, 3, 20, 'new', '2020-01-03'), (5, 3, 2, 'old', '2020-01-03'))
AS rows (id, user_id, amount, status, at)) AS "orders" ON "users".id = "orders".user_id
    WHERE ("orders".at < (((date_trunc('day', $5::timestamp) + '1 day'::interval) + '1 day'::interval) AT TIME ZONE $1))
    GROUP BY 1, 2
  ) AS "base" ON ("base"."window_time" <= "series"."date_to")
  GROUP BY 1, 2
) AS "part_3" ON (coalesce("part_1"."users__city"::text, '') = coalesce("part_3"."users__city"::text, '')) AND (("part_1"."users__city" IS NULL) = ("part_3"."users__city" IS NULL)) AND (coalesce("part_1"."orders__at_day", 'epoch') = coalesce("part_3"."orders__at_day", 'epoch')) AND (("part_1"."orders__at_day" IS NULL) = ("part_3"."orders__at_day" IS NULL))
ORDER BY 1 ASC, 2 ASC
LIMIT $6
-- $1 = UTC
-- $2 = 2020-01-01T00:00:00.000Z
-- $3 = 2020-01-03T23:59:59.999Z
-- $4 = 2020-01-01T00:00:00.000
-- $5 = 2020-01-03T23:59:59.999
-- $6 = 10000
