-- ===== a new entity that refers to another one
-- 1. [safe] Thing: A new table.
CREATE TABLE `things` (
  `id` char(36) NOT NULL,
  `owner_id` char(36),
  PRIMARY KEY (`id`),
  CONSTRAINT `things.id` CHECK (char_length(`id`) = 36)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;

-- 2. [safe] Thing (ownerId): The table is new and has no rows.
CREATE INDEX `things_owner_id_idx` ON `things` (`owner_id`);

-- 3. [safe] Thing (ownerId): The table is new and has no rows.
ALTER TABLE `things` ADD CONSTRAINT `things_owner_id_fkey` FOREIGN KEY (`owner_id`) REFERENCES `owners` (`id`) ON DELETE CASCADE;

-- ===== two new entities that refer to each other
-- 1. [safe] Left: A new table.
CREATE TABLE `lefts` (
  `id` char(36) NOT NULL,
  `right_id` char(36),
  PRIMARY KEY (`id`),
  CONSTRAINT `lefts.id` CHECK (char_length(`id`) = 36)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;

-- 2. [safe] Right: A new table.
CREATE TABLE `rights` (
  `id` char(36) NOT NULL,
  `left_id` char(36),
  PRIMARY KEY (`id`),
  CONSTRAINT `rights.id` CHECK (char_length(`id`) = 36)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;

-- 3. [safe] Left (rightId): The table is new and has no rows.
CREATE INDEX `lefts_right_id_idx` ON `lefts` (`right_id`);

-- 4. [safe] Right (leftId): The table is new and has no rows.
CREATE INDEX `rights_left_id_idx` ON `rights` (`left_id`);

-- 5. [safe] Left (rightId): The table is new and has no rows.
ALTER TABLE `lefts` ADD CONSTRAINT `lefts_right_id_fkey` FOREIGN KEY (`right_id`) REFERENCES `rights` (`id`) ON DELETE CASCADE;

-- 6. [safe] Right (leftId): The table is new and has no rows.
ALTER TABLE `rights` ADD CONSTRAINT `rights_left_id_fkey` FOREIGN KEY (`left_id`) REFERENCES `lefts` (`id`) ON DELETE SET NULL;

-- ===== an entity that goes
-- 1. [safe] Thing (ownerId): Something is no longer asked of rows.
ALTER TABLE `things` DROP FOREIGN KEY `things_owner_id_fkey`;

-- 2. [safe] Thing (ownerId): Rows stay; queries that used the index may become slower.
DROP INDEX `things_owner_id_idx` ON `things`;

-- 3. [destructive] Thing (ownerId): What the column holds is lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
ALTER TABLE `things` DROP COLUMN `owner_id`;

-- 4. [destructive] Owner: All rows of the table are lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
DROP TABLE `owners`;

-- ===== an entity with another name
-- 1. [safe] Owner (id): Something is no longer asked of rows.
ALTER TABLE `owners` DROP CONSTRAINT `owners.id`;

-- 2. [safe] Owner: Only the name of the table changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE `owners` RENAME TO `keepers`;

-- 3. [locking] Keeper (id): Every row is held against the condition; it fails where one does not fit.
ALTER TABLE `keepers` ADD CONSTRAINT `keepers.id` CHECK (char_length(`id`) = 36);

-- ===== a new optional field
-- 1. [safe] Thing (note): A new column; existing rows are not rewritten.
ALTER TABLE `things` ADD COLUMN `note` longtext;

-- ===== a new required field with a default
-- 1. [safe] Thing (count): A new column; existing rows are not rewritten.
ALTER TABLE `things` ADD COLUMN `count` int NOT NULL DEFAULT 3;

-- 2. [locking] Thing (count): Every row is held against the condition of the new column, which all fit.
ALTER TABLE `things` ADD CONSTRAINT `things.count` CHECK (`count` >= 0);

-- ===== a new required field without a default
-- NOT POSSIBLE Thing.must: The field is new and has no value for existing rows. Make it optional or give it a constant default. In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.

-- ===== a new optional reference
-- 1. [safe] Thing (ownerId): A new column; existing rows are not rewritten.
ALTER TABLE `things` ADD COLUMN `owner_id` char(36);

-- 2. [locking] Thing (ownerId): Writers wait while the index is made.
CREATE INDEX `things_owner_id_idx` ON `things` (`owner_id`);

-- 3. [locking] Thing (ownerId): Every row is looked up in the other table; it fails where one refers to nothing.
ALTER TABLE `things` ADD CONSTRAINT `things_owner_id_fkey` FOREIGN KEY (`owner_id`) REFERENCES `owners` (`id`) ON DELETE SET NULL;

-- ===== a field that goes
-- 1. [safe] Thing (size): Rows stay; queries that used the index may become slower.
DROP INDEX `things_size_idx` ON `things`;

-- 2. [destructive] Thing (size): What the column holds is lost.
--    Programs of the schema before stop working beside it.
--    In two releases: first deploy programs whose schema is without it while the column or table still stands (make the field optional before), then drop it once no program of the old schema runs.
ALTER TABLE `things` DROP COLUMN `size`;

-- ===== a field with another name
-- 1. [safe] Thing (code): Something is no longer asked of rows.
ALTER TABLE `things` DROP CONSTRAINT `things.code`;

-- 2. [safe] Thing (label): Only the name of the column changes.
--    Programs of the schema before stop working beside it.
--    In two releases: add the new name as an optional field, write both and copy the rows, then make programs read the new one, and drop the old one in a later release.
ALTER TABLE `things` RENAME COLUMN `code` TO `label`;

-- 3. [locking] Thing (label): Every row is held against the condition; it fails where one does not fit.
ALTER TABLE `things` ADD CONSTRAINT `things.label` CHECK (char_length(`label`) <= 20);

-- 4. [safe] Thing (label): Only a name changes.
ALTER TABLE `things` RENAME INDEX `things_code_key` TO `things_label_key`;

-- ===== a wider number
-- 1. [safe] Thing (size): Rows stay; queries that used the index may become slower.
DROP INDEX `things_size_idx` ON `things`;

-- 2. [locking] Thing (size): Every row is rewritten with the new type.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
ALTER TABLE `things` MODIFY COLUMN `size` bigint;

-- 3. [locking] Thing (size): Writers wait while the index is made.
CREATE INDEX `things_size_idx` ON `things` (`size`);

-- ===== a narrower number
-- 1. [destructive] Thing (size): Some values that were bigint are none of the new integer: it fails where a row has one.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
ALTER TABLE `things` MODIFY COLUMN `size` int;

-- ===== a decimal with more digits
-- 1. [locking] Thing (price): Every row is rewritten with the new type.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
ALTER TABLE `things` MODIFY COLUMN `price` decimal(12,4);

-- ===== a decimal with fewer digits behind the point
-- NOT POSSIBLE Thing.price: Values of type decimal cannot become decimal with scale 1 without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== values that mean something else
-- NOT POSSIBLE Thing.day: Values of type date cannot become boolean without being altered. In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.

-- ===== a required field that becomes optional
-- 1. [locking] Thing (note): The table is copied with the new declaration.
ALTER TABLE `things` MODIFY COLUMN `note` longtext;

-- ===== an optional field that becomes required
-- 1. [locking] Thing (note): Every row is looked at; it fails where one has no value.
--    Programs of the schema before stop working beside it.
--    In two releases: make it optional with a value written by programs, fill the rows that have none, and make it required in a later release.
ALTER TABLE `things` MODIFY COLUMN `note` longtext NOT NULL;

-- ===== another default
-- 1. [safe] Thing (count): Only what new rows get by default changes.
ALTER TABLE `things` MODIFY COLUMN `count` int NOT NULL DEFAULT 4;

-- ===== one more member of an enum
-- 1. [safe] Thing (kind): Something is no longer asked of rows.
ALTER TABLE `things` DROP CONSTRAINT `things.kind`;

-- 2. [locking] Thing (kind): Every row is rewritten with the new type.
--    Programs of the schema before stop working beside it.
--    In two releases: add a new field of the new type, fill it from the old one, make programs use it, and drop the old field in a later release.
ALTER TABLE `things` MODIFY COLUMN `kind` varchar(6);

-- 3. [locking] Thing (kind): Every row is held against the condition; it fails where one does not fit.
ALTER TABLE `things` ADD CONSTRAINT `things.kind` CHECK (`kind` IN ('a', 'b', 'longer'));

-- ===== one member less
-- 1. [safe] Thing (kind): Something is no longer asked of rows.
ALTER TABLE `things` DROP CONSTRAINT `things.kind`;

-- 2. [destructive] Thing (kind): Values that were allowed are so no longer; it fails where a row has one.
--    Programs of the schema before stop working beside it.
--    First make programs stop writing such values and change the rows that have them; then narrow the field in a later release.
ALTER TABLE `things` ADD CONSTRAINT `things.kind` CHECK (`kind` IN ('a'));

-- ===== values that become unique
-- 1. [locking] Thing (code): Writers wait while the index is made. It fails where rows have equal values.
CREATE UNIQUE INDEX `things_code_key` ON `things` (`code`);

-- ===== values that become unique whatever their case
-- 1. [safe] Thing (code): A new column; existing rows are not rewritten.
ALTER TABLE `things` ADD COLUMN `code__fold` varchar(60);

-- 2. [locking] Thing (code): Every row that has no value yet is written.
UPDATE `things` SET `code__fold` = CASE WHEN OCTET_LENGTH(`code`) = CHAR_LENGTH(`code`) THEN LOWER(`code`) ELSE dbal_fold_1_17_0(`code`) END WHERE `code__fold` IS NULL AND `code` IS NOT NULL;

-- 3. [locking] Thing (code): Every row is looked at; all have their folded form by now.
--    Programs of the schema before stop working beside it.
ALTER TABLE `things` MODIFY COLUMN `code__fold` varchar(60) NOT NULL;

-- 4. [locking] Thing (code): Writers wait while the index is made. It fails where rows have equal values.
CREATE UNIQUE INDEX `things_code__fold_key` ON `things` (`code__fold`);

-- 5. [safe] Thing (code): Equal values are allowed from now on.
DROP INDEX `things_code_key` ON `things`;

-- ===== values that are unique no more
-- 1. [safe] Thing (code): Equal values are allowed from now on.
DROP INDEX `things_code_key` ON `things`;

-- ===== an index over other fields
-- 1. [locking] Thing (b, a): The index is made again while writers may wait.
ALTER TABLE `things` DROP INDEX `things_both`, ADD INDEX `things_both` (`b`, `a`);

-- ===== an index on long text
-- 1. [locking] Thing (note): Writers wait while the index is made.
CREATE INDEX `things_note_idx` ON `things` (`note`(191));

-- ===== another fate of rows that refer
-- 1. [safe] Thing (ownerId): Something is no longer asked of rows.
ALTER TABLE `things` DROP FOREIGN KEY `things_owner_id_fkey`;

-- 2. [locking] Thing (ownerId): Every row is looked up in the other table; it fails where one refers to nothing.
ALTER TABLE `things` ADD CONSTRAINT `things_owner_id_fkey` FOREIGN KEY (`owner_id`) REFERENCES `owners` (`id`) ON DELETE SET NULL;

-- ===== another key
-- NOT POSSIBLE Thing: The key is another one. A key cannot be changed: make a new entity with the new key, copy the rows, and remove the old one in a later release.
