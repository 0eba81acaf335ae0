-- A shop for recordings as sample databases of SQLite have it: NVARCHAR(n), NUMERIC(10,2), DATETIME as text, names in brackets, no STRICT tables.
CREATE TABLE [Performer] ([PerformerId] INTEGER NOT NULL, [Name] NVARCHAR(120), CONSTRAINT [PK_Performer] PRIMARY KEY ([PerformerId]));
CREATE TABLE [Record] ([RecordId] INTEGER NOT NULL, [Title] NVARCHAR(160) NOT NULL, [PerformerId] INTEGER NOT NULL, CONSTRAINT [PK_Record] PRIMARY KEY ([RecordId]),
  FOREIGN KEY ([PerformerId]) REFERENCES [Performer] ([PerformerId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Clerk] (
  [ClerkId] INTEGER NOT NULL, [LastName] NVARCHAR(20) NOT NULL, [ReportsTo] INTEGER, [BirthDate] DATETIME, [HireDate] DATETIME, [Email] NVARCHAR(60),
  CONSTRAINT [PK_Clerk] PRIMARY KEY ([ClerkId]), FOREIGN KEY ([ReportsTo]) REFERENCES [Clerk] ([ClerkId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Format] ([FormatId] INTEGER NOT NULL PRIMARY KEY, [Name] NVARCHAR(120));
CREATE TABLE [Song] (
  [SongId] INTEGER NOT NULL, [Name] NVARCHAR(200) NOT NULL, [RecordId] INTEGER, [FormatId] INTEGER NOT NULL, [Composer] NVARCHAR(220), [Milliseconds] INTEGER NOT NULL,
  [Bytes] INTEGER, [UnitPrice] NUMERIC(10,2) NOT NULL, CONSTRAINT [PK_Song] PRIMARY KEY ([SongId]),
  FOREIGN KEY ([RecordId]) REFERENCES [Record] ([RecordId]), FOREIGN KEY ([FormatId]) REFERENCES [Format] ([FormatId])
);
CREATE TABLE [Sale] (
  [SaleId] INTEGER NOT NULL PRIMARY KEY, [ClerkId] INTEGER NOT NULL, [SaleDate] DATETIME NOT NULL, [BillingCity] NVARCHAR(40), [Total] NUMERIC(10,2) NOT NULL,
  FOREIGN KEY ([ClerkId]) REFERENCES [Clerk] ([ClerkId])
);
CREATE TABLE [SaleLine] ([SaleLineId] INTEGER NOT NULL PRIMARY KEY, [SaleId] INTEGER NOT NULL REFERENCES [Sale], [SongId] INTEGER NOT NULL REFERENCES [Song], [UnitPrice] NUMERIC(10,2) NOT NULL, [Quantity] INTEGER NOT NULL);
CREATE TABLE [PlaylistSong] ([PlaylistId] INTEGER NOT NULL, [SongId] INTEGER NOT NULL REFERENCES [Song], CONSTRAINT [PK_PlaylistSong] PRIMARY KEY ([PlaylistId], [SongId]));
CREATE UNIQUE INDEX [IPK_PlaylistSong] ON [PlaylistSong] ([PlaylistId], [SongId]);
CREATE INDEX [IFK_RecordPerformer] ON [Record] ([PerformerId]);
INSERT INTO Performer VALUES (1, 'AC/DC'), (2, 'Antônio Carlos Jobim'), (3, NULL);
INSERT INTO Record VALUES (1, 'For Those About To Rock We Salute You', 1), (2, 'Balls to the Wall', 2);
INSERT INTO Clerk VALUES (1, 'Adams', NULL, '1962-02-18 00:00:00', '2002-08-14 00:00:00', 'andrew@example.org'), (2, 'Edwards', 1, '1958-12-08 00:00:00', '2002-05-01 00:00:00.250', NULL), (3, 'Park', 2, NULL, '2003-10-17', NULL);
INSERT INTO Format VALUES (1, 'MPEG audio file'), (2, 'AAC');
INSERT INTO Song VALUES (1, 'For Those About To Rock', 1, 1, 'Young', 343719, 11170334, 0.99), (2, 'Balls to the Wall', 2, 2, NULL, 342562, 5510424, 1.99), (3, 'Épica', NULL, 2, NULL, 1, NULL, 2);
INSERT INTO Sale VALUES (1, 1, '2009-01-01 00:00:00', 'Stuttgart', 1.98), (2, 2, '2009-01-02 00:00:00', NULL, 99999999.99), (3, 1, '2009-01-02T10:30:00Z', 'Oslo', -0.01), (4, 3, '2009-01-02 12:30:00+02:00', 'Oslo', 0);
INSERT INTO SaleLine VALUES (1, 1, 1, 0.99, 1), (2, 1, 2, 1.99, 2), (3, 2, 1, 0.1, 1);
INSERT INTO PlaylistSong VALUES (1, 1), (1, 2), (2, 1);
