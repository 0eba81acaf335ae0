-- A shop for recorded music, as somebody might have made it for SQLite without a thought of DBAL.
CREATE TABLE Performer (
  PerformerId INTEGER PRIMARY KEY AUTOINCREMENT,
  Name NVARCHAR(120) NOT NULL COLLATE NOCASE
);
CREATE TABLE Record (
  RecordId INTEGER NOT NULL,
  Title NVARCHAR(160) NOT NULL,
  PerformerId INTEGER NOT NULL,
  Released DATE,
  CONSTRAINT PK_Record PRIMARY KEY (RecordId),
  FOREIGN KEY (PerformerId) REFERENCES Performer (PerformerId) ON DELETE CASCADE ON UPDATE NO ACTION
);
CREATE INDEX IFK_RecordPerformer ON Record (PerformerId);
CREATE TABLE "Song" (
  SongId INTEGER PRIMARY KEY,
  Name NVARCHAR(200) NOT NULL,
  RecordId INTEGER REFERENCES Record ON DELETE SET NULL,
  Milliseconds INTEGER NOT NULL CHECK (Milliseconds > 0),
  Bytes INTEGER,
  Price NUMERIC(10,2) NOT NULL DEFAULT 0.99,
  Mood TEXT CHECK (Mood IN ('calm', 'loud', 'it''s odd')),
  Rating REAL DEFAULT 2.5,
  Cover BLOB,
  Length AS (Milliseconds / 1000) VIRTUAL,
  Anything,
  Explicit INTEGER NOT NULL DEFAULT 0 CHECK (Explicit IN (0, 1))
);
CREATE UNIQUE INDEX song_of_record ON "Song" (RecordId, Name);
CREATE INDEX song_loud ON "Song" (Name) WHERE Mood = 'loud';
CREATE INDEX song_lower ON "Song" (lower(Name));
CREATE TABLE Mixtape (
  MixtapeId INTEGER PRIMARY KEY,
  Name NVARCHAR(120)
);
CREATE TABLE MixtapeSong (
  MixtapeId INTEGER NOT NULL REFERENCES Mixtape (MixtapeId),
  SongId INTEGER NOT NULL REFERENCES "Song" (SongId),
  CONSTRAINT PK_MixtapeSong PRIMARY KEY (MixtapeId, SongId)
);
CREATE TABLE MixtapeNote (
  NoteId INTEGER PRIMARY KEY,
  MixtapeId INTEGER NOT NULL,
  SongId INTEGER NOT NULL,
  Body TEXT NOT NULL,
  FOREIGN KEY (MixtapeId, SongId) REFERENCES MixtapeSong (MixtapeId, SongId) ON DELETE CASCADE
);
CREATE TABLE Employee (
  EmployeeId INTEGER PRIMARY KEY,
  LastName NVARCHAR(20) NOT NULL,
  ReportsTo INTEGER REFERENCES Employee (EmployeeId),
  HiredAt DATETIME DEFAULT CURRENT_TIMESTAMP,
  Email NVARCHAR(60) UNIQUE,
  CHECK (length(LastName) >= 2),
  CHECK (HiredAt IS NULL OR HiredAt <> Email)
);
-- Two tables that need each other: no first row without a nullable side.
CREATE TABLE shelf (id INTEGER PRIMARY KEY, keeper_id INTEGER NOT NULL REFERENCES keeper (id));
CREATE TABLE keeper (id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL REFERENCES shelf (id));
-- A table of users that is not DBAL's.
CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, "and" TEXT, "not" TEXT, constructor TEXT);
CREATE TABLE log (line TEXT, at DATETIME);
CREATE TABLE "Price List" (id INTEGER PRIMARY KEY);
CREATE TABLE transactions (id INTEGER PRIMARY KEY, big INTEGER);
CREATE TABLE person (id INTEGER PRIMARY KEY);
CREATE TABLE people (id INTEGER PRIMARY KEY, person INTEGER REFERENCES person (id), "Person_Id" INTEGER REFERENCES person (id));
CREATE TABLE entity (code VARCHAR(8) PRIMARY KEY, "2nd" TEXT);
CREATE VIEW loud_song AS SELECT * FROM "Song" WHERE Mood = 'loud';
CREATE TRIGGER song_guard BEFORE DELETE ON "Song" BEGIN SELECT 1; END;
INSERT INTO transactions VALUES (1, 5000000000);
