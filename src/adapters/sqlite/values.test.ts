/** Every type comes back as it went in, compares and sums exactly; checked against plain JavaScript. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { CompareOp, Operand, Predicate } from '../../query/ast.ts'
import { compare, constant, field, param } from '../../query/build.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { compareValues } from '../../schema/field-type.ts'
import { compareText } from '../../schema/fold.ts'
import { createSqliteAdapter } from './adapter.ts'

const price = { type: 'decimal', precision: 18, scale: 2 } as const
const huge = { type: 'decimal', precision: 38, scale: 10 } as const
const types: Readonly<Record<string, ValueType>> = {
  uuid: { type: 'uuid' },
  cuid: { type: 'cuid' },
  string: { type: 'string' },
  text: { type: 'text' },
  email: { type: 'email' },
  integer: { type: 'integer' },
  bigint: { type: 'bigint' },
  price,
  huge,
  float: { type: 'float' },
  boolean: { type: 'boolean' },
  datetime: { type: 'datetime' },
  date: { type: 'date' },
  json: { type: 'json' },
  enum: { type: 'enum', values: ['a', "b'c"] },
  bytes: { type: 'bytes' },
}

const extremes: Readonly<Record<string, readonly Value[]>> = {
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  cuid: ['a0', 'tz4a98xxat96iws9zmbrgj3a'],
  string: [
    '',
    ' ',
    "'; DROP TABLE things; --",
    'a"b`c',
    '%_*?[x]',
    '😀\u{10ffff}\uffff\ue000',
    'é',
    'e\u0301',
    '12',
    '1e3',
    'NULL',
    '\u202e',
    'true',
  ],
  text: ['x'.repeat(100_000), '\r\n\t'],
  email: ['a@b.co'],
  integer: [0, 1, -1, 2147483647, -2147483648],
  bigint: ['0', '9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808'],
  price: ['0.00', '0.01', '-0.01', '9999999999999999.99', '-9999999999999999.99', '90071992547409.93'],
  huge: [
    '0.0000000000',
    '-0.0000000001',
    '9999999999999999999999999999.9999999999',
    '-9999999999999999999999999999.9999999999',
    '10.0000000000',
    '9.0000000000',
    '-10.0000000000',
    '-9.0000000000',
  ],
  float: [0, 0.1, -0.1, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 9007199254740992, 1 / 3, 123456789.12345679],
  boolean: [true, false],
  datetime: ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
  date: ['0001-01-01', '2024-02-29', '9999-12-31'],
  json: [[], {}, '', 'x', 0, 1.5, -1e300, false, true, { a: [1, null, { b: '😀' }], '0': 'zero', 'a.b': { $: 1 } }, [[[]]]],
  enum: ['a', "b'c"],
  bytes: ['', 'AA==', '//79', Buffer.alloc(10_000, 7).toString('base64')],
}

const Thing = makeEntity('Thing', {
  fields: { id: { type: 'integer', primary: true }, ...Object.fromEntries(Object.entries(types).map(([name, type]) => [name, type])) },
})
const names = Object.keys(types)
const row = (id: number, name: string, value: Value): Value[] => [id, ...names.map((other) => (other === name ? value : null))]

for (const mode of ['inline', 'worker'] as const) {
  test(`${mode}: every type comes back as it went in`, async () => {
    const adapter = createSqliteAdapter({ path: ':memory:', mode })
    await adapter.prepare(makeSchema([Thing]))
    const rows = names
      .flatMap((name) => [null, ...(extremes[name] as Value[])].map((value) => [name, value] as const))
      .map(([name, value], id) => row(id, name, value))
    assert.equal((await adapter.run(insertOf(Thing), rowsOf(rows))).affected, rows.length)
    assert.deepEqual((await adapter.run(readOf(Thing), args())).rows, rows)
    await adapter.close()
  })
}

const ordered = names.filter((name) => name !== 'json' && name !== 'bytes')
const operators: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

test('each comparison, list, order, minimum and maximum of each type is exact', async () => {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await adapter.prepare(makeSchema([Thing]))
  let id = 0
  for (const name of names) for (const value of extremes[name] as Value[]) await adapter.run(insertOf(Thing), rowsOf([row(id++, name, value)]))
  const ids = async (where: Predicate, value: Value, order: Operand = field('id')): Promise<Value[]> => {
    const query = readOf(Thing, where, {
      columns: [{ field: 'id' }],
      order: [
        { by: order, direction: 'asc' },
        { by: field('id'), direction: 'asc' },
      ],
    })
    return (await adapter.run(query, args([value]))).rows.map((cells) => cells[0] as Value)
  }
  const all = (await adapter.run(readOf(Thing), args())).rows
  for (const name of ordered) {
    const type = types[name] as ValueType
    const at = names.indexOf(name) + 1
    const present = all.filter((cells) => cells[at] !== null)
    for (const value of extremes[name] as Value[]) {
      for (const [op, holds] of Object.entries(operators)) {
        const expected = present.filter((cells) => holds(compareValues(type, cells[at] as Value, value))).map((cells) => cells[0])
        assert.deepEqual(await ids(compare(op as CompareOp, field(name), param(0, type)), value), expected, `${name} ${op} ${value}`)
      }
      const same = present.filter((cells) => cells[at] === value).map((cells) => cells[0])
      assert.deepEqual(await ids({ kind: 'in', left: field(name), list: param(0, type), insensitive: false }, [value]), same, `${name} in ${value}`)
      if (name !== 'float')
        assert.deepEqual(
          await ids(
            { kind: 'keyIn', fields: ['id', name], list: param(0, type) },
            same.map((key) => [key as Value, value]),
          ),
          same,
          `${name} keyIn ${value}`,
        )
    }
    const sorted = [...present].sort((a, b) => compareValues(type, a[at] as Value, b[at] as Value) || Number(a[0]) - Number(b[0]))
    assert.deepEqual(
      await ids({ kind: 'not', of: { kind: 'isNull', of: field(name) } }, null, field(name)),
      sorted.map((cells) => cells[0]),
      name,
    )
    const measures = (['min', 'max'] as const).map((fn) => ({ fn, column: { field: name }, type }))
    const [extreme] = (await adapter.run(aggregateOf(Thing, { measures }), args())).rows
    assert.deepEqual(extreme, [sorted[0]?.[at], sorted.at(-1)?.[at]], name)
  }
  const bytes = await ids({ kind: 'in', left: field('bytes'), list: param(0, { type: 'bytes' }), insensitive: false }, ['AA==', ''])
  assert.equal(bytes.length, 2)
  await adapter.close()
})

test('sums and means are exact and typed', async () => {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await adapter.prepare(makeSchema([Thing]))
  const given: Readonly<Record<string, readonly Value[]>> = {
    integer: [2147483647, 2147483647],
    bigint: ['9223372036854775807', '9223372036854775807', '-1'],
    price: ['0.10', '0.20'],
    huge: ['9999999999999999999999999999.9999999999', '0.0000000001'],
    float: [1e308, 1, -1e308, 0.1, 0.2],
  }
  let id = 0
  for (const [name, values] of Object.entries(given)) for (const value of values) await adapter.run(insertOf(Thing), rowsOf([row(id++, name, value)]))
  const measures = Object.keys(given).flatMap((name) =>
    (['sum', 'avg'] as const).map((fn) => ({ fn, column: { field: name }, type: types[name] as ValueType })),
  )
  const [answer] = (await adapter.run(aggregateOf(Thing, { measures: [{ fn: 'count' }, ...measures] }), args())).rows
  assert.deepEqual(answer, [
    14,
    4294967294,
    2147483647,
    '18446744073709551613',
    Number('18446744073709551613') / 3,
    '0.30',
    0.15,
    '10000000000000000000000000000.0000000000',
    5e27,
    1.3,
    1.3 / 5,
  ])
  const none = compare('eq', field('id'), constant(-1, { type: 'integer' }))
  assert.deepEqual((await adapter.run(aggregateOf(Thing, { where: none, measures: [{ fn: 'count' }, ...measures] }), args())).rows, [
    [0, ...measures.map(() => null)],
  ])
  const having = { kind: 'compare', op: 'gt', left: { kind: 'measure', index: 0 }, right: param(0, { type: 'bigint' }) } as const
  const over = aggregateOf(Thing, { measures: [{ fn: 'sum', column: { field: 'bigint' }, type: { type: 'bigint' } }], having })
  assert.equal((await adapter.run(over, args(['9223372036854775807']))).rows.length, 1)
  assert.deepEqual((await adapter.run(over, args(['18446744073709551613']))).rows, [])
  await adapter.close()
})

test('parts of texts, folding and order agree with JavaScript for every text', async () => {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await adapter.prepare(makeSchema([Thing]))
  const insert = insertOf(Thing)
  const unit = fc.constantFrom('a', 'A', '%', '_', '*', '[', ']', '\\', '😀', '\uffff', 'é', 'ß', 'ς', 'K', "'", ' ')
  const word = fc.string({ unit, maxLength: 6 })
  const asks = (['contains', 'startsWith', 'endsWith', 'lt'] as const).map((op) => ({
    op,
    query: readOf(Thing, compare(op, field('string'), param(0, { type: 'string' })), { columns: [{ field: 'id' }] }),
  }))
  const holds = {
    contains: (a: string, b: string) => a.includes(b),
    startsWith: (a: string, b: string) => a.startsWith(b),
    endsWith: (a: string, b: string) => a.endsWith(b),
    lt: (a: string, b: string) => compareText(a, b) < 0,
  }
  const words = fc.sample(word, { numRuns: 150, seed: 1 })
  await adapter.run(insert, rowsOf(words.map((value, id) => row(id, 'string', value))))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        word,
        fc.constantFrom(...words).map((text) => [...text].slice(1).join('')),
      ),
      async (part) => {
        for (const { op, query } of asks) {
          const expected = words.flatMap((text, id) => (holds[op](text, part) ? [[id]] : []))
          assert.deepEqual((await adapter.run(query, args([part]))).rows, expected, op)
        }
      },
    ),
    { numRuns: 100 },
  )
  await adapter.close()
})
