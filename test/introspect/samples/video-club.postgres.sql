-- A video club as sample databases of PostgreSQL have it: an enum, domains, arrays, a search vector that a trigger fills, partitions, views.
CREATE TYPE audience AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN made_in AS integer CONSTRAINT sane_year CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN long_number AS bigint;
CREATE DOMAIN shown_to AS audience DEFAULT 'G';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END';
CREATE SEQUENCE performer_number;
CREATE TABLE performer (
  performer_id integer NOT NULL DEFAULT nextval('performer_number') PRIMARY KEY,
  first_name text NOT NULL,
  last_name text NOT NULL,
  last_update timestamp with time zone NOT NULL DEFAULT now()
);
CREATE INDEX performer_last_name ON performer USING btree (last_name);
CREATE TABLE tongue (tongue_id serial PRIMARY KEY, name character(20) NOT NULL, last_update timestamptz NOT NULL DEFAULT now());
CREATE TABLE movie (
  movie_id serial PRIMARY KEY,
  title text NOT NULL,
  description text,
  made made_in,
  tongue_id integer NOT NULL REFERENCES tongue ON UPDATE CASCADE ON DELETE RESTRICT,
  original_tongue_id integer REFERENCES tongue ON UPDATE CASCADE ON DELETE RESTRICT,
  rental_days smallint NOT NULL DEFAULT 3,
  rental_rate numeric(4,2) NOT NULL DEFAULT 4.99,
  minutes smallint,
  replacement_cost numeric(5,2) NOT NULL DEFAULT 19.99,
  rating audience DEFAULT 'G'::audience,
  second_rating shown_to,
  last_update timestamptz NOT NULL DEFAULT now(),
  extras text[],
  words tsvector NOT NULL
);
CREATE INDEX movie_words ON movie USING gist (words);
CREATE TRIGGER movie_words BEFORE INSERT OR UPDATE ON movie FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('words', 'pg_catalog.english', 'title', 'description');
CREATE TRIGGER touched BEFORE UPDATE ON movie FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE movie_performer (
  performer_id integer NOT NULL REFERENCES performer ON UPDATE CASCADE ON DELETE RESTRICT,
  movie_id integer NOT NULL REFERENCES movie ON UPDATE CASCADE ON DELETE RESTRICT,
  last_update timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (performer_id, movie_id)
);
CREATE TABLE quota (rating audience NOT NULL, shop integer NOT NULL, most long_number NOT NULL, PRIMARY KEY (rating, shop));
CREATE TABLE audience_text (rating audience PRIMARY KEY, text varchar(80) NOT NULL);
CREATE TABLE member (
  member_id serial PRIMARY KEY,
  first_name text NOT NULL,
  email text,
  active_now boolean NOT NULL DEFAULT true,
  joined date NOT NULL DEFAULT CURRENT_DATE,
  last_update timestamptz DEFAULT now(),
  active integer,
  token uuid DEFAULT gen_random_uuid(),
  photo bytea
);
CREATE TABLE loan (
  loan_id serial PRIMARY KEY,
  lent timestamptz NOT NULL,
  movie_id integer NOT NULL REFERENCES movie,
  member_id integer NOT NULL REFERENCES member ON DELETE RESTRICT,
  returned timestamptz
);
CREATE UNIQUE INDEX loan_once ON loan (lent, movie_id, member_id);
CREATE TABLE payment (
  payment_id serial NOT NULL, member_id integer NOT NULL, amount numeric(5,2) NOT NULL, paid timestamptz NOT NULL, PRIMARY KEY (paid, payment_id)
) PARTITION BY RANGE (paid);
CREATE TABLE payment_first PARTITION OF payment FOR VALUES FROM ('2022-01-01') TO ('2022-02-01');
CREATE TABLE payment_rest PARTITION OF payment DEFAULT;
CREATE VIEW member_list AS SELECT member_id, first_name FROM member;
INSERT INTO performer (first_name, last_name, last_update) VALUES ('PENELOPE', 'GUINESS', '2022-02-15 09:34:33.123456+00'), ('nick', 'Wahlberg', '2022-02-15 09:34:33+00');
INSERT INTO tongue (name) VALUES ('English'), ('Italian');
INSERT INTO movie (title, description, made, tongue_id, rating, second_rating, minutes, extras, last_update) VALUES
  ('ACADEMY DINOSAUR', 'An epic drama', 2006, 1, 'PG', 'NC-17', 86, '{Trailers,"Deleted Scenes"}', '2022-09-10 16:46:03.905795+00'),
  ('ACE GOLDFINGER', NULL, NULL, 1, 'G', NULL, 48, NULL, '2022-09-10 16:46:03.905795+00'),
  ('ADAPTATION HOLES', 'A lifeless film', 1901, 2, 'NC-17', 'R', NULL, '{}', '2022-09-10 16:46:03+00'),
  ('AFFAIR PREJUDICE', 'A fanciful tale', 2155, 1, NULL, 'PG-13', 117, NULL, '2022-09-10 16:46:03+00');
INSERT INTO movie_performer VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO quota VALUES ('R', 1, 9223372036854775807), ('G', 1, 2), ('G', 2, -3);
INSERT INTO audience_text VALUES ('NC-17', 'Nobody of 17 or less'), ('G', 'All');
INSERT INTO member (first_name, email, active, joined, photo) VALUES ('MARY', 'mary@example.org', 1, '2022-02-14', '\x00ff'), ('PATRICIA', NULL, 0, '2022-02-14', NULL);
INSERT INTO loan (lent, movie_id, member_id, returned) VALUES ('2022-05-24 22:53:30.5+00', 1, 1, '2022-05-26 22:04:30+00'), ('2022-05-24 22:54:33+00', 2, 2, NULL);
INSERT INTO payment (member_id, amount, paid) VALUES (1, 5.99, '2022-01-24 21:40:19.996577+00'), (2, 0.99, '2022-07-29 13:00:00+00');
