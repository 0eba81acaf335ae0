-- a point read under a rule
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((t0.`id` = ? COLLATE utf8mb4_nopad_bin) AND (t0.`id` = ? COLLATE utf8mb4_nopad_bin));

-- every type as it is read
SELECT t0.`id` AS c0, t0.`name` AS c1, t0.`role` AS c2, t0.`props` AS c3, t0.`score` AS c4, t0.`weight` AS c5, t0.`price` AS c6, t0.`total` AS c7, t0.`seen` AS c8, t0.`born` AS c9, t0.`active` AS c10, t0.`mark` AS c11 FROM `authors` AS t0;

-- a page with its total
SELECT t0.`id` AS c0, CASE WHEN (t0.`id` = ? COLLATE utf8mb4_nopad_bin) THEN t0.`score` END AS c1, (SELECT count(*) FROM `authors` AS t0 WHERE (t0.`role` = ? COLLATE utf8mb4_nopad_bin)) AS c2 FROM `authors` AS t0 WHERE (t0.`role` = ? COLLATE utf8mb4_nopad_bin) ORDER BY t0.`name` DESC, t0.`seen`, t0.`id` LIMIT ? OFFSET ?;
-- and where the page is empty
SELECT NULL AS c0, NULL AS c1, (SELECT count(*) FROM `authors` AS t0 WHERE (t0.`role` = ? COLLATE utf8mb4_nopad_bin)) AS c2 UNION ALL SELECT p.*, NULL FROM (SELECT t0.`id` AS c0, CASE WHEN (t0.`id` = ? COLLATE utf8mb4_nopad_bin) THEN t0.`score` END AS c1 FROM `authors` AS t0 WHERE (t0.`role` = ? COLLATE utf8mb4_nopad_bin) ORDER BY t0.`name` DESC, t0.`seen`, t0.`id` LIMIT ? OFFSET ?) AS p;

-- a page behind a cursor
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((t0.`name` > ? COLLATE utf8mb4_nopad_bin) OR ((t0.`name` = ? COLLATE utf8mb4_nopad_bin) AND (t0.`id` > ? COLLATE utf8mb4_nopad_bin))) ORDER BY t0.`name` LIMIT ?;

-- a limit for each parent
SELECT c0 FROM (SELECT t0.`shelf` AS c0, row_number() OVER (PARTITION BY t0.`author_id` ORDER BY t0.`title`) AS n, row_number() OVER (ORDER BY t0.`title`) AS s FROM `books` AS t0 WHERE (t0.`author_id` IN (SELECT j.v FROM JSON_TABLE(?, '$[*]' COLUMNS (v LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j))) AS w WHERE n <= ? ORDER BY s;

-- questions of each row
SELECT t0.`id` AS c0, (t0.`id` = ? COLLATE utf8mb4_nopad_bin) AS c1, (NOT (t0.`id` = ? COLLATE utf8mb4_nopad_bin)) AS c2, (((t0.`id` = ? COLLATE utf8mb4_nopad_bin)) IS TRUE) AS c3 FROM `authors` AS t0;

-- nothing at all
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE 0;

-- three-valued logic
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((t0.`id` = ? COLLATE utf8mb4_nopad_bin) AND (t0.`score` <= ?));

-- parts of texts
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((LOCATE(? COLLATE utf8mb4_nopad_bin, t0.`name`) > 0) OR (t0.`name` >= ? COLLATE utf8mb4_nopad_bin AND LEFT(t0.`name`, CHAR_LENGTH(? COLLATE utf8mb4_nopad_bin)) = ? COLLATE utf8mb4_nopad_bin) OR (RIGHT(t0.`name`, CHAR_LENGTH(? COLLATE utf8mb4_nopad_bin)) = ? COLLATE utf8mb4_nopad_bin));

-- texts whatever their case
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((t0.`name__fold` = ? COLLATE utf8mb4_nopad_bin) AND (LOCATE(? COLLATE utf8mb4_nopad_bin, CASE WHEN OCTET_LENGTH(t0.`role`) = CHAR_LENGTH(t0.`role`) THEN LOWER(t0.`role`) ELSE dbal_fold_1_17_0(t0.`role`) END) > 0) AND (CASE WHEN OCTET_LENGTH(t0.`role`) = CHAR_LENGTH(t0.`role`) THEN LOWER(t0.`role`) ELSE dbal_fold_1_17_0(t0.`role`) END < ? COLLATE utf8mb4_nopad_bin));

-- texts by code point
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (t0.`name` >= ? COLLATE utf8mb4_nopad_bin);

-- numbers of several kinds
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(t0.`score`) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(t0.`score` - FLOOR(t0.`score`) AS CHAR), 3), 38, '0'), '1') = CASE WHEN t0.`weight` >= 1e61 THEN REPEAT('9', 100) WHEN t0.`weight` <= -1e61 THEN '0' WHEN ABS(t0.`weight`) >= 1e22 THEN CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0))) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0)) - FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0))) AS CHAR), 3), 38, '0'), '1') ELSE CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38))) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38)) - FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38))) AS CHAR), 3), 38, '0'), 1 + SIGN(t0.`weight` - (CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38)) + 0e0))) END) AND (t0.`price` < t0.`total`) AND (CASE WHEN t0.`weight` >= 1e61 THEN REPEAT('9', 100) WHEN t0.`weight` <= -1e61 THEN '0' WHEN ABS(t0.`weight`) >= 1e22 THEN CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0))) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0)) - FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,0))) AS CHAR), 3), 38, '0'), '1') ELSE CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38))) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38)) - FLOOR(CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38))) AS CHAR), 3), 38, '0'), 1 + SIGN(t0.`weight` - (CAST(CAST(t0.`weight` AS CHAR) AS DECIMAL(65,38)) + 0e0))) END > CONCAT(LPAD(CAST(CAST('10000000000000000000000000000000000000000000000000000000000000' AS DECIMAL(62,0)) + FLOOR(t0.`price`) AS CHAR), 62, '0'), RPAD(SUBSTRING(CAST(t0.`price` - FLOOR(t0.`price`) AS CHAR), 3), 38, '0'), '1')));

-- texts of several kinds
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((t0.`id` = t0.`name`) OR (CONCAT(LEFT(DATE_FORMAT(t0.`seen`, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z') < DATE_FORMAT(t0.`born`, '%Y-%m-%d')));

-- a list of values
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (t0.`score` IN (SELECT j.v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$')) AS j));

-- a list whatever its case
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (CASE WHEN OCTET_LENGTH(t0.`role`) = CHAR_LENGTH(t0.`role`) THEN LOWER(t0.`role`) ELSE dbal_fold_1_17_0(t0.`role`) END IN (SELECT j.v FROM JSON_TABLE(?, '$[*]' COLUMNS (v LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j));

-- a list of the session
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (CASE WHEN ? IS NOT NULL THEN t0.`id` IN (SELECT j.v FROM JSON_TABLE(?, '$[*]' COLUMNS (v LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j) END);

-- keys of one field
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (t0.`id` IN (SELECT j.v FROM JSON_TABLE(?, '$[*]' COLUMNS (v LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j));

-- keys of two fields
SELECT t0.`shelf` AS c0 FROM `books` AS t0 WHERE ((t0.`shelf`, t0.`place`) IN (SELECT j.v0, j.v1 FROM JSON_TABLE(?, '$[*]' COLUMNS (v0 LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', v1 INT PATH '$[1]')) AS j));

-- a level by a role in the row
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE (CASE t0.`role` WHEN ? COLLATE utf8mb4_nopad_bin THEN ? WHEN ? COLLATE utf8mb4_nopad_bin THEN ? END <= ?);

-- scalars within json
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE ((CASE WHEN JSON_EXTRACT(t0.`props`, JSON_UNQUOTE(JSON_EXTRACT(?, '$[0]'))) IS NULL AND NOT JSON_VALID(t0.`props`) THEN (SELECT '' UNION ALL SELECT '') WHEN JSON_TYPE(JSON_EXTRACT(t0.`props`, JSON_UNQUOTE(JSON_EXTRACT(?, '$[1]')))) = 'ARRAY' AND JSON_TYPE(JSON_EXTRACT(t0.`props`, JSON_UNQUOTE(JSON_EXTRACT(?, '$[0]')))) = 'STRING' THEN CONVERT(JSON_UNQUOTE(JSON_EXTRACT(t0.`props`, JSON_UNQUOTE(JSON_EXTRACT(?, '$[0]')))) USING utf8mb4) COLLATE utf8mb4_nopad_bin END = ? COLLATE utf8mb4_nopad_bin) AND (CASE WHEN JSON_EXTRACT(t0.`props`, ?) IS NULL AND NOT JSON_VALID(t0.`props`) THEN (SELECT 0 UNION ALL SELECT 0) WHEN JSON_TYPE(JSON_EXTRACT(t0.`props`, ?)) IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER') THEN (JSON_EXTRACT(t0.`props`, ?) + 0e0) END > ?) AND (CASE WHEN JSON_EXTRACT(t0.`props`, ?) IS NULL AND NOT JSON_VALID(t0.`props`) THEN (SELECT 0 UNION ALL SELECT 0) WHEN JSON_TYPE(JSON_EXTRACT(t0.`props`, ?)) = 'BOOLEAN' THEN (CONVERT(JSON_UNQUOTE(JSON_EXTRACT(t0.`props`, ?)) USING utf8mb4) COLLATE utf8mb4_nopad_bin = 'true') END = ?) AND (CASE WHEN JSON_EXTRACT(t0.`props`, ?) IS NULL AND NOT JSON_VALID(t0.`props`) THEN (SELECT 0 UNION ALL SELECT 0) ELSE COALESCE(JSON_TYPE(JSON_EXTRACT(t0.`props`, ?)) = 'NULL', 1) END));

-- related rows
SELECT t0.`id` AS c0 FROM `authors` AS t0 WHERE EXISTS (SELECT 1 FROM `books` AS t1 WHERE t1.`author_id` = t0.`id` AND (t1.`title` = ? COLLATE utf8mb4_nopad_bin));

-- a value of a related row
SELECT t0.`shelf` AS c0 FROM `books` AS t0 WHERE EXISTS (SELECT 1 FROM `authors` AS t1 WHERE t1.`id` = t0.`author_id` AND (t1.`name` = ? COLLATE utf8mb4_nopad_bin));

-- what another select finds
SELECT t0.`shelf` AS c0 FROM `books` AS t0 WHERE (t0.`author_id` IN (SELECT t1.`id` FROM `authors` AS t1 WHERE (t1.`id` = ? COLLATE utf8mb4_nopad_bin)));

-- a tree
WITH RECURSIVE walk(k) AS (SELECT t0.`id` FROM `pages` AS t0 WHERE (t0.`order` >= ?) AND (t0.`parent_id` IS NULL) UNION SELECT t1.`id` FROM walk JOIN `pages` AS t1 ON t1.`parent_id` = walk.k WHERE (t1.`order` >= ?)) SELECT t2.`id` AS c0 FROM walk JOIN `pages` AS t2 ON t2.`id` = walk.k;

-- groups with their measures
SELECT t0.`role` AS c0, count(*) AS c1, sum(t0.`score`) AS c2, CASE WHEN count(t0.`weight`) = 0 THEN NULL ELSE COALESCE(CONCAT(count(t0.`weight`), ':', GROUP_CONCAT(t0.`weight`)), '0') END AS c3, sum(t0.`total`) AS c4, ((sum(t0.`price`) + 0e0) / count(t0.`price`)) AS c5, max(t0.`name`) AS c6, max(t0.`active`) AS c7, max(t0.`id`) AS c8, max(t0.`seen`) AS c9 FROM `authors` AS t0 GROUP BY t0.`role` HAVING (count(*) > ?) ORDER BY sum(t0.`score`) DESC, t0.`role` LIMIT ?;

-- how many there are
SELECT count(*) AS c0 FROM `authors` AS t0;

-- an update of one row
UPDATE `authors` AS t0 SET `name` = ? COLLATE utf8mb4_nopad_bin, `name__fold` = ? COLLATE utf8mb4_nopad_bin, `score` = t0.`score` + 1, `weight` = (SELECT j.n - 1 FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, v LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j WHERE j.v = t0.`id`) WHERE (t0.`id` = ? COLLATE utf8mb4_nopad_bin);

-- an update that sets nothing
UPDATE `authors` AS t0 SET `id` = t0.`id` WHERE (t0.`id` = ? COLLATE utf8mb4_nopad_bin);

-- a delete whose condition reads the same table
DELETE FROM `pages` WHERE (NOT EXISTS (SELECT 1 FROM `pages` AS t1 WHERE t1.`parent_id` = `pages`.`id`));

-- one row
INSERT INTO `authors` (`id`, `name`, `mark`, `name__fold`) VALUES (?, ?, ?, ?);

-- three rows
INSERT INTO `authors` (`id`, `name`, `mark`, `name__fold`) VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?);

-- tables
CREATE TABLE `authors` (
  `id` char(36) NOT NULL,
  `name` varchar(100) NOT NULL,
  `name__fold` varchar(300) NOT NULL,
  `role` varchar(7) NOT NULL,
  `props` longtext,
  `score` bigint,
  `weight` double,
  `price` decimal(10,2),
  `total` decimal(30,4),
  `seen` datetime(3),
  `born` date,
  `active` tinyint(1) NOT NULL,
  `mark` longblob,
  PRIMARY KEY (`id`),
  CONSTRAINT `authors.id` CHECK (char_length(`id`) = 36),
  CONSTRAINT `authors.name` CHECK (char_length(`name`) <= 100),
  CONSTRAINT `authors.role` CHECK (`role` IN ('user', 'o''admin')),
  CONSTRAINT `authors.props` CHECK ((json_valid(`props`) OR left(`props`, 1) IN ('[', '{'))),
  CONSTRAINT `authors.active` CHECK (`active` IN (0, 1)),
  CONSTRAINT `authors.mark` CHECK (octet_length(`mark`) <= 16)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `books` (
  `shelf` varchar(20) NOT NULL,
  `place` int NOT NULL,
  `author_id` char(36),
  `title` varchar(200),
  PRIMARY KEY (`shelf`, `place`),
  CONSTRAINT `books.shelf` CHECK (char_length(`shelf`) <= 20),
  CONSTRAINT `books.title` CHECK (char_length(`title`) <= 200)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `pages` (
  `id` char(36) NOT NULL,
  `parent_id` char(36),
  `order` int NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  CONSTRAINT `pages.id` CHECK (char_length(`id`) = 36)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE UNIQUE INDEX `authors_name__fold_key` ON `authors` (`name__fold`);
CREATE INDEX `books_author_id_idx` ON `books` (`author_id`);
CREATE INDEX `books_title_idx` ON `books` (`title`);
CREATE INDEX `pages_parent_id_idx` ON `pages` (`parent_id`);
ALTER TABLE `books` ADD CONSTRAINT `books_author_id_fkey` FOREIGN KEY (`author_id`) REFERENCES `authors` (`id`) ON DELETE CASCADE;
ALTER TABLE `pages` ADD CONSTRAINT `pages_parent_id_fkey` FOREIGN KEY (`parent_id`) REFERENCES `pages` (`id`) ON DELETE SET NULL;
