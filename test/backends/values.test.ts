/**
 * Values of every type on every backend (I5, I11, I12; security.md 3): edges and random ones are given back exactly, sorted, compared and
 * added up as in memory, and what no field may hold is refused in the same words. DBAL_ORACLE_SEED replays the random ones.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { FieldTypeName, Value } from '../../src/schema/entity.ts'
import { masked } from '../oracle/program/transcript.ts'
import { seed } from '../oracle/seed.ts'
import { compared, skipOf } from './backends.ts'
import { type BackendLab, open, openLabOn } from './lab.ts'

const columns = {
  i: { type: 'integer' },
  big: { type: 'bigint' },
  dec: { type: 'decimal', precision: 10, scale: 2 },
  wide: { type: 'decimal', precision: 38, scale: 10 },
  whole: { type: 'decimal', precision: 38, scale: 0 },
  f: { type: 'float' },
  b: { type: 'boolean' },
  at: { type: 'datetime' },
  day: { type: 'date' },
  ref: { type: 'uuid' },
  raw: { type: 'bytes' },
  j: { type: 'json' },
} as const satisfies Readonly<Record<string, { readonly type: FieldTypeName; readonly precision?: number; readonly scale?: number }>>
type Column = keyof typeof columns

const unordered: ReadonlySet<Column> = new Set(['raw', 'j'])
const numeric: ReadonlySet<Column> = new Set(['i', 'big', 'dec', 'wide', 'whole', 'f'])

const entities = `
entity: Value
fields:
  id: { type: integer, primary: true }
${Object.entries(columns)
  .map(([name, column]) => `  ${name}: ${JSON.stringify({ ...column, nullable: true })}`)
  .join('\n')}
${open}
---
entity: Single
fields:
  id: { type: integer, primary: true }
${Object.entries(columns)
  .filter(([name]) => name !== 'j' && name !== 'b')
  .map(([name, column]) => `  ${name}: ${JSON.stringify({ ...column, nullable: true, unique: true })}`)
  .join('\n')}
${open}
`

const edges: Readonly<Record<Column, readonly Value[]>> = {
  i: [0, -0, 1, -1, 2147483647, -2147483648, 65535, 16777217],
  big: [
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '-9007199254740993',
    '9007199254740992',
    '9007199254740991',
    '0',
    '-1',
    '10',
  ],
  dec: ['0.00', '1.00', '-0.01', '0.07', '1.10', '99999999.99', '-99999999.99', '1.01', '1.00', '0.10', '2.675'],
  wide: [
    '1234567890123456789012345678.0123456789',
    '-9999999999999999999999999999.9999999999',
    '0.0000000001',
    '-0.0000000001',
    '1',
    '0.1',
    '9007199254740993',
  ],
  whole: ['99999999999999999999999999999999999999', '-99999999999999999999999999999999999999', '9007199254740993', '0', '-1', '10', '9'],
  f: [
    0,
    -0,
    0.1,
    0.2,
    0.30000000000000004,
    -1.5,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    2.225073858507201e-308,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    1e21,
    1e-7,
    123456789.12345679,
    9007199254740993,
    4503599627370496.5,
    1 / 3,
  ],
  b: [true, false],
  at: [
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-10-25T00:30:00.001Z',
    '1582-10-10T12:00:00.000Z',
    '1900-02-28T23:59:59.999Z',
    '0099-12-31T23:59:59.999Z',
    '2038-01-19T03:14:08.000Z',
    '2024-02-29T23:59:59.999Z',
    '1752-09-05T00:00:00.500Z',
  ],
  day: ['0001-01-01', '9999-12-31', '2024-02-29', '1900-02-28', '2000-02-29', '1582-10-10', '0099-12-31', '1970-01-01', '1969-12-31'],
  ref: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '0190a000-0000-7000-8000-000000000001',
    'AAAAAAAA-1111-4111-8111-BBBBBBBBBBBB',
  ],
  raw: ['', 'AA==', 'AAE=', 'AAEC', '/w==', '//8=', '/+8=', 'YQ==', 'YWE=', 'JyI7LS0=', 'gA=='],
  j: [
    {},
    [],
    '',
    'text',
    0,
    -0.5,
    1e21,
    5e-324,
    1.7976931348623157e308,
    0.1,
    12345678901234567890,
    true,
    false,
    { a: null },
    { b: 1, a: 2 },
    { '': 1 },
    { 'a.b': 1, $ne: 2, $a: { $b: 3 }, '0': 4, "a'b": 5, 'a"b': 6, 'a\\b': 7 },
    [[[[1]]]],
    [1, '1', true, null, {}],
    { _id: 1, _bsontype: 'Long', $date: 0, $oid: 'x', $numberLong: '1' },
    { t: '2026-01-01T00:00:00.000Z', n: '1.50', e: '\u2028\ufeff' },
    { toString: 1, length: 2, valueOf: 3 },
  ],
}

const digits = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most }).map((text) => text.replace(/^0+(?=.)/, ''))
const signed = (magnitude: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.boolean(), magnitude).map(([minus, text]) => (minus && /[1-9]/.test(text) ? `-${text}` : text))
const decimal = (whole: number, scale: number): fc.Arbitrary<string> =>
  signed(
    fc
      .tuple(digits(whole), fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: scale, maxLength: scale }))
      .map(([a, b]) => (b === '' ? a : `${a}.${b}`)),
  )
const moment = fc.integer({ min: -62135596800000, max: 253402300799999 }).map((time) => new Date(time).toISOString())
const jsonKeys = fc
  .string({ unit: 'grapheme', maxLength: 6 })
  .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key) && !key.includes('\0'))
const { json } = fc.letrec<{ json: Value }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.string({ unit: 'grapheme', maxLength: 8 }).filter((t) => !t.includes('\0')),
    ),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(jsonKeys, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

const random: Readonly<Record<Column, fc.Arbitrary<Value>>> = {
  i: fc.integer(),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  dec: decimal(8, 2),
  wide: decimal(28, 10),
  whole: signed(digits(38)),
  f: fc.double({ noNaN: true, noDefaultInfinity: true }),
  b: fc.boolean(),
  at: moment,
  day: moment.map((text) => text.slice(0, 10)),
  ref: fc.uuid(),
  raw: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  j: json.filter((value) => value !== null),
}

const randomCount = 120
const valuesOf = (column: Column): readonly Value[] => [
  ...edges[column].filter((value) => !(column === 'dec' && value === '2.675')),
  ...fc.sample(random[column], { seed, numRuns: randomCount }),
]

type Asked = readonly [what: string, answer: Value]

/** Everything that is asked of one column, in order. */
async function ask(lab: BackendLab, column: Column): Promise<Asked[]> {
  const values = valuesOf(column)
  const out: Asked[] = []
  const rows = [...values.map((value, i) => ({ id: i + 1, [column]: value })), { id: values.length + 1 }, { id: values.length + 2, [column]: null }]
  out.push(['stored', await lab.ask('createMany', 'Value', rows, { returning: true })])
  for (const [i, value] of edges[column].entries())
    out.push(
      [`kept ${JSON.stringify(value)}`, await lab.ask('update', 'Value', values.length + 1, { [column]: value })],
      [`read ${i}`, await lab.ask('read', 'Value', values.length + 1)],
    )
  if (!unordered.has(column)) {
    for (const direction of ['asc', 'desc'])
      for (const page of [1, 2])
        out.push([
          `sorted ${direction} ${page}`,
          await lab.ask('list', 'Value', { sort: { [column]: direction }, limit: 100, page, select: ['id', column] }),
        ])
    out.push(['least and greatest', await lab.ask('aggregate', 'Value', { min: [column], max: [column], count: true })])
    for (const value of [...edges[column], ...values.slice(-8)])
      for (const operator of ['gt', 'lte'])
        out.push([`${operator} ${JSON.stringify(value)}`, await lab.ask('count', 'Value', { filter: { [column]: { [operator]: value } } })])
  }
  if (column !== 'j') {
    for (const value of [...edges[column], ...values.slice(-8)])
      for (const operator of ['eq', 'ne'])
        out.push([`${operator} ${JSON.stringify(value)}`, await lab.ask('count', 'Value', { filter: { [column]: { [operator]: value } } })])
    out.push(['in', await lab.ask('count', 'Value', { filter: { [column]: { in: values.slice(0, 50) } } })])
    out.push(['notIn', await lab.ask('count', 'Value', { filter: { [column]: { notIn: values.slice(3, 50) } } })])
    if (column !== 'b')
      for (const [i, value] of values.slice(0, 40).entries())
        out.push([`unique ${JSON.stringify(value)}`, await lab.ask('create', 'Single', { id: i, [column]: value })])
  }
  if (numeric.has(column)) {
    out.push(['sums', await lab.ask('aggregate', 'Value', { filter: { id: { lt: 40 } }, sum: [column], avg: [column] })])
    out.push([
      'sums of groups',
      await lab.ask('aggregate', 'Value', { filter: { id: { lte: 30 } }, groupBy: [column], sum: [column], sort: { [column]: 'asc' } }),
    ])
  }
  for (const misfit of misfits) {
    out.push([`given ${shown(misfit)}`, await lab.ask('update', 'Value', 1, { [column]: misfit })])
    if (column !== 'j') out.push([`asked for ${shown(misfit)}`, await lab.ask('count', 'Value', { filter: { [column]: { eq: misfit } } })])
  }
  out.push(['after all', await lab.ask('read', 'Value', 1)])
  for (const entity of ['Value', 'Single']) await lab.get('deleteMany', entity, {}, { all: true })
  return out
}

/** What one type or another takes, and most do not: each is answered alike everywhere. */
const misfits: readonly unknown[] = [
  'x\0y',
  '\ud800',
  'x\udc00y',
  '12abc',
  '',
  ' 1',
  '1 ',
  '+1',
  '1e3',
  '0x10',
  '١',
  'NaN',
  'Infinity',
  'true',
  'null',
  "1' OR '1'='1",
  9007199254740993,
  2147483648,
  -2147483649,
  1.5,
  1.005,
  '1.005',
  -0,
  NaN,
  Infinity,
  -Infinity,
  1e400,
  1e21,
  9223372036854775807n,
  9223372036854775808n,
  true,
  false,
  0,
  1,
  [],
  {},
  ['alice'],
  { $ne: null },
  { gt: '' },
  { $gt: 1 },
  { _bsontype: 'ObjectID', id: 'x' },
  new Date(Number.NaN),
  new Date(0),
  () => 1,
  Symbol('x'),
  new Map(),
  new Uint8Array(2),
  /x/,
  '2026-01-15T10:30:00.9996Z',
  '0000-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '2026-01-15T24:00:00Z',
  '2016-12-31T23:59:60Z',
  '2026-02-29T00:00:00Z',
  '2026-01-15',
  '2026-01-15T10:30:00',
  '0000-01-01',
  '2026-13-01',
]
const shown = (value: unknown): string =>
  typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function' ? String(value) : (JSON.stringify(value) ?? String(value))

const columnNames = Object.keys(columns) as Column[]
const defined = new Map<Column, Asked[]>()
before(async () => {
  const memory = await openLabOn('memory', { entities })
  for (const column of columnNames) defined.set(column, await ask(memory, column))
  await memory.close()
})

/** The value as contract 2.2 gives it back. */
const canonical = (column: Column, value: Value): Value => {
  if (typeof value === 'number') return value + 0
  if (column === 'ref') return (value as string).toLowerCase()
  const scale = { dec: 2, wide: 10 }[column as string]
  if (scale === undefined) return value
  const [whole = '', fraction = ''] = (value as string).split('.')
  return `${whole}.${fraction.padEnd(scale, '0')}`
}

for (const column of columnNames) {
  test(`memory keeps every ${column} exactly (I11, I12)`, () => {
    const [[, rows] = []] = defined.get(column) ?? []
    const kept = (rows as readonly { readonly [name: string]: Value }[]).map((row) => row[column] as Value)
    const given = valuesOf(column).map((value) => canonical(column, value))
    const wrong = given.flatMap((value, i) =>
      isDeepStrictEqual(plain(kept[i] as Value), plain(value)) ? [] : [`${JSON.stringify(value)} became ${JSON.stringify(kept[i])}`],
    )
    assert.deepEqual(wrong.slice(0, 5), [])
    assert.deepEqual(kept.slice(given.length), [null, null])
  })
}

/** Zero has one sign (contract 2.2), also in json. */
const plain = (value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

for (const name of compared) {
  test(`${name}: values of every type are answered as in memory (I5 I11 I12), seed ${seed}`, { skip: skipOf(name) }, async (t) => {
    const lab = await openLabOn(name, { entities })
    try {
      for (const column of columnNames) {
        await t.test(column, async () => {
          const actual = await ask(lab, column)
          const expected = defined.get(column) as Asked[]
          assert.equal(actual.length, expected.length)
          const wrong = actual.flatMap(([what, answer], i) => {
            const wanted = expected[i]?.[1] as Value
            return isDeepStrictEqual(masked(answer), masked(wanted)) ? [] : [`${what}: ${difference(answer, wanted)}`]
          })
          assert.equal(wrong.length, 0, `${wrong.length} of ${actual.length} differ\n${wrong.slice(0, 10).join('\n')}\n${lab.causes.join('\n')}`)
        })
      }
    } finally {
      await lab.close()
    }
  })
}

function difference(answer: Value, wanted: Value): string {
  const rows = [answer, wanted].map((one) => (Array.isArray(one) ? one : ((one as { data?: readonly Value[] } | null)?.data ?? [one])))
  const at = (rows[0] as Value[]).findIndex((row, i) => !isDeepStrictEqual(masked(row), masked((rows[1] as Value[])[i] ?? null)))
  return `${JSON.stringify(rows[0]?.[at])?.slice(0, 300)} instead of ${JSON.stringify(rows[1]?.[at])?.slice(0, 300)}`
}
