-- a point read under a rule
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."id" = ?1) AND (t0."id" = ?2));

-- every type as it is read
SELECT t0."id", t0."name", t0."role", t0."props", CAST(t0."score" AS TEXT), t0."weight", CAST(t0."price" AS TEXT), t0."total", t0."seen", t0."born", t0."active", t0."mark" FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline());

-- a page with its total
SELECT t0."id", CAST(CASE WHEN (t0."id" = ?1) THEN t0."score" END AS TEXT), (SELECT count(*) FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2)) FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2) ORDER BY t0."name" DESC, t0."seen", t0."id" LIMIT ?3 OFFSET ?4;
-- and where the page is empty
SELECT NULL, NULL, (SELECT count(*) FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2)) UNION ALL SELECT p.*, NULL FROM (SELECT t0."id" AS c0, CAST(CASE WHEN (t0."id" = ?1) THEN t0."score" END AS TEXT) AS c1 FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."role" = ?2) ORDER BY t0."name" DESC, t0."seen", t0."id" LIMIT ?3 OFFSET ?4) AS p;

-- a page behind a cursor
SELECT t0."id" FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND ((t0."name" > ?1) OR ((t0."name" = ?1) AND (t0."id" > ?2))) ORDER BY t0."name" LIMIT ?3;

-- a limit for each parent
SELECT c0 FROM (SELECT t0."shelf" AS c0, row_number() OVER (PARTITION BY t0."author_id" ORDER BY t0."title") AS n, row_number() OVER (ORDER BY t0."title") AS s FROM "books" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."author_id" IN (SELECT value FROM json_each(?1)))) AS w WHERE n <= ?2 ORDER BY s;

-- questions of each row
SELECT t0."id", (t0."id" = ?1), (NOT (t0."id" = ?1)), (((t0."id" = ?1)) IS TRUE) FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline());

-- nothing at all
SELECT t0."id" FROM "authors" AS t0 WHERE 0;

-- three-valued logic
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."id" = ?1) AND (t0."score" <= ?2));

-- parts of texts
SELECT t0."id" FROM "authors" AS t0 WHERE ((instr(t0."name", ?1) > 0) OR (instr(t0."name", ?1) = 1) OR (substr(t0."name", length(t0."name") - length(?1) + 1) = ?1));

-- texts whatever their case
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."name__fold" = ?1) AND (instr(dbal_fold(t0."role"), ?1) > 0) AND (dbal_fold(t0."role") < ?1));

-- texts by code point
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."name" >= ?1);

-- numbers of several kinds
SELECT t0."id" FROM "authors" AS t0 WHERE ((dbal_wide(t0."score", 0) = dbal_wide(t0."weight", 0)) AND (dbal_wide(t0."price", 2) < dbal_wide(t0."total", 4)) AND (dbal_wide(t0."weight", 0) > dbal_wide(t0."price", 2)));

-- texts of several kinds
SELECT t0."id" FROM "authors" AS t0 WHERE ((t0."id" = t0."name") OR (t0."seen" < t0."born"));

-- a list of values
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."score" IN (SELECT value FROM json_each(?1)));

-- a list whatever its case
SELECT t0."id" FROM "authors" AS t0 WHERE (dbal_fold(t0."role") IN (SELECT value FROM json_each(?1)));

-- a list of the session
SELECT t0."id" FROM "authors" AS t0 WHERE (CASE WHEN ?1 IS NOT NULL THEN t0."id" IN (SELECT value FROM json_each(?1)) END);

-- keys of one field
SELECT t0."id" FROM "authors" AS t0 WHERE (t0."id" IN (SELECT value FROM json_each(?1)));

-- keys of two fields
SELECT t0."shelf" FROM "books" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND ((t0."shelf", t0."place") IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?1)));

-- a level by a role in the row
SELECT t0."id" FROM "authors" AS t0 WHERE (CASE t0."role" WHEN ?1 THEN ?2 WHEN ?3 THEN ?4 END <= ?5);

-- scalars within json
SELECT t0."id" FROM "authors" AS t0 WHERE ((dbal_json_string(t0."props", ?1) = ?2) AND (dbal_json_number(t0."props", ?3) > ?4) AND (dbal_json_boolean(t0."props", ?5) = ?6) AND (dbal_json_missing(t0."props", ?7)));

-- related rows
SELECT t0."id" FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."id" IN (SELECT t1."author_id" FROM "books" AS t1 WHERE (random() & 31 OR dbal_deadline()) AND (t1."title" = ?1)));

-- a value of a related row
SELECT t0."shelf" FROM "books" AS t0 WHERE EXISTS (SELECT 1 FROM "authors" AS t1 WHERE t1."id" = t0."author_id" AND (t1."name" = ?1));

-- what another select finds
SELECT t0."shelf" FROM "books" AS t0 WHERE (t0."author_id" IN (SELECT t1."id" FROM "authors" AS t1 WHERE (random() & 31 OR dbal_deadline()) AND (t1."id" = ?1)));

-- a tree
WITH RECURSIVE walk(k) AS (SELECT t0."id" FROM "pages" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (t0."order" >= ?1) AND (t0."parent_id" IS NULL) UNION SELECT t1."id" FROM walk JOIN "pages" AS t1 ON t1."parent_id" = walk.k WHERE (random() & 31 OR dbal_deadline()) AND (t1."order" >= ?1)) SELECT t2."id" FROM walk JOIN "pages" AS t2 ON t2."id" = walk.k;

-- groups with their measures
SELECT t0."role", count(*), dbal_sum(t0."score", 0), dbal_sum_float(t0."weight"), dbal_sum(t0."total", 4), dbal_avg(t0."price", 2), max(t0."name"), max(t0."active"), max(t0."id"), max(t0."seen") FROM "authors" AS t0 WHERE (random() & 31 OR dbal_deadline()) GROUP BY t0."role" HAVING (count(*) > ?1) ORDER BY dbal_sum(t0."score", 0) DESC, t0."role" LIMIT ?2;

-- how many there are
SELECT count(*) FROM "authors" AS t0;

-- an update of one row
UPDATE "authors" AS t0 SET "name" = ?1, "name__fold" = ?2, "score" = t0."score" + 1, "weight" = (SELECT key FROM json_each(?3) WHERE value = t0."id") WHERE (t0."id" = ?4);

-- an update that sets nothing
UPDATE "authors" AS t0 SET "id" = t0."id" WHERE (random() & 31 OR dbal_deadline()) AND (t0."id" = ?1);

-- a delete whose condition reads the same table
DELETE FROM "pages" AS t0 WHERE (random() & 31 OR dbal_deadline()) AND (NOT EXISTS (SELECT 1 FROM "pages" AS t1 WHERE (random() & 31 OR dbal_deadline()) AND t1."parent_id" = t0."id"));

-- one row
INSERT INTO "authors" ("id", "name", "mark", "name__fold") VALUES (?, ?, ?, ?);

-- three rows
INSERT INTO "authors" ("id", "name", "mark", "name__fold") VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?);

-- tables
CREATE TABLE "authors" (
  "id" TEXT NOT NULL CONSTRAINT "authors.id" CHECK (length("id") = 36),
  "name" TEXT NOT NULL CONSTRAINT "authors.name" CHECK (length("name") <= 100),
  "name__fold" TEXT NOT NULL,
  "role" TEXT NOT NULL CONSTRAINT "authors.role" CHECK ("role" IN ('user', 'o''admin')),
  "props" TEXT CONSTRAINT "authors.props" CHECK (json_valid("props")),
  "score" INTEGER,
  "weight" REAL,
  "price" INTEGER CONSTRAINT "authors.price" CHECK ("price" BETWEEN -9999999999 AND 9999999999),
  "total" TEXT CONSTRAINT "authors.total" CHECK (length("total") = 31),
  "seen" TEXT CONSTRAINT "authors.seen" CHECK (length("seen") = 24),
  "born" TEXT CONSTRAINT "authors.born" CHECK (length("born") = 10),
  "active" INTEGER NOT NULL CONSTRAINT "authors.active" CHECK ("active" IN (0, 1)),
  "mark" BLOB CONSTRAINT "authors.mark" CHECK (length("mark") <= 16),
  PRIMARY KEY ("id")
) STRICT;
CREATE TABLE "books" (
  "shelf" TEXT NOT NULL CONSTRAINT "books.shelf" CHECK (length("shelf") <= 20),
  "place" INTEGER NOT NULL CONSTRAINT "books.place" CHECK ("place" BETWEEN -2147483648 AND 2147483647),
  "author_id" TEXT CONSTRAINT "books.author_id" CHECK (length("author_id") = 36) REFERENCES "authors" ("id") ON DELETE CASCADE,
  "title" TEXT CONSTRAINT "books.title" CHECK (length("title") <= 200),
  PRIMARY KEY ("shelf", "place")
) STRICT;
CREATE TABLE "pages" (
  "id" TEXT NOT NULL CONSTRAINT "pages.id" CHECK (length("id") = 36),
  "parent_id" TEXT CONSTRAINT "pages.parent_id" CHECK (length("parent_id") = 36) REFERENCES "pages" ("id") ON DELETE SET NULL,
  "order" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "pages.order" CHECK ("order" BETWEEN -2147483648 AND 2147483647),
  PRIMARY KEY ("id")
) STRICT;
CREATE UNIQUE INDEX "authors_name__fold_key" ON "authors" ("name__fold");
CREATE INDEX "books_author_id_idx" ON "books" ("author_id");
CREATE INDEX "books_title_idx" ON "books" ("title");
CREATE INDEX "pages_parent_id_idx" ON "pages" ("parent_id");
