/** SQLite keeps whatever was written: what DBAL reads, writes and refuses of columns of others, beside what lies in the file. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqliteTarget } from '../../src/adapters/sqlite/target.ts'
import { baseline } from '../../src/migrate/baseline.ts'
import { introspected, withDatabase } from './live.ts'
import { onTaken, type Row, type Taken } from './samples/walk.ts'

const tables = `CREATE TABLE bills (
  id INTEGER PRIMARY KEY, at DATETIME, day DATE, price NUMERIC(10,2), loose NUMERIC, paid BOOLEAN, token UUID, doc JSON);
INSERT INTO bills VALUES
  (1, '2024-02-29 23:59:59', '2024-02-29', 0.07, 1e20, 1, 'F0000000-0000-4000-8000-00000000000A', '[1]'),
  (2, '2024-02-29T23:59:59.5Z', NULL, 3, 2, 0, NULL, '"x"'),
  (3, '2024-03-01 00:59:59+01:00', '0001-01-01', 12345678.9, 0.1, NULL, NULL, 5);`

const pathOf = (url: string): string => url.slice('file:'.length)

/** Each cell with the class in which it is stored. */
function raw(url: string, where = '1'): readonly string[] {
  const db = new DatabaseSync(pathOf(url))
  try {
    const columns = ['at', 'day', 'price', 'loose', 'paid', 'token', 'doc'].map((name) => `typeof(${name}) || ' ' || coalesce(${name}, '')`)
    return db
      .prepare(`SELECT ${columns.map((sql, i) => `${sql} AS c${i}`).join(', ')} FROM bills WHERE ${where} ORDER BY id`)
      .all()
      .map((row) => Object.values(row).join(' | '))
  } finally {
    db.close()
  }
}

function put(url: string, sql: string): void {
  const db = new DatabaseSync(pathOf(url))
  db.exec(sql)
  db.close()
}

const onBills = (work: (taken: Taken, url: string) => Promise<void>): Promise<void> =>
  withDatabase('sqlite', tables, (url) => onTaken('sqlite', url, (taken) => work(taken, url)))

test('one time in three spellings is one time; each decimal has its digits', () =>
  onBills(async ({ ask }) => {
    const { data } = await ask<{ data: Row[] }>('list', 'Bill', { sort: { id: 'asc' } })
    assert.deepEqual(
      data.map(({ at, price, token, doc }) => [at, price, token, doc]),
      [
        ['2024-02-29T23:59:59.000Z', '0.07', 'f0000000-0000-4000-8000-00000000000a', [1]],
        ['2024-02-29T23:59:59.500Z', '3.00', null, 'x'],
        ['2024-02-29T23:59:59.000Z', '12345678.90', null, 5],
      ],
    )
    assert.equal(await ask('count', 'Bill', { filter: { at: '2024-02-29T23:59:59.000Z' } }), 2)
    assert.equal(await ask('count', 'Bill', { filter: { token: 'F0000000-0000-4000-8000-00000000000A' } }), 1)
    const [total] = await ask<Row[]>('aggregate', 'Bill', { sum: ['price'], min: ['at'], max: ['at'] })
    assert.deepEqual(total, {
      count: 3,
      sum: { price: '12345681.97' },
      min: { at: '2024-02-29T23:59:59.000Z' },
      max: { at: '2024-02-29T23:59:59.500Z' },
    })
  }))

test('what is written lies in the form of its column, and nothing else of the file changes', () =>
  onBills(async ({ ask }, url) => {
    const before = raw(url)
    await ask('update', 'Bill', 1, { price: '99999999.99', at: '2030-01-02T03:04:05.000Z', paid: false })
    await ask('create', 'Bill', { price: '-0.10', at: '2030-01-02T03:04:05.678Z', loose: 0.3, paid: true, day: '2030-01-02', doc: { a: '1' } })
    const after = raw(url)
    assert.equal(
      after[0],
      'text 2030-01-02 03:04:05 | text 2024-02-29 | real 99999999.99 | real 1.0e+20 | integer 0 | text F0000000-0000-4000-8000-00000000000A | text [1]',
    )
    assert.deepEqual(after.slice(1, 3), before.slice(1, 3))
    assert.equal(after[3], 'text 2030-01-02 03:04:05.678 | text 2030-01-02 | real -0.1 | real 0.3 | integer 1 | null  | text {"a":"1"}')
  }))

const strange: readonly (readonly [what: string, set: string, ask: (taken: Taken) => Promise<unknown>])[] = [
  ['a time that is none', "at = '2024-02-31 00:00:00'", ({ ask }) => ask('read', 'Bill', 1)],
  ['a time as a number', 'at = 1700000000', ({ ask }) => ask('read', 'Bill', 1)],
  ['a decimal with more digits', 'price = 0.075', ({ ask }) => ask('read', 'Bill', 1)],
  ['a decimal that is none, in a sum', "price = 'free'", ({ ask }) => ask('aggregate', 'Bill', { sum: ['price'] })],
  ['a text in a sum of doubles', "loose = 'free'", ({ ask }) => ask('aggregate', 'Bill', { sum: ['loose'] })],
  ['a truth value of 2', 'paid = 2', ({ ask }) => ask('list', 'Bill')],
  ['a day with a clock', "day = '2024-02-29 10:00:00'", ({ ask }) => ask('list', 'Bill')],
  ['a uuid in braces', "token = '{F0000000-0000-4000-8000-00000000000A}'", ({ ask }) => ask('read', 'Bill', 1)],
]

for (const [what, set, work] of strange) {
  test(`${what}: it is refused before, and an error after, never another value`, async () => {
    await onBills(async (taken, url) => {
      put(url, `UPDATE bills SET ${set} WHERE id = 1`)
      await assert.rejects(work(taken), { code: 'DATABASE_ERROR' })
      // The other rows are still served.
      await taken.ask('read', 'Bill', 2)
    })
    await withDatabase('sqlite', tables, async (url) => {
      const { schema } = await introspected(url)
      put(url, `UPDATE bills SET ${set} WHERE id = 1`)
      const target = await openSqliteTarget({ path: pathOf(url) })
      const column = set.split(' ')[0] as string
      const refusal = (error: { details?: { hint?: string } }): boolean =>
        new RegExp(`Bill\\.${column}: 1 value of bills\\.${column} are? no \\w+; bring`).test(String(error.details?.hint))
      await assert.rejects(baseline(target, schema, new Set(['User', 'Credential', 'Session'])), refusal).finally(() => target.close())
      assert.deepEqual(raw(url, 'id = 2').length, 1)
    })
  })
}

test('a column whose values are not what it declares is left out, or is what they are', () =>
  withDatabase('sqlite', tables, async (url) => {
    put(url, "UPDATE bills SET at = 1700000000 + id, price = 'free', loose = 'free', day = '1.2.2024'")
    const { schema, found } = await introspected(url)
    const fields = schema.entities.get('Bill')?.fields
    assert.equal(fields?.get('at')?.type, 'bigint')
    assert.deepEqual(
      ['price', 'loose', 'day'].map((name) => fields?.get(name)),
      [undefined, undefined, undefined],
    )
    assert.deepEqual(
      found.findings.filter(({ kind }) => kind === 'left out').map(({ about }) => about),
      ['day', 'price', 'loose'],
    )
  }))

test('a row without a key keeps its table from being taken over', () =>
  withDatabase('sqlite', "CREATE TABLE words (word TEXT PRIMARY KEY); INSERT INTO words VALUES ('a'), (NULL)", async (url) => {
    const { schema } = await introspected(url)
    const target = await openSqliteTarget({ path: pathOf(url) })
    await assert
      .rejects(baseline(target, schema, new Set(['User', 'Credential', 'Session'])), (error: { details?: { hint?: string } }) =>
        /Word: 1 row of words have no key/.test(String(error.details?.hint)),
      )
      .finally(() => target.close())
  }))
