-- The demo shop: five thousand users, fifty thousand orders, two hundred thousand line items over three years.
--
-- Deterministic: integer arithmetic only, no random(), so that everybody sees the same numbers.
-- Spread comes from multiplying a row's number with a prime and taking a remainder.

DROP TABLE IF EXISTS line_items, orders, products, product_categories, suppliers, users CASCADE;

CREATE TABLE users (
  id         int PRIMARY KEY,
  name       text NOT NULL,
  email      text,                        -- NULL: never gave one
  city       text NOT NULL,
  country    text NOT NULL,
  age        int,
  created_at timestamp NOT NULL           -- all times are UTC without a zone, as Cube expects
);

CREATE TABLE suppliers (
  id      int PRIMARY KEY,
  name    text NOT NULL,
  country text NOT NULL
);

CREATE TABLE product_categories (
  id   int PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE products (
  id                  int PRIMARY KEY,
  name                text NOT NULL,
  price               numeric(10, 2) NOT NULL,
  product_category_id int NOT NULL REFERENCES product_categories,
  supplier_id         int NOT NULL REFERENCES suppliers,
  created_at          timestamp NOT NULL
);

CREATE TABLE orders (
  id           int PRIMARY KEY,
  user_id      int NOT NULL REFERENCES users,
  status       text NOT NULL,             -- processing, shipped, completed or returned
  created_at   timestamp NOT NULL,
  completed_at timestamp                  -- NULL until the parcel has arrived
);

CREATE TABLE line_items (              -- its keys follow after the rows: that is faster
  id         int NOT NULL,
  order_id   int NOT NULL,
  product_id int NOT NULL,
  quantity   int NOT NULL,
  price      numeric(10, 2) NOT NULL,     -- the price of one piece on the day of the order
  created_at timestamp NOT NULL
);

INSERT INTO product_categories
SELECT i, (ARRAY['Books', 'Electronics', 'Games', 'Garden', 'Groceries', 'Home', 'Music', 'Outdoors', 'Tools', 'Toys'])[i]
FROM generate_series(1, 10) i;

INSERT INTO suppliers
SELECT i,
  (ARRAY['North', 'Blue', 'Old', 'Bright', 'Swift', 'Quiet', 'Golden'])[1 + i * 3 % 7] || ' '
    || (ARRAY['Mill', 'Harbour', 'Forge', 'Orchard', 'Workshop'])[1 + i * 2 % 5] || ' No. ' || i,
  (ARRAY['Germany', 'France', 'Portugal', 'Poland', 'Sweden', 'Japan'])[1 + i * 5 % 6]
FROM generate_series(1, 60) i;

INSERT INTO users
SELECT i,
  (ARRAY['Ada', 'Ben', 'Chiara', 'David', 'Elif', 'Farid', 'Grete', 'Hana', 'Ines', 'Jonas', 'Kofi', 'Lena', 'Mina'])[1 + i * 7 % 13]
    || ' ' || (ARRAY['Abel', 'Bauer', 'Costa', 'Duval', 'Eriksen', 'Fischer', 'García', 'Hassan', 'Ito', 'Jansen', 'O''Brien'])[1 + i * 5 % 11],
  CASE WHEN i % 29 = 0 THEN NULL ELSE 'user' || i || '@shop.example' END,
  (ARRAY['Berlin', 'Hamburg', 'Paris', 'Lyon', 'Lisbon', 'Porto', 'Warsaw', 'Tokyo', 'Osaka', 'London'])[1 + place],
  (ARRAY['Germany', 'Germany', 'France', 'France', 'Portugal', 'Portugal', 'Poland', 'Japan', 'Japan', 'United Kingdom'])[1 + place],
  CASE WHEN i % 31 = 0 THEN NULL ELSE 18 + (i * 7919) % 60 END,
  timestamp '2022-01-01' + (i::bigint * 7907 * 613 % 94608000) * interval '1 second'
FROM (SELECT i, (i * 17 % 97) * (i * 17 % 97) / 941 AS place FROM generate_series(1, 5000) i) numbered;

INSERT INTO products
SELECT i,
  (ARRAY['Small', 'Sturdy', 'Folding', 'Light', 'Classic', 'Handmade', 'Pocket'])[1 + i * 3 % 7] || ' '
    || (ARRAY['Lamp', 'Chair', 'Bottle', 'Notebook', 'Radio', 'Kettle', 'Tent', 'Puzzle', 'Spade', 'Drum', 'Basket'])[1 + i * 5 % 11]
    || ' ' || i,
  (i::bigint * 104729 % 19900 + 100)::numeric / 100,
  1 + (i * 7) % 10,
  1 + (i * 11) % 60,
  timestamp '2022-01-01' + (i::bigint * 6151 * 811 % 31536000) * interval '1 second'
FROM generate_series(1, 2000) i;

-- Orders get more frequent over the three years: an even spread, squared, leans towards the end.
INSERT INTO orders
SELECT i, user_id, status, created_at,
  CASE WHEN status IN ('completed', 'returned') THEN created_at + ((i * 37) % 240 + 12) * interval '1 hour' END
FROM (
  SELECT i,
    1 + (i::bigint * 7793 % 4900)::int AS user_id,    -- users 4901 to 5000 have not bought anything yet
    CASE WHEN lot < 62 THEN 'completed' WHEN lot < 81 THEN 'shipped' WHEN lot < 92 THEN 'processing' ELSE 'returned' END AS status,
    timestamp '2025-01-01' - (1 + spread * spread / 94608000) * interval '1 second' AS created_at
  FROM (SELECT i, i::bigint * 1000003 % 94608000 AS spread, (i::bigint * 7919 % 97)::int AS lot FROM generate_series(1, 50000) i) numbered
) drawn;

-- One to seven items an order: four on average.
INSERT INTO line_items
SELECT row_number() OVER (ORDER BY o.id, item), o.id, p.id,
  1 + (o.id * 31 + item * 7) % 5,
  CASE WHEN o.created_at < timestamp '2024-01-01' THEN round(p.price * 95 / 100, 2) ELSE p.price END,
  o.created_at
FROM orders o
CROSS JOIN LATERAL generate_series(1, 1 + (o.id * 13) % 7) item
JOIN products p ON p.id = 1 + ((o.id::bigint * 5417 + item * 661) % 1950)::int;    -- products 1951 to 2000 never sold

ALTER TABLE line_items
  ADD PRIMARY KEY (id),
  ADD FOREIGN KEY (order_id) REFERENCES orders,
  ADD FOREIGN KEY (product_id) REFERENCES products;

CREATE INDEX orders_user ON orders (user_id);
CREATE INDEX orders_created ON orders (created_at);
CREATE INDEX line_items_order ON line_items (order_id);
CREATE INDEX line_items_product ON line_items (product_id);

ANALYZE;
