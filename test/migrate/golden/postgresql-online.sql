-- ===== a new entity that refers to another one
-- 1. [safe] Thing: A new table.
CREATE TABLE "things" (
  "id" uuid NOT NULL,
  "owner_id" uuid,
  PRIMARY KEY ("id")
);

-- 2. [safe] Thing (ownerId): The table is new and has no rows.
CREATE INDEX "things_owner_id_idx" ON "things" ("owner_id" NULLS FIRST);

-- 3. [safe] Thing (ownerId): The table is new and has no rows.
ALTER TABLE "things" ADD CONSTRAINT "things_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE CASCADE;

-- ===== two new entities that refer to each other
-- 1. [safe] Left: A new table.
CREATE TABLE "lefts" (
  "id" uuid NOT NULL,
  "right_id" uuid,
  PRIMARY KEY ("id")
);

-- 2. [safe] Right: A new table.
CREATE TABLE "rights" (
  "id" uuid NOT NULL,
  "left_id" uuid,
  PRIMARY KEY ("id")
);

-- 3. [safe] Left (rightId): The table is new and has no rows.
CREATE INDEX "lefts_right_id_idx" ON "lefts" ("right_id" NULLS FIRST);

-- 4. [safe] Right (leftId): The table is new and has no rows.
CREATE INDEX "rights_left_id_idx" ON "rights" ("left_id" NULLS FIRST);

-- 5. [safe] Left (rightId): The table is new and has no rows.
ALTER TABLE "lefts" ADD CONSTRAINT "lefts_right_id_fkey" FOREIGN KEY ("right_id") REFERENCES "rights" ("id") ON DELETE CASCADE;

-- 6. [safe] Right (leftId): The table is new and has no rows.
ALTER TABLE "rights" ADD CONSTRAINT "rights_left_id_fkey" FOREIGN KEY ("left_id") REFERENCES "lefts" ("id") ON DELETE SET NULL;

-- ===== an entity that goes
-- 1. [safe] Thing (ownerId): Something is no longer asked of rows.
ALTER TABLE "things" DROP CONSTRAINT "things_owner_id_fkey";

-- 2. [safe] Thing (ownerId): Rows stay; queries that used the index may become slower.
--    Outside of a transaction.
DROP INDEX CONCURRENTLY "things_owner_id_idx";

-- 3. [destructive] Thing (ownerId): What the column holds is lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
ALTER TABLE "things" DROP COLUMN "owner_id";

-- 4. [destructive] Owner: All rows of the table are lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
DROP TABLE "owners";

-- ===== an entity with another name
-- 1. [safe] Owner: Only the name of the table changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE "owners" RENAME TO "keepers";

-- ===== a new optional field
-- 1. [safe] Thing (note): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "note" text COLLATE "C";

-- ===== a new required field with a default
-- 1. [safe] Thing (count): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "count" integer NOT NULL DEFAULT '3';

-- 2. [locking] Thing (count): Every row is held against the condition of the new column, which all fit.
ALTER TABLE "things" ADD CONSTRAINT "things.count" CHECK ("count" >= '0'::int4);

-- ===== a new required field without a default
-- NOT POSSIBLE Thing.must: The field is new and has no value for existing rows. Make it optional or give it a constant default. In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.

-- ===== a new optional reference
-- 1. [safe] Thing (ownerId): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "owner_id" uuid;

-- 2. [safe] Thing (ownerId): The index is made while others read and write.
--    Outside of a transaction.
CREATE INDEX CONCURRENTLY "things_owner_id_idx" ON "things" ("owner_id" NULLS FIRST);

-- 3. [safe] Thing (ownerId): The reference holds for new rows at once; existing ones are looked at later.
ALTER TABLE "things" ADD CONSTRAINT "things_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE SET NULL NOT VALID;

-- 4. [safe] Thing (ownerId): Every row is looked at while others read and write; it fails where one does not fit.
--    Outside of a transaction.
ALTER TABLE "things" VALIDATE CONSTRAINT "things_owner_id_fkey";

-- ===== a field that goes
-- 1. [safe] Thing (size): Rows stay; queries that used the index may become slower.
--    Outside of a transaction.
DROP INDEX CONCURRENTLY "things_size_idx";

-- 2. [destructive] Thing (size): What the column holds is lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
ALTER TABLE "things" DROP COLUMN "size";

-- ===== a field with another name
-- 1. [safe] Thing (label): Only the name of the column changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE "things" RENAME COLUMN "code" TO "label";

-- 2. [safe] Thing (label): Only a name changes.
ALTER TABLE "things" RENAME CONSTRAINT "things.code" TO "things.label";

-- 3. [safe] Thing (label): Only a name changes.
ALTER INDEX "things_code_key" RENAME TO "things_label_key";

-- ===== a wider number
-- 1. [locking] Thing (size): Every row is rewritten with the new type.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
ALTER TABLE "things" ALTER COLUMN "size" TYPE bigint USING "size"::bigint;

-- ===== a narrower number
-- 1. [destructive] Thing (size): Some values that were bigint are none of the new integer: it fails where a row has one.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
ALTER TABLE "things" ALTER COLUMN "size" TYPE integer USING "size"::integer;

-- ===== a decimal with more digits
-- 1. [safe] Thing (price): Something is no longer asked of rows.
ALTER TABLE "things" DROP CONSTRAINT "things.price";

-- 2. [locking] Thing (price): Every row is rewritten with the new type.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
ALTER TABLE "things" ALTER COLUMN "price" TYPE numeric(12,4) USING "price"::numeric(12,4);

-- 3. [safe] Thing (price): The condition holds for new rows at once; existing ones are looked at later.
ALTER TABLE "things" ADD CONSTRAINT "things.price" CHECK ("price" <> 'NaN'::numeric) NOT VALID;

-- 4. [safe] Thing (price): Every row is looked at while others read and write; it fails where one does not fit.
--    Outside of a transaction.
ALTER TABLE "things" VALIDATE CONSTRAINT "things.price";

-- ===== a decimal with fewer digits behind the point
-- NOT POSSIBLE Thing.price: Values of type decimal cannot become decimal with scale 1 without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== values that mean something else
-- NOT POSSIBLE Thing.day: Values of type date cannot become boolean without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== a required field that becomes optional
-- 1. [safe] Thing (note): Rows may lack a value from now on.
ALTER TABLE "things" ALTER COLUMN "note" DROP NOT NULL;

-- ===== an optional field that becomes required
-- 1. [locking] Thing (note): Every row is looked at; it fails where one has no value.
--    Programs of the schema before stop working beside it.
--    In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.
ALTER TABLE "things" ALTER COLUMN "note" SET NOT NULL;

-- ===== another default
-- 1. [safe] Thing (count): Only what new rows get by default changes.
ALTER TABLE "things" ALTER COLUMN "count" SET DEFAULT '4';

-- ===== one more member of an enum
-- 1. [safe] Thing (kind): Something is no longer asked of rows.
ALTER TABLE "things" DROP CONSTRAINT "things.kind";

-- 2. [safe] Thing (kind): The condition holds for new rows at once; existing ones are looked at later.
ALTER TABLE "things" ADD CONSTRAINT "things.kind" CHECK ("kind" IN ('a', 'b', 'longer')) NOT VALID;

-- 3. [safe] Thing (kind): Every row is looked at while others read and write; it fails where one does not fit.
--    Outside of a transaction.
ALTER TABLE "things" VALIDATE CONSTRAINT "things.kind";

-- ===== one member less
-- 1. [safe] Thing (kind): Something is no longer asked of rows.
ALTER TABLE "things" DROP CONSTRAINT "things.kind";

-- 2. [destructive] Thing (kind): Values that were allowed are so no longer; it fails where a row has one.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
ALTER TABLE "things" ADD CONSTRAINT "things.kind" CHECK ("kind" IN ('a')) NOT VALID;

-- 3. [safe] Thing (kind): Every row is looked at while others read and write; it fails where one does not fit.
--    Outside of a transaction.
ALTER TABLE "things" VALIDATE CONSTRAINT "things.kind";

-- ===== values that become unique
-- 1. [safe] Thing (code): The index is made while others read and write. It fails where rows have equal values.
--    Outside of a transaction.
CREATE UNIQUE INDEX CONCURRENTLY "things_code_key" ON "things" ("code" NULLS FIRST);

-- ===== values that become unique whatever their case
-- 1. [safe] Thing (code): A new column; existing rows are not rewritten.
ALTER TABLE "things" ADD COLUMN "code__fold" text COLLATE "C";

-- 2. [locking] Thing (code): Every row that has no value yet is written.
UPDATE "things" SET "code__fold" = dbal_fold_1("code") WHERE "code__fold" IS NULL AND "code" IS NOT NULL;

-- 3. [locking] Thing (code): Every row is looked at; all have their folded form by now.
--    Programs of the schema before stop working beside it.
ALTER TABLE "things" ALTER COLUMN "code__fold" SET NOT NULL;

-- 4. [safe] Thing (code): The index is made while others read and write. It fails where rows have equal values.
--    Outside of a transaction.
CREATE UNIQUE INDEX CONCURRENTLY "things_code__fold_key" ON "things" ("code__fold");

-- 5. [safe] Thing (code): Equal values are allowed from now on.
--    Outside of a transaction.
DROP INDEX CONCURRENTLY "things_code_key";

-- ===== values that are unique no more
-- 1. [safe] Thing (code): Equal values are allowed from now on.
--    Outside of a transaction.
DROP INDEX CONCURRENTLY "things_code_key";

-- ===== an index over other fields
-- 1. [safe] Thing (a, b): Rows stay; queries that used the index may become slower.
--    Outside of a transaction.
DROP INDEX CONCURRENTLY "things_both";

-- 2. [safe] Thing (b, a): The index is made while others read and write.
--    Outside of a transaction.
CREATE INDEX CONCURRENTLY "things_both" ON "things" ("b" NULLS FIRST, "a" NULLS FIRST);

-- ===== an index on long text
-- 1. [safe] Thing (note): The index is made while others read and write.
--    Outside of a transaction.
CREATE INDEX CONCURRENTLY "things_note_idx" ON "things" ("note" NULLS FIRST);

-- ===== another fate of rows that refer
-- 1. [safe] Thing (ownerId): Something is no longer asked of rows.
ALTER TABLE "things" DROP CONSTRAINT "things_owner_id_fkey";

-- 2. [safe] Thing (ownerId): The reference holds for new rows at once; existing ones are looked at later.
ALTER TABLE "things" ADD CONSTRAINT "things_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE SET NULL NOT VALID;

-- 3. [safe] Thing (ownerId): Every row is looked at while others read and write; it fails where one does not fit.
--    Outside of a transaction.
ALTER TABLE "things" VALIDATE CONSTRAINT "things_owner_id_fkey";

-- ===== another key
-- NOT POSSIBLE Thing: The key is another one. A key cannot be changed: make a new entity with the new key, copy the rows, and remove the old one in a later release.
