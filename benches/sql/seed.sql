-- The tables of tests/conformance, larger: 50,000 users, 10,000 products, 400,000 orders of two years, 1,000,000 line items.
CREATE TABLE product_categories (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE suppliers (id int PRIMARY KEY, name text NOT NULL, email text, company text);
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, email text, city text, state text, age int, gender text, company text, created_at timestamp NOT NULL);
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, description text, price numeric(12,2) NOT NULL, product_category_id int, supplier_id int, created_at timestamp NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, user_id int, product_id int, number int NOT NULL, created_at timestamp NOT NULL, completed_at timestamp);
CREATE TABLE line_items (id int PRIMARY KEY, order_id int, product_id int, quantity int NOT NULL, price numeric(12,2) NOT NULL, created_at timestamp NOT NULL);

INSERT INTO product_categories SELECT i, 'Category ' || i FROM generate_series(1, 40) i;

INSERT INTO suppliers SELECT i, 'Supplier ' || i, 'supplier' || i || '@example.com', 'Company ' || i FROM generate_series(1, 500) i;

INSERT INTO users SELECT i, 'User ' || i, 'user' || i || '@example.com', (ARRAY['New York','San Francisco','Los Angeles','Chicago','Seattle','Austin','Boston','Palo Alto'])[1 + i % 8], (ARRAY['NY','CA','CA','IL','WA','TX','MA','CA'])[1 + i % 8], 18 + (i * 7919) % 63, CASE WHEN i % 2 = 0 THEN 'female' ELSE 'male' END, 'Company ' || (i % 400), timestamp '2018-01-01' + ((i::bigint * 7907) % 63072000) * interval '1 second' FROM generate_series(1, 50000) i;

INSERT INTO products SELECT i, 'Product ' || i, 'Description ' || i, (((i::bigint * 104729) % 99900) + 100)::numeric / 100, 1 + (i * 7) % 40, 1 + (i * 11) % 500, timestamp '2018-01-01' + ((i::bigint * 6151) % 63072000) * interval '1 second' FROM generate_series(1, 10000) i;

INSERT INTO orders SELECT i, (ARRAY['processing','shipped','completed'])[1 + ((i::bigint * 7919) % 10 / 4)::int], 1 + ((i::bigint * 7793) % 49000)::int, 1 + ((i::bigint * 6763) % 9900)::int, 1 + ((i::bigint * 6131) % 100)::int, timestamp '2019-01-01' + ((i::bigint * 1000003) % 63158400) * interval '1 second', CASE WHEN i % 3 = 0 THEN timestamp '2019-01-05' + ((i::bigint * 1000003) % 63158400) * interval '1 second' END FROM generate_series(1, 400000) i;

INSERT INTO line_items SELECT i, 1 + ((i::bigint * 9973) % 396000)::int, 1 + ((i::bigint * 5417) % 10000)::int, 1 + ((i::bigint * 31) % 9)::int, (((i::bigint * 86028121) % 99900) + 100)::numeric / 100, timestamp '2019-01-01' + (((1 + (i::bigint * 9973) % 396000) * 1000003) % 63158400 + i % 420) * interval '1 second' FROM generate_series(1, 1000000) i;

CREATE INDEX ON orders (created_at);

CREATE INDEX ON orders (user_id);

CREATE INDEX ON line_items (order_id);

CREATE INDEX ON line_items (product_id);

CREATE INDEX ON line_items (created_at);

VACUUM ANALYZE;

CREATE EXTENSION IF NOT EXISTS hll;
