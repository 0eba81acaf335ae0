-- The same kind of club as sample databases of MySQL have it: ENUM, SET, YEAR, GEOMETRY, TIMESTAMP, TINYINT(1), unsigned keys, views, triggers.
SET NAMES utf8mb4;
CREATE TABLE performer (
  performer_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (performer_id), KEY by_last_name (last_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE land (land_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, land VARCHAR(50) NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE place (
  place_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, street VARCHAR(50) NOT NULL, street2 VARCHAR(50) DEFAULT NULL, district VARCHAR(20) NOT NULL,
  land_id SMALLINT UNSIGNED NOT NULL, postal_code VARCHAR(10) DEFAULT NULL, phone VARCHAR(20) NOT NULL, location GEOMETRY NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (place_id), KEY by_land (land_id), SPATIAL KEY by_location (location),
  CONSTRAINT place_land FOREIGN KEY (land_id) REFERENCES land (land_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE tongue (tongue_id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name CHAR(20) NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE movie (
  movie_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, title VARCHAR(128) NOT NULL, description TEXT DEFAULT NULL, made YEAR DEFAULT NULL,
  tongue_id TINYINT UNSIGNED NOT NULL, original_tongue_id TINYINT UNSIGNED DEFAULT NULL, rental_days TINYINT UNSIGNED NOT NULL DEFAULT 3,
  rental_rate DECIMAL(4,2) NOT NULL DEFAULT 4.99, minutes SMALLINT UNSIGNED DEFAULT NULL, replacement_cost DECIMAL(5,2) NOT NULL DEFAULT 19.99,
  rating ENUM('G','PG','PG-13','R','NC-17') DEFAULT 'G', extras SET('Trailers','Commentaries','Deleted Scenes','Behind the Scenes') DEFAULT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (movie_id), KEY by_title (title), KEY by_tongue (tongue_id), KEY by_original (original_tongue_id),
  CONSTRAINT movie_tongue FOREIGN KEY (tongue_id) REFERENCES tongue (tongue_id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT movie_original FOREIGN KEY (original_tongue_id) REFERENCES tongue (tongue_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE movie_text (movie_id SMALLINT NOT NULL PRIMARY KEY, title VARCHAR(255) NOT NULL, description TEXT, FULLTEXT KEY words (title, description)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE movie_performer (
  performer_id SMALLINT UNSIGNED NOT NULL, movie_id SMALLINT UNSIGNED NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (performer_id, movie_id), KEY by_movie (movie_id),
  FOREIGN KEY (performer_id) REFERENCES performer (performer_id) ON DELETE RESTRICT ON UPDATE CASCADE,
  FOREIGN KEY (movie_id) REFERENCES movie (movie_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop (
  shop_id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT, manager_id TINYINT UNSIGNED NOT NULL, place_id SMALLINT UNSIGNED NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (shop_id), UNIQUE KEY one_manager (manager_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE clerk (
  clerk_id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT, first_name VARCHAR(45) NOT NULL, place_id SMALLINT UNSIGNED NOT NULL, picture BLOB DEFAULT NULL,
  email VARCHAR(50) DEFAULT NULL, shop_id TINYINT UNSIGNED NOT NULL, active BOOLEAN NOT NULL DEFAULT TRUE, username VARCHAR(16) NOT NULL,
  secret VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (clerk_id), KEY by_shop (shop_id),
  CONSTRAINT clerk_shop FOREIGN KEY (shop_id) REFERENCES shop (shop_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
ALTER TABLE shop ADD CONSTRAINT shop_manager FOREIGN KEY (manager_id) REFERENCES clerk (clerk_id) ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TABLE member (
  member_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, shop_id TINYINT UNSIGNED NOT NULL, first_name VARCHAR(45) NOT NULL, email VARCHAR(50) DEFAULT NULL,
  active BOOLEAN NOT NULL DEFAULT TRUE, create_date DATETIME NOT NULL, last_update TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (member_id), CONSTRAINT member_shop FOREIGN KEY (shop_id) REFERENCES shop (shop_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE stock (
  stock_id MEDIUMINT UNSIGNED NOT NULL AUTO_INCREMENT, movie_id SMALLINT UNSIGNED NOT NULL, shop_id TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (stock_id), KEY by_movie (movie_id), KEY by_both (shop_id, movie_id),
  CONSTRAINT stock_movie FOREIGN KEY (movie_id) REFERENCES movie (movie_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE loan (
  loan_id INT NOT NULL AUTO_INCREMENT, lent DATETIME NOT NULL, stock_id MEDIUMINT UNSIGNED NOT NULL, member_id SMALLINT UNSIGNED NOT NULL, returned DATETIME DEFAULT NULL,
  PRIMARY KEY (loan_id), UNIQUE KEY once (lent, stock_id, member_id), KEY by_stock (stock_id), KEY by_member (member_id),
  CONSTRAINT loan_stock FOREIGN KEY (stock_id) REFERENCES stock (stock_id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT loan_member FOREIGN KEY (member_id) REFERENCES member (member_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE payment (
  payment_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, member_id SMALLINT UNSIGNED NOT NULL, loan_id INT DEFAULT NULL, amount DECIMAL(5,2) NOT NULL, paid DATETIME NOT NULL,
  PRIMARY KEY (payment_id), CONSTRAINT payment_loan FOREIGN KEY (loan_id) REFERENCES loan (loan_id) ON DELETE SET NULL ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE VIEW member_list AS SELECT member_id, first_name FROM member;
CREATE TRIGGER movie_made AFTER INSERT ON movie FOR EACH ROW INSERT INTO movie_text (movie_id, title, description) VALUES (NEW.movie_id, NEW.title, NEW.description);
CREATE TRIGGER movie_gone AFTER DELETE ON movie FOR EACH ROW DELETE FROM movie_text WHERE movie_id = OLD.movie_id;
SET time_zone = '+00:00';
INSERT INTO performer (first_name, last_name, last_update) VALUES ('PENELOPE', 'GUINESS', '2006-02-15 04:34:33'), ('nick', 'Wahlberg', '2006-02-15 04:34:33');
INSERT INTO land (land) VALUES ('Österreich'), ('osterreich');
INSERT INTO place (street, street2, district, land_id, postal_code, phone, location) VALUES ('47 MySakila Drive', NULL, 'Alberta', 1, '', '', ST_GeomFromText('POINT(1 2)')), ('28 Example', 'x', 'QLD', 2, '35200', '28303384290', ST_GeomFromText('POINT(3 4)'));
INSERT INTO tongue (name) VALUES ('English'), ('Italian');
INSERT INTO movie (title, description, made, tongue_id, rating, minutes, extras) VALUES
  ('ACADEMY DINOSAUR', 'An epic drama', 2006, 1, 'PG', 86, 'Trailers,Deleted Scenes'), ('ACE GOLDFINGER', NULL, NULL, 1, 'G', NULL, NULL),
  ('ADAPTATION HOLES', 'lifeless', 1901, 2, 'NC-17', 65535, ''), ('academy dinosaur', 'same', 2155, 2, NULL, 0, 'Trailers');
INSERT INTO movie_performer (performer_id, movie_id) VALUES (1, 1), (1, 2), (2, 1);
SET foreign_key_checks = 0;
INSERT INTO shop (shop_id, manager_id, place_id) VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO clerk (clerk_id, first_name, place_id, picture, shop_id, active, username, secret) VALUES (1, 'Mike', 1, x'89504e47', 1, 1, 'Mike', 'Abc'), (2, 'Jon', 2, NULL, 2, 0, 'Jon', 'abc');
SET foreign_key_checks = 1;
INSERT INTO member (shop_id, first_name, email, create_date) VALUES (1, 'MARY', 'mary@example.org', '2006-02-14 22:04:36'), (2, 'PATRICIA', NULL, '2006-02-14 22:04:36');
INSERT INTO stock (movie_id, shop_id) VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO loan (lent, stock_id, member_id, returned) VALUES ('2005-05-24 22:53:30', 1, 1, '2005-05-26 22:04:30'), ('2005-05-24 22:54:33', 2, 2, NULL);
INSERT INTO payment (member_id, loan_id, amount, paid) VALUES (1, 1, 2.99, '2005-05-25 11:30:37'), (2, NULL, 0.99, '2005-05-28 10:35:23');
