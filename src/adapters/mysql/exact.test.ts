/** What the server itself computes is what the product means: folding, the wide order, null in lists, long texts, collations of others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import type { Predicate } from '../../query/ast.ts'
import { compare, field, not, param } from '../../query/build.ts'
import { fold } from '../../schema/fold.ts'
import { mariadb } from '../sql/dialects/mysql/flavour.ts'
import { foldSql } from '../sql/dialects/mysql/fold.ts'
import { exactWide, floatWide, toWide } from '../sql/dialects/mysql/wide.ts'
import { createMysqlAdapter } from './adapter.ts'
import { type DriverConnection, openDriver } from './driver.ts'
import { settingsOf } from './options.ts'
import { setUp } from './session.ts'

const text = { type: 'text' } as const
const integer = { type: 'integer' } as const
const Note = makeEntity('Note', {
  fields: {
    id: { type: 'integer', primary: true },
    n: { type: 'integer' },
    body: { type: 'text' },
    props: { type: 'json' },
    weight: { type: 'float' },
  },
})
const { skip = false } = serverOf('mysql')

let database: FreshDatabase
let driver: DriverConnection
let adapter: Adapter

before(async () => {
  if (skip !== false) return
  database = await freshDatabase('mysql')
  adapter = createMysqlAdapter({ url: database.url })
  await adapter.prepare(makeSchema([Note]))
  driver = await openDriver(settingsOf({ url: database.url }))
  await setUp(driver, 30_000)
})

after(async () => {
  if (skip !== false) return
  driver.destroy()
  await adapter.close()
  await database.drop()
})

async function cells(sql: string, values: readonly unknown[] = []): Promise<unknown[]> {
  return ((await driver.execute(sql, values as never)) as unknown[][])[0] as unknown[]
}

test('the function folds every character as the product does, and texts as their characters', { skip }, async () => {
  for (let start = 1; start < 0x1ffff; start += 4096) {
    const points = Array.from({ length: 4096 }, (_, i) => start + i).filter((point) => point < 0xd800 || point > 0xdfff)
    const given = String.fromCodePoint(...points)
    assert.deepEqual(await cells(`SELECT ${foldSql('t.v')} FROM (SELECT ? AS v) AS t`, [given]), [fold(given)], `from ${start}`)
  }
  for (const given of ['', 'ABC', 'ΑΣ ς', 'İstanbul ı', 'STRASSE ẞ ß', 'ﬁ ΐ', ' A ', `${'x'.repeat(700)}Ä`])
    assert.deepEqual(await cells(`SELECT ${foldSql('t.v')} FROM (SELECT ? AS v) AS t`, [given]), [fold(given)])
})

test('the wide form of columns is that of bound values', { skip }, async () => {
  const scale = 38
  for (const value of [
    '0',
    '1',
    '-1',
    '0.5',
    '-0.5',
    '12345678901234567890.123456789',
    '-0.00000000000000000000000000000000000001',
    '-99999999999999999999999999999999999999',
  ])
    assert.deepEqual(
      await cells(`SELECT ${exactWide('t.v', scale)} FROM (SELECT CAST(? AS DECIMAL(65,38)) AS v) AS t`, [
        value.length > 30 && !value.includes('.') ? '0' : value,
      ]),
      [toWide(value.length > 30 && !value.includes('.') ? '0' : value, scale)],
    )
  assert.deepEqual(
    await cells(`SELECT ${exactWide('t.v', scale)} FROM (SELECT CAST(? AS DECIMAL(38,0)) AS v) AS t`, ['-99999999999999999999999999999999999999']),
    [toWide('-99999999999999999999999999999999999999', scale)],
  )
  for (const value of [0, 1.5, -1.5, 0.1, 1e20, 1e22, 1.2345678901234567e25, -1e30, 123456789.125, 2 ** 53, 1e-30])
    assert.deepEqual(
      await cells(`SELECT ${floatWide('t.v', scale)} FROM (SELECT ? + 0e0 AS v) AS t`, [value]),
      [toWide(String(value), scale)],
      String(value),
    )
  // Beyond what is kept both say that there is more, each in its way; the order beside exact numbers is the same.
  for (const value of [5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1.2345678901234567e-30]) {
    const [wide] = await cells(`SELECT ${floatWide('t.v', scale)} FROM (SELECT ? + 0e0 AS v) AS t`, [value])
    for (const exact of [
      '0',
      '0.00000000000000000000000000000123456789',
      '0.00000000000000000000000000000123456790',
      '-0.00000000000000000000000000000000000001',
    ])
      assert.equal(String(wide) < toWide(exact, scale), toWide(String(value), scale) < toWide(exact, scale), `${value} ${exact}`)
  }
  assert.equal(mariadb.kind, 'mariadb')
})

test('a null is in no empty list, each time that a statement runs', { skip }, async () => {
  await adapter.run(insertOf(Note), rowsOf([1, 2, null].map((n, i) => [i + 1, n, null, null, null])))
  const query = readOf(Note, not({ kind: 'in', left: field('n'), list: param(0, integer), insensitive: false }), { columns: [{ field: 'id' }] })
  const ids = async (list: readonly number[]): Promise<unknown> => (await adapter.run(query, args([list]))).rows.flat()
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await ids([1]), [2])
    assert.deepEqual(await ids([]), [1, 2, 3])
  }
})

test('sums of floats are rounded once, and groups are ordered and chosen by them', { skip }, async () => {
  const rows = [1e16, 1, -1e16, 0.1, 0.2, 0.3].map((weight, i) => [100 + i, i < 3 ? 71 : 72, null, null, weight])
  await adapter.run(insertOf(Note), rowsOf(rows))
  const ours: Predicate = compare('gte', field('id'), param(0, integer))
  const sum = { fn: 'sum', column: { field: 'weight' }, type: { type: 'float' } } as const
  const query = (more: object) => aggregateOf(Note, { where: ours, groupBy: [{ field: 'n' }], measures: [sum], ...more })
  assert.deepEqual((await adapter.run(query({}), args([100]))).rows, [
    [71, 1],
    [72, 0.6],
  ])
  const order = [{ by: { kind: 'measure', index: 0 }, direction: 'asc' }]
  assert.deepEqual((await adapter.run(query({ order, limit: param(1, integer) }), args([100, 1]))).rows, [[72, 0.6]])
  const having = { kind: 'compare', op: 'gt', left: { kind: 'measure', index: 0 }, right: param(1, { type: 'float' }) }
  assert.deepEqual((await adapter.run(query({ having }), args([100, 0.6]))).rows, [[71, 1]])
})

test('texts longer than a sort looks at are refused, not put anywhere', { skip }, async () => {
  const long = `${'x'.repeat(16_384)}a`
  const sorted = readOf(Note, compare('gte', field('id'), param(0, integer)), {
    columns: [{ field: 'id' }],
    order: [{ by: field('body'), direction: 'asc' }],
  })
  await adapter.run(
    insertOf(Note),
    rowsOf([
      [201, 0, long.slice(1), null, null],
      [202, 0, `${'x'.repeat(16_383)}B`, null, null],
    ]),
  )
  assert.deepEqual((await adapter.run(sorted, args([201]))).rows, [[202], [201]])
  await adapter.run(insertOf(Note), rowsOf([[203, 0, long, null, null]]))
  await assert.rejects(async () => adapter.run(sorted, args([201])), { code: 'CAPABILITY_NOT_SUPPORTED' })
  const equal = readOf(Note, compare('eq', field('body'), param(0, text)), { columns: [{ field: 'id' }] })
  assert.deepEqual((await adapter.run(equal, args([long]))).rows, [[203]])
})

test('a position is of an array alone, and documents that the server cannot see into are not answered', { skip }, async () => {
  let deep: unknown = 'end'
  for (let i = 0; i < 31; i++) deep = [deep]
  await adapter.run(
    insertOf(Note),
    rowsOf([
      [301, 0, null, { a: 'x' }, null],
      [302, 0, null, { a: ['x'] }, null],
      [303, 0, null, ['y'], null],
    ] as never),
  )
  const at = (path: readonly string[]) => ({ kind: 'json', field: 'props', path, as: 'string' }) as const
  const query = readOf(Note, compare('eq', at(['a', '0']), param(0, text)), { columns: [{ field: 'id' }] })
  assert.deepEqual((await adapter.run(query, args(['x']))).rows, [[302]])
  await adapter.run(insertOf(Note), rowsOf([[304, 0, null, { b: deep }, null]] as never))
  const whole = readOf(Note, compare('eq', field('id'), param(0, integer)), { columns: [{ field: 'props' }] })
  assert.deepEqual((await adapter.run(whole, args([304]))).rows, [[{ b: deep }]])
  await assert.rejects(async () => adapter.run(query, args(['x'])), { code: 'CAPABILITY_NOT_SUPPORTED' })
})

test('a column with another collation is compared by code point, with the help of its index', { skip }, async () => {
  const other = await freshDatabase('mysql')
  const foreign = createMysqlAdapter({ url: other.url })
  const own = await openDriver(settingsOf({ url: other.url }))
  try {
    const Person = makeEntity('Person', { fields: { id: { type: 'string', primary: true }, name: { type: 'string' } } })
    await own.query(`CREATE TABLE ${Person.table} (id VARCHAR(50) PRIMARY KEY, name VARCHAR(50)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
    for (const [id, name] of [
      ['a', 'josé'],
      ['b', 'JOSE'],
      ['c', 'jose '],
      ['d', 'jose'],
    ])
      await own.query(`INSERT INTO ${Person.table} VALUES (?, ?)`, [id, name])
    const ids = async (where: Predicate, value: unknown): Promise<unknown> =>
      (await foreign.run(readOf(Person, where, { columns: [{ field: 'id' }] }), args([value as never]))).rows.flat()
    assert.deepEqual(await ids(compare('eq', field('name'), param(0, text)), 'jose'), ['d'])
    assert.deepEqual(await ids(compare('ne', field('name'), param(0, text)), 'jose'), ['a', 'b', 'c'])
    assert.deepEqual(await ids({ kind: 'in', left: field('name'), list: param(0, text), insensitive: false }, ['JOSE', 'jose ']), ['b', 'c'])
    assert.deepEqual(await ids(compare('eq', field('id'), param(0, text)), 'A'), [])
    const sorted = readOf(Person, undefined, { columns: [{ field: 'name' }], order: [{ by: field('name'), direction: 'asc' }] })
    assert.deepEqual((await foreign.run(sorted, args())).rows.flat(), ['JOSE', 'jose', 'jose ', 'josé'])
    const twins = { kind: 'exists', entity: Person, local: ['name'], foreign: ['name'], where: compare('ne', field('id'), param(0, text)) } as const
    assert.deepEqual(await ids(twins, 'd'), ['a', 'b', 'c'])
    const [plan] = (await own.query(
      `EXPLAIN SELECT id FROM ${Person.table} WHERE id = 'a' AND CONVERT(id USING utf8mb4) COLLATE utf8mb4_nopad_bin = 'a' COLLATE utf8mb4_nopad_bin`,
    )) as unknown[][]
    assert.equal(plan?.[3], 'const')
  } finally {
    own.destroy()
    await foreign.close()
    await other.drop()
  }
})
