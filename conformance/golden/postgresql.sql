-- a point read under a rule
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."id" = $1::uuid) AND (t0."id" = $2::uuid));

-- every type as it is read
SELECT t0."id", t0."name", t0."role", t0."props", t0."score", t0."weight", t0."price", t0."total", t0."seen", t0."born", t0."active", t0."mark" FROM "authors" AS t0;

-- a page with its total
SELECT t0."id", CASE WHEN (t0."id" = $1::uuid) THEN t0."score" END, (SELECT count(*) FROM "authors" AS t0 WHERE (t0."role" = $2::text)) FROM "authors" AS t0 WHERE (t0."role" = $2::text) ORDER BY t0."name" COLLATE "C" DESC, t0."seen" NULLS FIRST, t0."id" LIMIT $3::int4 OFFSET $4::int4;
-- and where the page is empty
SELECT NULL, NULL, (SELECT count(*) FROM "authors" AS t0 WHERE (t0."role" = $2::text)) UNION ALL SELECT p.*, NULL FROM (SELECT t0."id" AS c0, CASE WHEN (t0."id" = $1::uuid) THEN t0."score" END AS c1 FROM "authors" AS t0 WHERE (t0."role" = $2::text) ORDER BY t0."name" COLLATE "C" DESC, t0."seen" NULLS FIRST, t0."id" LIMIT $3::int4 OFFSET $4::int4) AS p;

-- a page behind a cursor
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."name" COLLATE "C" > $1::text) OR ((t0."name" = $1::text) AND (t0."id" > $2::uuid))) ORDER BY t0."name" COLLATE "C" LIMIT $3::int4;

-- a limit for each parent
SELECT c0 FROM (SELECT t0."shelf" AS c0, row_number() OVER (PARTITION BY t0."author_id" ORDER BY t0."title" COLLATE "C" NULLS FIRST) AS n, row_number() OVER (ORDER BY t0."title" COLLATE "C" NULLS FIRST) AS s FROM "books" AS t0 WHERE (t0."author_id" = ANY($1::uuid[]))) AS w WHERE n <= $2::int4 ORDER BY s;

-- questions of each row
SELECT t0."id", (t0."id" = $1::uuid), (NOT (t0."id" = $1::uuid)), (((t0."id" = $1::uuid)) IS TRUE) FROM "authors" AS t0;

-- nothing at all
SELECT t0."id" FROM "authors" AS t0 WHERE FALSE;

-- three-valued logic
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."id" = $1::uuid) AND (t0."score" <= $2::int8));

-- parts of texts
SELECT t0."id" FROM "authors" AS t0 WHERE ((strpos(t0."name", $1::text) > 0) OR (starts_with(t0."name", $1::text)) OR (right(t0."name", length($1::text)) = $1::text));

-- texts whatever their case
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."name__fold" = $1::text) AND (strpos(dbal_fold_1(t0."role"), $1::text) > 0) AND (dbal_fold_1(t0."role") COLLATE "C" < $1::text));

-- texts by code point
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."name" COLLATE "C" >= $1::text);

-- numbers of several kinds
SELECT t0."id" FROM "authors" AS t0 WHERE (((t0."score")::numeric = (t0."weight")::text::numeric) AND (t0."price" < t0."total") AND ((t0."weight")::text::numeric > t0."price"));

-- texts of several kinds
SELECT t0."id" FROM "authors" AS t0 WHERE (((t0."id")::text = t0."name") OR (to_char((t0."seen") AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') COLLATE "C" < to_char(t0."born", 'YYYY-MM-DD')));

-- a list of values
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."score" = ANY($1::int8[]));

-- a list whatever its case
SELECT t0."id" FROM "authors" AS t0 WHERE (dbal_fold_1(t0."role") = ANY($1::text[]));

-- a list of the session
SELECT t0."id" FROM "authors" AS t0 WHERE (CASE WHEN $1::uuid[] IS NOT NULL THEN t0."id" = ANY($1::uuid[]) END);

-- keys of one field
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."id" = ANY($1::uuid[]));

-- keys of two fields
SELECT t0."shelf" FROM "books" AS t0 WHERE ((t0."shelf", t0."place") IN (SELECT (k::text[])[1]::text, (k::text[])[2]::int4 FROM unnest($1::text[]) AS k));

-- a level by a role in the row
SELECT t0."id" FROM "authors" AS t0 WHERE (CASE t0."role" WHEN $1::text THEN $2::int4 WHEN $3::text THEN $4::int4 END <= $5::int4);

-- scalars within json
SELECT t0."id" FROM "authors" AS t0 WHERE (((jsonb_path_query_first(t0."props", $1::jsonpath, '{}', true) #>> '{}') = $2::text) AND ((jsonb_path_query_first(t0."props", $3::jsonpath, '{}', true) #>> '{}')::float8 > $4::float8) AND ((jsonb_path_query_first(t0."props", $5::jsonpath, '{}', true) #>> '{}')::bool = $6::bool) AND (((jsonb_path_query_first(t0."props", $7::jsonpath, '{}', true) #>> '{}') IS NULL)));

-- related rows
SELECT t0."id" FROM "authors" AS t0 WHERE EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = t0."id" AND (t1."title" = $1::text));

-- a value of a related row
SELECT t0."shelf" FROM "books" AS t0 WHERE EXISTS (SELECT 1 FROM "authors" AS t1 WHERE t1."id" = t0."author_id" AND (t1."name" = $1::text));

-- what another select finds
SELECT t0."shelf" FROM "books" AS t0 WHERE (t0."author_id" IN (SELECT t1."id" FROM "authors" AS t1 WHERE (t1."id" = $1::uuid)));

-- a tree
WITH RECURSIVE walk(k) AS (SELECT t0."id" FROM "pages" AS t0 WHERE (t0."order" >= $1::int4) AND (t0."parent_id" IS NULL) UNION SELECT t1."id" FROM walk JOIN "pages" AS t1 ON t1."parent_id" = walk.k WHERE (t1."order" >= $1::int4)) SELECT t2."id" FROM walk JOIN "pages" AS t2 ON t2."id" = walk.k;

-- groups with their measures
SELECT t0."role", count(*), sum(t0."score"), sum(dbal_exact_1(t0."weight"))::float8, sum(t0."total"), sum(t0."price")::float8 / count(t0."price"), max(t0."name" COLLATE "C"), bool_or(t0."active"), max((t0."id")::text COLLATE "C")::uuid, max(t0."seen") FROM "authors" AS t0 GROUP BY t0."role" HAVING (count(*) > $1::int4) ORDER BY sum(t0."score") DESC NULLS LAST, t0."role" COLLATE "C" NULLS FIRST LIMIT $2::int4;

-- how many there are
SELECT count(*) FROM "authors" AS t0;

-- an update of one row
UPDATE "authors" AS t0 SET "name" = $1::text, "name__fold" = $2::text, "score" = t0."score" + 1, "weight" = array_position($3::uuid[], t0."id") - 1 WHERE (t0."id" = $4::uuid);

-- an update that sets nothing
UPDATE "authors" AS t0 SET "id" = t0."id" WHERE (t0."id" = $1::uuid);

-- a delete whose condition reads the same table
DELETE FROM "pages" AS t0 WHERE (NOT EXISTS (SELECT 1 FROM "pages" AS t1 WHERE t1."parent_id" = t0."id"));

-- one row
INSERT INTO "authors" ("id", "name", "mark", "name__fold") VALUES ($1::uuid, $2::text, $3::bytea, $4::text);

-- three rows
INSERT INTO "authors" ("id", "name", "mark", "name__fold") SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[]);

-- tables
CREATE TABLE "authors" (
  "id" uuid NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "name__fold" text COLLATE "C" NOT NULL,
  "role" text COLLATE "C" NOT NULL,
  "props" jsonb,
  "score" bigint,
  "weight" double precision,
  "price" numeric(10,2),
  "total" numeric(30,4),
  "seen" timestamp(3) with time zone,
  "born" date,
  "active" boolean NOT NULL,
  "mark" bytea,
  PRIMARY KEY ("id"),
  CONSTRAINT "authors.name" CHECK (char_length("name") <= 100),
  CONSTRAINT "authors.role" CHECK ("role" IN ('user', 'o''admin')),
  CONSTRAINT "authors.weight" CHECK ("weight" > '-Infinity'::float8 AND "weight" < 'Infinity'::float8),
  CONSTRAINT "authors.price" CHECK ("price" <> 'NaN'::numeric),
  CONSTRAINT "authors.total" CHECK ("total" <> 'NaN'::numeric),
  CONSTRAINT "authors.seen" CHECK ("seen" >= '0001-01-01 00:00:00+00'::timestamptz AND "seen" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "authors.born" CHECK ("born" >= '0001-01-01'::date AND "born" < '10000-01-01'::date),
  CONSTRAINT "authors.mark" CHECK (octet_length("mark") <= 16)
);
CREATE TABLE "books" (
  "shelf" text COLLATE "C" NOT NULL,
  "place" integer NOT NULL,
  "author_id" uuid,
  "title" text COLLATE "C",
  PRIMARY KEY ("shelf", "place"),
  CONSTRAINT "books.shelf" CHECK (char_length("shelf") <= 20),
  CONSTRAINT "books.title" CHECK (char_length("title") <= 200)
);
CREATE TABLE "pages" (
  "id" uuid NOT NULL,
  "parent_id" uuid,
  "order" integer NOT NULL DEFAULT '0',
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "authors_name__fold_key" ON "authors" ("name__fold");
CREATE INDEX "books_author_id_idx" ON "books" ("author_id" NULLS FIRST);
CREATE INDEX "books_title_idx" ON "books" ("title" NULLS FIRST);
CREATE INDEX "pages_parent_id_idx" ON "pages" ("parent_id" NULLS FIRST);
ALTER TABLE "books" ADD CONSTRAINT "books_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "authors" ("id") ON DELETE CASCADE;
ALTER TABLE "pages" ADD CONSTRAINT "pages_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "pages" ("id") ON DELETE SET NULL;
