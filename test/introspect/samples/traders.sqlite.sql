-- Traders in food as sample databases of SQLite have it: NUMERIC without digits, DATE and DATETIME, BLOB pictures, a table whose name has spaces, a join table of texts.
CREATE TABLE [Kinds] ([KindID] INTEGER PRIMARY KEY AUTOINCREMENT, [KindName] TEXT, [Description] TEXT, [Picture] BLOB);
CREATE TABLE [Buyers] ([BuyerID] TEXT, [CompanyName] TEXT, [City] TEXT, [Phone] TEXT, PRIMARY KEY (`BuyerID`));
CREATE TABLE [Clerks] (
  [ClerkID] INTEGER PRIMARY KEY AUTOINCREMENT, [LastName] TEXT, [BirthDate] DATE, [HireDate] DATE, [Photo] BLOB, [Notes] TEXT, [ReportsTo] INTEGER, [Active] BOOLEAN NOT NULL DEFAULT 1,
  [Token] GUID, [Settings] JSON, FOREIGN KEY ([ReportsTo]) REFERENCES [Clerks] ([ClerkID]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Goods] (
  [GoodID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, [GoodName] TEXT NOT NULL, [KindID] INTEGER, [QuantityPerUnit] TEXT, [UnitPrice] NUMERIC DEFAULT 0, [UnitsInStock] INTEGER DEFAULT 0,
  [Discontinued] TEXT NOT NULL DEFAULT '0', [Cost] MONEY, [Odd] NUMERIC(10,2), CHECK ([UnitPrice] >= 0), FOREIGN KEY ([KindID]) REFERENCES [Kinds] ([KindID])
);
CREATE TABLE [Orders] (
  [OrderID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, [BuyerID] TEXT REFERENCES [Buyers], [ClerkID] INTEGER REFERENCES [Clerks], [OrderDate] DATETIME, [ShippedDate] DATETIME, [SeenAt] TIMESTAMP,
  [Freight] NUMERIC DEFAULT 0, [ShipName] TEXT
);
CREATE TABLE [Order Lines] ([OrderID] INTEGER NOT NULL, [GoodID] INTEGER NOT NULL, [Quantity] INTEGER NOT NULL DEFAULT 1, PRIMARY KEY ([OrderID], [GoodID]));
CREATE VIEW [Goods Cheap] AS SELECT * FROM Goods WHERE UnitPrice < 10;
INSERT INTO Kinds VALUES (1, 'Beverages', 'Soft drinks', x'ffd8ffe0'), (2, 'Condiments', NULL, NULL);
INSERT INTO Buyers VALUES ('ALFKI', 'Alfreds Futterkiste', 'Berlin', '030-0074321'), ('ANATR', 'Ana Trujillo', 'México D.F.', NULL);
INSERT INTO Clerks VALUES (1, 'Davolio', '1968-12-08', '2012-05-01', x'00', 'Education', 2, 1, '6F9619FF-8B86-D011-B42D-00C04FC964FF', '{"a":[1,2.5]}'), (2, 'Fuller', '1972-02-19', NULL, NULL, NULL, NULL, 0, NULL, '5');
INSERT INTO Goods VALUES (1, 'Chai', 1, '10 boxes', 18, 39, '0', 1.25, 1.5), (2, 'Chang', 1, NULL, 21.35, 17, '1', NULL, 0.333), (3, 'Aniseed', 2, '12', 0.1, NULL, '0', 3, NULL);
INSERT INTO Orders VALUES (10248, 'ALFKI', 1, '2016-07-04', '2016-07-16 10:00:00', 1467979200, 32.38, 'Vins'), (10249, 'ANATR', 2, '2016-07-05 08:15', NULL, NULL, 11.61, NULL);
INSERT INTO [Order Lines] VALUES (10248, 1, 12), (10248, 2, 10), (10249, 1, 9);
