SELECT
  "product_categories".name AS "product_categories__name",
  sum("line_items".quantity * "line_items".price) AS "line_items__total_amount"
FROM line_items AS "line_items"
LEFT JOIN public.products AS "products" ON "line_items".product_id = "products".id
LEFT JOIN product_categories AS "product_categories" ON "products".product_category_id = "product_categories".id
GROUP BY 1
ORDER BY 1 ASC
LIMIT $1
-- $1 = 10000
