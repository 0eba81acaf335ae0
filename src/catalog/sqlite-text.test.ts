/** Checks and collations out of CREATE TABLE, whatever else its text holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionsOf } from './sqlite-text.ts'

test('checks of columns and of the table, with their names, and nothing that only looks like one', () => {
  const { checks, collations } = definitionsOf(`CREATE TABLE "a (b" ( -- CHECK (no)
    "check" TEXT DEFAULT 'CHECK (x)' COLLATE NOCASE, /* CHECK (no) */
    n INTEGER CONSTRAINT "big one" CHECK (n > 0 AND (n < 5 OR n = ')')),
    [collate] TEXT CHECK ("collate" <> 'a''b'), m NUMERIC(10, 2) COLLATE "RTRIM",
    CONSTRAINT whole CHECK (n <> m), CHECK(length("check") > 1), FOREIGN KEY (n) REFERENCES t (check_1)
  ) STRICT`)
  assert.deepEqual(checks, [
    { name: 'big one', text: "n > 0 AND (n < 5 OR n = ')')" },
    { text: `"collate" <> 'a''b'` },
    { name: 'whole', text: 'n <> m' },
    { text: 'length("check") > 1' },
  ])
  assert.deepEqual(
    [...collations],
    [
      ['check', 'NOCASE'],
      ['m', 'RTRIM'],
    ],
  )
})

test('a table made from a query has neither', () => assert.deepEqual(definitionsOf('CREATE TABLE t AS SELECT 1').checks, []))
