/** Small pools of awkward values of each field type, so that random rows and random conditions meet. Must not know entities. */
import fc from 'fast-check'
import type { FieldTypeName, Value, ValueType } from '../../../src/schema/entity.ts'
import { normalise } from '../../../src/schema/field-type.ts'

const words = [
  'a',
  'A',
  'ab',
  '',
  'b',
  'aB',
  'AB',
  'a b',
  'a ',
  ' a',
  'ß',
  'ss',
  'SS',
  'Σ',
  'ς',
  'σ',
  '\u212a',
  'k',
  'K',
  'é',
  'e\u0301',
  'É',
  'İ',
  'i',
  'ı',
  'I',
  '%',
  '_',
  'a%b',
  'a_b',
  '\\',
  "'",
  '"',
  '😀',
  '\uffff',
  '\u{10000}',
  '\ud7ff',
  '\ue000',
  '10',
  '9',
  '0',
  'null',
  'true',
  '[null]',
  'ﬁ',
  'fi',
  '\n',
  '\u200b',
  "' OR 1=1 --",
]

const objects: readonly Value[] = [
  { a: [1, 'a', null, { b: 2 }] },
  { a: 'a', b: 'A' },
  { a: 1 },
  { a: { b: true } },
  {},
  [],
  'text',
  7,
  true,
  false,
  0,
  '',
  { a: '1' },
  { a: true },
  { a: null },
  { a: { b: 'x' } },
  { a: [1, 'x', null, { b: 2 }] },
  { '0': 'zero', a: [] },
  [1, [2]],
  ['a'],
  { a: 0.1 },
  { a: 1e21 },
  { a: 2 ** 53 },
  { 'x y': 'ß', a: 'SS' },
  { a: 'A', b: 'a' },
  { b: { '0': 1 }, a: ['a'] },
  { 'a"b': '1', "a'b": 2, a$b: 3 },
  { a: 5e-324 },
]

export const jsonPaths: readonly (readonly string[])[] = [
  ['a'],
  ['a'],
  ['a', 'b'],
  ['a', '0'],
  ['a', '1'],
  ['b'],
  ['0'],
  ['0', '0'],
  ['b', '0'],
  ['x y'],
  ['a"b'],
  ["a'b"],
  ['a$b'],
  ['a', '3', 'b'],
  ['1', '00'],
  ['length'],
  ['toString'],
  ['*'],
]

export const enumMembers: readonly string[] = ['user', 'admin', 'God', 'ä', '10']

const pools: Readonly<Record<FieldTypeName, readonly Value[]>> = {
  uuid: [1, 2, 3, 4, 5].map((n) => `0190a000-0000-7000-8000-00000000000${n}`).concat('ffffffff-ffff-ffff-bfff-ffffffffffff'),
  cuid: ['a'.padEnd(24, '0'), 'b'.padEnd(24, '0'), 'b'.padEnd(24, 'z')],
  string: words,
  text: words,
  email: ['a@x.org', 'A@x.org', 'a@X.ORG', 'b@x.org', 'b.c@x.org'],
  integer: [1, 2, 3, 0, -1, -2, 4, 10, -2147483648, 2147483647],
  bigint: ['1', '2', '9007199254740992', '9007199254740993', '0', '-1', '-10', '10', '3', '-9223372036854775808', '9223372036854775807'],
  decimal: ['1', '2', '10', '-1', '9', '0', '0.1', '0.2', '-0.1', '0.01', '-0.01', '1.5', '99.99', '-99.99'],
  float: [0.1, 0.2, 0.3, 1, -1.5, -1, 0, 2, 10, 1e16, -1e16, 5e-324, 0.30000000000000004, 1e21, 123456789.123, -1e-7],
  boolean: [true, false],
  datetime: [
    '0001-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.001Z',
    '9999-12-31T23:59:59.999Z',
  ],
  date: ['0001-01-01', '1969-12-31', '2024-02-29', '2026-01-01', '9999-12-31'],
  json: objects,
  enum: enumMembers,
  bytes: ['', 'AA==', 'AAE=', '/w==', '//8=', 'YQ=='],
}

/** The values of the pool that the type has, in logical form. */
export function poolOf(type: ValueType): readonly Value[] {
  const fitting = pools[type.type].flatMap((value) => {
    const result = normalise(type, value)
    return result.ok ? [result.value] : []
  })
  if (fitting.length === 0) throw new Error(`No values of type ${type.type}`)
  return fitting
}

/** Values that come often, so that rows meet each other and conditions meet rows. */
const common = 4

export function someValueOf(type: ValueType): fc.Arbitrary<Value> {
  const pool = poolOf(type)
  return fc.oneof(fc.constantFrom(...pool.slice(0, common)), fc.constantFrom(...pool))
}

export function nullableValueOf(type: ValueType): fc.Arbitrary<Value> {
  return fc.option(someValueOf(type), { nil: null, freq: 4 })
}

/** What a session may hold where another type was expected. */
export const misfit: fc.Arbitrary<Value> = fc.constantFrom<Value>('nonsense', 1.5, true, {}, [], [1], ['a', null], '')

/** A list as the engine binds it: no nulls, often short, sometimes empty. */
export function listOf(type: ValueType): fc.Arbitrary<Value> {
  return fc.array(someValueOf(type), { maxLength: 4 })
}
