SELECT
  "part_1"."orders__status" AS "orders__status",
  "part_2"."users__mean_spent" AS "users__mean_spent",
  "part_1"."users__spenders" AS "users__spenders",
  "part_2"."users__mean_spent" / NULLIF("part_1"."orders__count", 0) AS "users__spent_per_order",
  "part_1"."orders__total" AS "orders__total"
FROM (
  SELECT
    "orders".status AS "orders__status",
    count(DISTINCT CASE WHEN ("users__spent_subquery"."users__spent" > 10) THEN "users".id END) AS "users__spenders",
    count("orders".id) AS "orders__count",
    sum("orders".amount) AS "orders__total"
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
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."orders__status" AS "orders__status",
    avg("users__spent_subquery"."users__spent") AS "users__mean_spent"
  FROM (
    SELECT DISTINCT
      "orders".status AS "orders__status",
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
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."orders__status"::text, '') = coalesce("part_2"."orders__status"::text, '')) AND (("part_1"."orders__status" IS NULL) = ("part_2"."orders__status" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
