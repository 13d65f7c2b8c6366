SELECT
  "a".id AS "v__id",
  "c".name AS "v__c_name",
  "d".name AS "v__d_name"
FROM (SELECT 1 AS id, 'a' AS name) AS "a"
LEFT JOIN (SELECT 2 AS id, 1 AS a_id) AS "b" ON "a".id = "b".a_id
LEFT JOIN (SELECT * FROM (VALUES (3, 2, 2, 'c1'), (4, 3, 1, 'c2')) AS rows (id, b_id, a_id, name)) AS "c" ON "b".id = "c".b_id
LEFT JOIN (SELECT * FROM (VALUES (4, 1, 1, 'd1'), (5, 3, 3, 'd3')) AS rows (id, a_id, c_id, name)) AS "d" ON "c".id = "d".c_id
GROUP BY 1, 2, 3
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
