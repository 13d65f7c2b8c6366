SELECT
  "part_1"."users__gender" AS "users__gender",
  "part_2"."users__total_age" AS "users__total_age",
  "part_1"."orders__total_number" AS "orders__total_number"
FROM (
  SELECT
    "users".gender AS "users__gender",
    sum("orders".number) AS "orders__total_number"
  FROM users AS "users"
  LEFT JOIN orders AS "orders" ON "users".id = "orders".user_id
  GROUP BY 1
) AS "part_1"
INNER JOIN (
  SELECT
    "keys"."users__gender" AS "users__gender",
    sum("users".age) AS "users__total_age"
  FROM (
    SELECT DISTINCT
      "users".gender AS "users__gender",
      "users".id AS "users__id__key"
    FROM users AS "users"
    LEFT JOIN orders AS "orders" ON "users".id = "orders".user_id
  ) AS "keys"
  LEFT JOIN users AS "users" ON "keys"."users__id__key" = "users".id
  GROUP BY 1
) AS "part_2" ON (coalesce("part_1"."users__gender"::text, '') = coalesce("part_2"."users__gender"::text, '')) AND (("part_1"."users__gender" IS NULL) = ("part_2"."users__gender" IS NULL))
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
