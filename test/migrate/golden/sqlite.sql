-- ===== a new entity that refers to another one
-- 1. [safe] Thing: A new table.
CREATE TABLE "things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "owner_id" TEXT CONSTRAINT "things.owner_id" CHECK (length("owner_id") = 36) REFERENCES "owners" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("id")
) STRICT;

-- 2. [safe] Thing (ownerId): The table is new and has no rows.
CREATE INDEX "things_owner_id_idx" ON "things" ("owner_id");

-- ===== two new entities that refer to each other
-- 1. [safe] Left: A new table.
CREATE TABLE "lefts" (
  "id" TEXT NOT NULL CONSTRAINT "lefts.id" CHECK (length("id") = 36),
  "right_id" TEXT CONSTRAINT "lefts.right_id" CHECK (length("right_id") = 36) REFERENCES "rights" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("id")
) STRICT;

-- 2. [safe] Right: A new table.
CREATE TABLE "rights" (
  "id" TEXT NOT NULL CONSTRAINT "rights.id" CHECK (length("id") = 36),
  "left_id" TEXT CONSTRAINT "rights.left_id" CHECK (length("left_id") = 36) REFERENCES "lefts" ("id") ON DELETE SET NULL,
  PRIMARY KEY ("id")
) STRICT;

-- 3. [safe] Left (rightId): The table is new and has no rows.
CREATE INDEX "lefts_right_id_idx" ON "lefts" ("right_id");

-- 4. [safe] Right (leftId): The table is new and has no rows.
CREATE INDEX "rights_left_id_idx" ON "rights" ("left_id");

-- ===== an entity that goes
-- 1. [destructive] Thing (ownerId): ownerId: What the column holds is lost. ownerId: Something is no longer asked of rows. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id") SELECT "id" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- 2. [destructive] Owner: All rows of the table are lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
DROP TABLE "owners";

-- ===== an entity with another name
-- 1. [safe] Owner: Only the name of the table changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE "owners" RENAME TO "keepers";

-- 2. [locking] Keeper (id): id: Its condition has another name. The table is made anew and every row is copied; nobody else writes meanwhile.
CREATE TABLE "dbal_new_keepers" (
  "id" TEXT NOT NULL CONSTRAINT "keepers.id" CHECK (length("id") = 36),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_keepers" ("id") SELECT "id" FROM "keepers";
DROP TABLE "keepers";
ALTER TABLE "dbal_new_keepers" RENAME TO "keepers";

-- ===== a new optional field
-- 1. [safe] Thing (note): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "note" TEXT;

-- ===== a new required field with a default
-- 1. [safe] Thing (count): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "count" INTEGER NOT NULL DEFAULT 3 CONSTRAINT "things.count" CHECK ("count" BETWEEN -2147483648 AND 2147483647 AND "count" >= 0);

-- ===== a new required field without a default
-- NOT POSSIBLE Thing.must: The field is new and has no value for existing rows. Make it optional or give it a constant default. In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.

-- ===== a new optional reference
-- 1. [safe] Thing (ownerId): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "owner_id" TEXT CONSTRAINT "things.owner_id" CHECK (length("owner_id") = 36) REFERENCES "owners" ("id") ON DELETE SET NULL;

-- 2. [locking] Thing (ownerId): Writers wait while the index is made.
CREATE INDEX "things_owner_id_idx" ON "things" ("owner_id");

-- ===== a field that goes
-- 1. [destructive] Thing (size): size: What the column holds is lost. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "note" TEXT,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "note") SELECT "id", "note" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== a field with another name
-- 1. [safe] Thing (label): Only the name of the column changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE "things" RENAME COLUMN "code" TO "label";

-- 2. [locking] Thing (label): label: Its condition has another name. The table is made anew and every row is copied; nobody else writes meanwhile.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "label" TEXT CONSTRAINT "things.label" CHECK (length("label") <= 20),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "label") SELECT "id", "label" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- 3. [locking] Thing (label): Writers wait while the index is made. It fails where rows have equal values.
CREATE UNIQUE INDEX "things_label_key" ON "things" ("label");

-- ===== a wider number
-- 1. [locking] Thing (size): size: Every row is rewritten with the new type. size: No longer bound by a condition. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "size" INTEGER,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "size") SELECT "id", "size" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- 2. [locking] Thing (size): Writers wait while the index is made.
CREATE INDEX "things_size_idx" ON "things" ("size");

-- ===== a narrower number
-- 1. [destructive] Thing (size): size: Some values that were bigint are none of the new integer: it fails where a row has one. size: Values that were allowed are so no longer; it fails where a row has one. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "size" INTEGER CONSTRAINT "things.size" CHECK ("size" BETWEEN -2147483648 AND 2147483647),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "size") SELECT "id", "size" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== a decimal with more digits
-- 1. [locking] Thing (price): price: Every row is rewritten with the new type. price: Bound by another condition; it fails where a row does not fit. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "price" INTEGER CONSTRAINT "things.price" CHECK ("price" BETWEEN -999999999999 AND 999999999999),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "price") SELECT "id", "price" * 100 FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== a decimal with fewer digits behind the point
-- NOT POSSIBLE Thing.price: Values of type decimal cannot become decimal with scale 1 without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== values that mean something else
-- NOT POSSIBLE Thing.day: Values of type date cannot become boolean without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== a required field that becomes optional
-- 1. [locking] Thing (note): note: The table is copied with the new declaration. The table is made anew and every row is copied; nobody else writes meanwhile.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "note" TEXT,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "note") SELECT "id", "note" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== an optional field that becomes required
-- 1. [locking] Thing (note): note: Every row is looked at; it fails where one has no value. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "note" TEXT NOT NULL,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "note") SELECT "id", "note" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== another default


-- ===== one more member of an enum
-- 1. [locking] Thing (kind): kind: Bound by another condition; it fails where a row does not fit. The table is made anew and every row is copied; nobody else writes meanwhile.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "kind" TEXT CONSTRAINT "things.kind" CHECK ("kind" IN ('a', 'b', 'longer')),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "kind") SELECT "id", "kind" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== one member less
-- 1. [destructive] Thing (kind): kind: Values that were allowed are so no longer; it fails where a row has one. The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "kind" TEXT CONSTRAINT "things.kind" CHECK ("kind" IN ('a')),
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "kind") SELECT "id", "kind" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- ===== values that become unique
-- 1. [locking] Thing (code): Writers wait while the index is made. It fails where rows have equal values.
CREATE UNIQUE INDEX "things_code_key" ON "things" ("code");

-- ===== values that become unique whatever their case
-- 1. [locking] Thing (code): The table is made anew and every row is copied; nobody else writes meanwhile.
--    Programs of the schema before stop working beside it.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "code" TEXT NOT NULL CONSTRAINT "things.code" CHECK (length("code") <= 20),
  "code__fold" TEXT NOT NULL,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "code", "code__fold") SELECT "id", "code", dbal_fold("code") FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- 2. [locking] Thing (code): Writers wait while the index is made. It fails where rows have equal values.
CREATE UNIQUE INDEX "things_code__fold_key" ON "things" ("code__fold");

-- ===== values that are unique no more
-- 1. [safe] Thing (code): Equal values are allowed from now on.
DROP INDEX "things_code_key";

-- ===== an index over other fields
-- 1. [safe] Thing (a, b): Rows stay; queries that used the index may become slower.
DROP INDEX "things_both";

-- 2. [locking] Thing (b, a): Writers wait while the index is made.
CREATE INDEX "things_both" ON "things" ("b", "a");

-- ===== an index on long text
-- 1. [locking] Thing (note): Writers wait while the index is made.
CREATE INDEX "things_note_idx" ON "things" ("note");

-- ===== another fate of rows that refer
-- 1. [locking] Thing (ownerId): ownerId: Every row is looked up in the other table; it fails where one refers to nothing. ownerId: Something is no longer asked of rows. The table is made anew and every row is copied; nobody else writes meanwhile.
CREATE TABLE "dbal_new_things" (
  "id" TEXT NOT NULL CONSTRAINT "things.id" CHECK (length("id") = 36),
  "owner_id" TEXT CONSTRAINT "things.owner_id" CHECK (length("owner_id") = 36) REFERENCES "owners" ("id") ON DELETE SET NULL,
  PRIMARY KEY ("id")
) STRICT;
INSERT INTO "dbal_new_things" ("id", "owner_id") SELECT "id", "owner_id" FROM "things";
DROP TABLE "things";
ALTER TABLE "dbal_new_things" RENAME TO "things";

-- 2. [locking] Thing (ownerId): Writers wait while the index is made.
CREATE INDEX "things_owner_id_idx" ON "things" ("owner_id");

-- ===== another key
-- NOT POSSIBLE Thing: The key is another one. A key cannot be changed: make a new entity with the new key, copy the rows, and remove the old one in a later release.
