-- What version 1 of the shop began with.
CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int NOT NULL);
CREATE INDEX orders_user ON orders (user_id);
CREATE TABLE receipts (order_id bigint PRIMARY KEY, user_id bigint NOT NULL, email text NOT NULL);
