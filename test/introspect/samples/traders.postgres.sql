-- The same trade as sample databases of PostgreSQL have it: padded keys, real prices, dates, bytea, a table for flags.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE kinds (kind_id smallint NOT NULL PRIMARY KEY, kind_name character varying(15) NOT NULL, description text, picture bytea);
CREATE TABLE buyers (buyer_id character(5) NOT NULL PRIMARY KEY, company_name character varying(40) NOT NULL, city character varying(15), mail citext UNIQUE);
CREATE TABLE buyer_types (type_id bpchar NOT NULL PRIMARY KEY, description text);
CREATE TABLE buyer_buyer_types (buyer_id character(5) NOT NULL REFERENCES buyers, type_id bpchar NOT NULL REFERENCES buyer_types, PRIMARY KEY (buyer_id, type_id));
CREATE TABLE clerks (clerk_id smallint NOT NULL PRIMARY KEY, last_name character varying(20) NOT NULL, birth_date date, hire_date date, photo bytea, notes text, reports_to smallint REFERENCES clerks, extension character(4));
CREATE TABLE goods (good_id smallint NOT NULL PRIMARY KEY, good_name character varying(40) NOT NULL, kind_id smallint REFERENCES kinds, unit_price double precision, units_in_stock smallint, discontinued integer NOT NULL);
CREATE TABLE orders (order_id smallint NOT NULL PRIMARY KEY, buyer_id character(5) REFERENCES buyers, clerk_id smallint REFERENCES clerks, order_date date, freight double precision, ship_name character varying(40));
CREATE TABLE order_lines (order_id smallint NOT NULL REFERENCES orders, good_id smallint NOT NULL REFERENCES goods, quantity smallint NOT NULL, PRIMARY KEY (order_id, good_id));
INSERT INTO kinds VALUES (1, 'Beverages', 'Soft drinks', '\xffd8'), (2, 'Condiments', NULL, NULL);
INSERT INTO buyers VALUES ('ALFKI', 'Alfreds Futterkiste', 'Berlin', 'Alfred@example.org'), ('AB', 'Ana Trujillo', 'México D.F.', NULL);
INSERT INTO buyer_types VALUES ('retail', 'Shops'), ('big', NULL);
INSERT INTO buyer_buyer_types VALUES ('ALFKI', 'retail'), ('AB', 'big');
INSERT INTO clerks VALUES (1, 'Davolio', '1948-12-08', '1992-05-01', '\x', 'Education', NULL, '5467'), (2, 'Fuller', NULL, NULL, NULL, NULL, 1, '3');
INSERT INTO goods VALUES (1, 'Chai', 1, 18, 39, 0), (2, 'Chang', 2, 21.35, NULL, 1);
INSERT INTO orders VALUES (10248, 'ALFKI', 1, '1996-07-04', 32.38, 'Vins'), (10249, 'AB', 2, '1996-07-05', 11.61, NULL);
INSERT INTO order_lines VALUES (10248, 1, 12), (10249, 2, 9);
