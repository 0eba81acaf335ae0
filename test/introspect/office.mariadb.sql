-- People in an office, as a MariaDB database that knows nothing of DBAL: sets, years, unsigned numbers, an old character set.
CREATE TABLE department (
  dept_no char(4) NOT NULL,
  dept_name varchar(40) NOT NULL,
  PRIMARY KEY (dept_no),
  UNIQUE KEY dept_name (dept_name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE employee (
  emp_no int unsigned NOT NULL AUTO_INCREMENT COMMENT 'On the badge.',
  badge bigint unsigned NOT NULL,
  birth_date date NOT NULL,
  first_name varchar(14) NOT NULL DEFAULT 'n/a',
  last_name varchar(16) NOT NULL,
  gender enum('M','F','X') NOT NULL,
  perks set('car','phone') DEFAULT NULL,
  hired year NOT NULL,
  salary decimal(10,2) unsigned NOT NULL DEFAULT 0.00,
  huge decimal(60,2),
  bonus float,
  ratio double DEFAULT 1.5,
  active tinyint(1) NOT NULL DEFAULT 1,
  checked tinyint(1) NOT NULL DEFAULT 0 CHECK (checked IN (0, 1)),
  level tinyint unsigned NOT NULL DEFAULT 3,
  profile json,
  photo mediumblob,
  fingerprint binary(16),
  full_name varchar(31) GENERATED ALWAYS AS (concat(first_name, ' ', last_name)) VIRTUAL,
  shift time,
  place point,
  created_at datetime NOT NULL DEFAULT current_timestamp(),
  exact_at datetime(3) DEFAULT NULL,
  updated_at timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  manager int unsigned,
  flags bit(4),
  PRIMARY KEY (emp_no),
  UNIQUE KEY badge (badge),
  KEY name_prefix (last_name(4)),
  KEY names (last_name, first_name),
  FULLTEXT KEY words (first_name),
  CONSTRAINT manager_fk FOREIGN KEY (manager) REFERENCES employee (emp_no) ON DELETE SET NULL,
  CONSTRAINT paid CHECK (salary >= 10.5 AND salary <= 99999.99),
  CONSTRAINT odd CHECK (birth_date < '2010-01-01')
) COMMENT 'Everybody with a badge.' CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE dept_emp (
  emp_no int unsigned NOT NULL,
  dept_no char(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  from_date date NOT NULL,
  PRIMARY KEY (emp_no, dept_no),
  KEY names (dept_no, from_date),
  FOREIGN KEY (emp_no) REFERENCES employee (emp_no) ON DELETE CASCADE,
  FOREIGN KEY (dept_no) REFERENCES department (dept_no) ON UPDATE CASCADE
);
CREATE TABLE assignment (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  emp_no int unsigned NOT NULL,
  dept_no char(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  KEY names (dept_no, emp_no),
  FOREIGN KEY (emp_no, dept_no) REFERENCES dept_emp (emp_no, dept_no) ON DELETE CASCADE
);
CREATE TABLE badge_use (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  badge bigint unsigned NOT NULL,
  door bigint unsigned NOT NULL DEFAULT 0,
  used_at timestamp NOT NULL DEFAULT current_timestamp(),
  FOREIGN KEY (badge) REFERENCES employee (badge) ON DELETE CASCADE
);
CREATE TABLE old_note (
  code varchar(10) NOT NULL PRIMARY KEY,
  body text,
  dept_hint varchar(40)
) CHARACTER SET latin1;
CREATE TABLE hint (
  id int NOT NULL PRIMARY KEY,
  kind int NOT NULL,
  note_kind int,
  KEY kind (kind),
  FOREIGN KEY (note_kind) REFERENCES hint (kind)
);
CREATE TABLE ticket (serial binary(16) NOT NULL PRIMARY KEY, body text);
CREATE VIEW current_dept_emp AS SELECT emp_no, dept_no FROM dept_emp;
CREATE TRIGGER note_guard BEFORE DELETE ON old_note FOR EACH ROW SET @kept = OLD.code;
