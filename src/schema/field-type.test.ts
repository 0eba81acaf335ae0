import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeField } from '../../test/support/make-schema.ts'
import type { ValueType } from './entity.ts'
import { compareValues, fieldTypeNames, isOrdered, normalise, normaliseField, operatorsOf } from './field-type.ts'

const no = Symbol('refused')
type Row = readonly [input: unknown, expected: unknown]
const as = (value: unknown): readonly [unknown, unknown] => [value, value]
const refused = (...inputs: readonly unknown[]): Row[] => inputs.map((input) => [input, no])
const strangers = [undefined, {}, [], [1], { $ne: null }, { gt: '' }, () => 1, Symbol('x')]

const rows: Readonly<Record<string, readonly [ValueType, readonly Row[]]>> = {
  text: [
    { type: 'text' },
    [
      as(''),
      as('a'),
      as("'; DROP TABLE x; --"),
      as('%_\\'),
      as('caf\u00e9'),
      as('cafe\u0301'),
      as('bob '),
      as('\u{1f600}'),
      as('\ufffe'),
      as('\u202e'),
      ...refused('a\0b', 'x\ud800y', '\udc00', 0, true, null, new Date(), ...strangers),
    ],
  ],
  uuid: [
    { type: 'uuid' },
    [
      ['0190A5B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B', '0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b'],
      as('00000000-0000-0000-0000-000000000000'),
      ...refused(
        '',
        'nonexistent-id',
        '0190a5b27c3d7e4f8a5b6c7d8e9f0a1b',
        '{0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b}',
        '0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b\n',
        0,
        ...strangers,
      ),
    ],
  ],
  cuid: [{ type: 'cuid' }, [as('tz4a98xxat96iws9zmbrgj3a'), ...refused('', 'A', '9abc', 'x'.repeat(33), 'ab cd', 1)]],
  email: [
    { type: 'email' },
    [
      as('john@example.com'),
      as('Jo.Hn+x%y@sub.example.org'),
      as(`${'a'.repeat(243)}@example.com`),
      ...refused(
        'user@domain',
        'a@b.c',
        'a@b.1',
        'a@@b.com',
        'a b@c.com',
        '@b.com',
        'a@.',
        `${'a'.repeat(244)}@example.com`,
        `${'a'.repeat(100000)}`,
        1,
        null,
      ),
    ],
  ],
  integer: [
    { type: 'integer' },
    [
      as(0),
      as(2147483647),
      as(-2147483648),
      [-0, 0],
      as(1),
      [1.0, 1],
      [1e3, 1000],
      ...refused(2147483648, -2147483649, 1.5, Number.NaN, Infinity, 1e400, '1', '12abc', '', true, 5n, 2 ** 53, null, ...strangers),
    ],
  ],
  bigint: [
    { type: 'bigint' },
    [
      as('0'),
      as('9223372036854775807'),
      as('-9223372036854775808'),
      [5, '5'],
      [-0, '0'],
      ['-0', '0'],
      [9007199254740991, '9007199254740991'],
      [12n, '12'],
      [-9223372036854775808n, '-9223372036854775808'],
      ...refused(
        '9223372036854775808',
        '-9223372036854775809',
        9007199254740993,
        1.5,
        '007',
        '+1',
        '1.0',
        '1e3',
        ' 1',
        '',
        '12abc',
        9223372036854775808n,
        '9'.repeat(10000),
        true,
        null,
        ...strangers,
      ),
    ],
  ],
  decimal: [
    { type: 'decimal', precision: 10, scale: 2 },
    [
      ['1', '1.00'],
      ['1.5', '1.50'],
      as('12345678.99'),
      ['-1.5', '-1.50'],
      ['-0', '0.00'],
      ['-0.00', '0.00'],
      [1.5, '1.50'],
      [-0, '0.00'],
      [0.1, '0.10'],
      [7n, '7.00'],
      ['1.5000', '1.50'],
      ...refused(
        '1.005',
        1.005,
        '123456789.00',
        0.1 + 0.2,
        1e-7,
        1e21,
        2 ** 53,
        '1e3',
        '01',
        '.5',
        '5.',
        '+1',
        'abc',
        '',
        Number.NaN,
        true,
        null,
        ...strangers,
      ),
    ],
  ],
  'decimal of small numbers': [
    { type: 'decimal', precision: 20, scale: 10 },
    [[1e-7, '0.0000001000'], [1.25e-8, '0.0000000125'], [-1e-10, '-0.0000000001'], ...refused(1e-11, 1.5e-10)],
  ],
  float: [
    { type: 'float' },
    [as(1.5), as(-1e308), [-0, 0], as(5e-324), ...refused(Number.NaN, Infinity, -Infinity, '1', true, 1n, null, ...strangers)],
  ],
  boolean: [{ type: 'boolean' }, [as(true), as(false), ...refused(0, 1, 'true', '', null, ...strangers)]],
  datetime: [
    { type: 'datetime' },
    [
      as('2026-01-15T10:30:00.000Z'),
      ['2026-01-15T10:30:00Z', '2026-01-15T10:30:00.000Z'],
      ['2026-01-15t10:30:00.5z', '2026-01-15T10:30:00.500Z'],
      ['2026-01-15T10:30:00.999000Z', '2026-01-15T10:30:00.999Z'],
      ['2026-03-29T02:30:00+01:00', '2026-03-29T01:30:00.000Z'],
      ['2026-01-01T00:00:00+14:00', '2025-12-31T10:00:00.000Z'],
      ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
      ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
      ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
      ['0050-06-01T00:00:00-01:30', '0050-06-01T01:30:00.000Z'],
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      ...refused(
        '2016-12-31T23:59:60Z',
        '2026-01-15T24:00:00Z',
        '0000-01-01T00:00:00Z',
        '10000-01-01T00:00:00Z',
        '2026-01-15T10:30:00.9996Z',
        '2023-02-29T00:00:00Z',
        '2100-02-29T00:00:00Z',
        '2026-13-01T00:00:00Z',
        '2026-00-01T00:00:00Z',
        '2026-04-31T00:00:00Z',
        '2026-01-15T10:60:00Z',
        '2026-01-15 10:30:00Z',
        '2026-01-15T10:30:00',
        '2026-01-15T10:30Z',
        '2026-01-15',
        '2026-01-15T10:30:00+24:00',
        '2026-01-15T10:30:00+01:60',
        '0001-01-01T00:00:00+00:01',
        '9999-12-31T23:59:59-00:01',
        '+002026-01-15T10:30:00Z',
        'now',
        '',
        0,
        1768473000000,
        new Date(Number.NaN),
        new Date(8.64e15),
        null,
        ...strangers,
      ),
    ],
  ],
  date: [
    { type: 'date' },
    [
      as('2026-01-31'),
      as('0001-01-01'),
      as('2000-02-29'),
      ...refused('2026-02-30', '1900-02-29', '0000-01-01', '2026-1-1', '2026-01-31T00:00:00Z', '', 20260131, new Date(), null),
    ],
  ],
  json: [
    { type: 'json' },
    [
      as({}),
      as([]),
      as('x'),
      as(1.5),
      as(false),
      as({ a: [1, { b: null }], 'c.d': '$x', $where: 1 }),
      [[-0], [0]],
      [{ a: -0 }, { a: 0 }],
      ...refused(
        undefined,
        () => 1,
        Symbol('x'),
        1n,
        [1n],
        { a: undefined },
        [undefined],
        [Number.NaN],
        { a: Infinity },
        'a\0b',
        ['x\ud800'],
        { 'a\0': 1 },
        { '\udc00': 1 },
        new Date(),
        [new Date()],
        new Map(),
        JSON.parse('{"__proto__":{"x":1}}'),
        { constructor: 1 },
        [{ prototype: 1 }],
        'x'.repeat(1024 * 1024),
        new Array(2_000_000),
      ),
    ],
  ],
  enum: [{ type: 'enum', values: ['user', 'admin'] }, [as('user'), ...refused('User', '', 'root', 0, null, ['user'], 'constructor')]],
  bytes: [
    { type: 'bytes' },
    [
      as(''),
      as('AA=='),
      as('AAA='),
      as('AAAA'),
      as('/+8='),
      ...refused('A', 'AB==', 'AAB=', 'AA', 'A===', '_-8=', 'AA ==', 'AAAA\n', 1, new Uint8Array(2), null),
    ],
  ],
}

for (const [name, [type, table]] of Object.entries(rows)) {
  test(`values of ${name}`, () => {
    for (const [input, expected] of table) {
      const result = normalise(type, input)
      const shown = typeof input === 'string' ? JSON.stringify(input.slice(0, 60)) : String(typeof input)
      if (expected === no) {
        assert.equal(result.ok, false, `accepted ${shown}`)
        assert.ok(!result.ok && result.error.length < 120 && /^[A-Z]/.test(result.error))
      } else {
        assert.deepEqual(result, { ok: true, value: expected }, shown)
        assert.deepEqual(normalise(type, result.ok && result.value), result, 'a normalised value is its own form')
      }
    }
  })
}

test('every type of the table has rows', () => {
  const tested = new Set(Object.values(rows).map(([type]) => type.type))
  for (const name of fieldTypeNames) if (name !== 'string') assert.ok(tested.has(name), name)
  assert.equal(fieldTypeNames.length, 15)
})

test('json keeps to its depth and size, also for shared and cyclic parts', () => {
  const nest = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1 as unknown)
  assert.equal(normalise({ type: 'json' }, nest(32)).ok, true)
  assert.equal(normalise({ type: 'json' }, nest(33)).ok, false)
  const cycle: unknown[] = []
  cycle.push(cycle)
  assert.equal(normalise({ type: 'json' }, cycle).ok, false)
  let doubled: unknown = [1]
  for (let i = 0; i < 30; i++) doubled = [doubled, doubled]
  assert.equal(normalise({ type: 'json' }, doubled).ok, false)
  const text = (bytes: number) => 'ü'.repeat((bytes - 2) / 2)
  assert.equal(normalise({ type: 'json' }, text(1024 * 1024)).ok, true)
  assert.equal(normalise({ type: 'json' }, text(1024 * 1024 + 2)).ok, false)
})

test('json is a copy that later changes of the input do not reach', () => {
  const input = { a: [1] }
  const result = normalise({ type: 'json' }, input)
  input.a.push(2)
  assert.deepEqual(result, { ok: true, value: { a: [1] } })
})

test('any JSON without poisoned keys comes back deep-equal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const clean = JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ''), (key, inner) => (key === '__proto__' ? undefined : inner))
      const result = normalise({ type: 'json' }, clean)
      if (clean !== null && result.ok) assert.deepEqual(result.value, clean)
    }),
  )
})

test('order agrees with numbers for exact types', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
      assert.equal(Math.sign(compareValues({ type: 'bigint' }, String(a), String(b))), a < b ? -1 : a > b ? 1 : 0)
      const scaled = (n: bigint) =>
        `${n < 0n ? '-' : ''}${String(n < 0n ? -n : n)
          .padStart(3, '0')
          .replace(/(..)$/, '.$1')}`
      assert.equal(Math.sign(compareValues({ type: 'decimal', scale: 2 }, scaled(a), scaled(b))), a < b ? -1 : a > b ? 1 : 0)
    }),
  )
  assert.equal(compareValues({ type: 'decimal' }, '1.5', '1.50'), 0)
  assert.ok(compareValues({ type: 'integer' }, null, -5) < 0)
  assert.equal(compareValues({ type: 'text' }, null, null), 0)
  assert.ok(compareValues({ type: 'boolean' }, false, true) < 0)
  assert.throws(() => compareValues({ type: 'json' }, {}, {}))
})

test('operators follow the type', () => {
  for (const name of fieldTypeNames) assert.ok(operatorsOf(name).has('isNull'))
  assert.equal(operatorsOf('text').has('contains'), true)
  assert.equal(operatorsOf('integer').has('contains'), false)
  assert.deepEqual([...operatorsOf('json')], ['isNull'])
  assert.equal(operatorsOf('bytes').has('gt'), false)
  assert.equal(isOrdered('bytes'), false)
})

test('limits of a field', () => {
  const check = (given: Parameters<typeof makeField>[1], value: unknown) => {
    const result = normaliseField(makeField('x', given), value)
    return result.ok ? result.value : result.error
  }
  assert.equal(check({ type: 'integer', min: 1, max: 5 }, 99), 'Must be at most 5')
  assert.equal(check({ type: 'integer', min: 1, max: 5 }, 0), 'Must be at least 1')
  assert.equal(check({ type: 'decimal', precision: 5, scale: 2, min: 0 }, '-0.01'), 'Must be at least 0')
  assert.equal(check({ type: 'bigint', max: '9007199254740993' }, '9007199254740994'), 'Must be at most 9007199254740993')
  assert.equal(check({ type: 'string', minLength: 3 }, 'ab'), 'Must have at least 3 characters')
  assert.equal(check({ type: 'string', minLength: 3 }, '\u{1f600}\u{1f600}'), 'Must have at least 3 characters')
  assert.equal(check({ type: 'string', maxLength: 2 }, '\u{1f600}\u{1f600}'), '\u{1f600}\u{1f600}')
  assert.equal(check({ type: 'string', maxLength: 2 }, 'abc'), 'Must have at most 2 characters')
  assert.equal(check({ type: 'string', pattern: '^[a-z0-9-/]+$' }, '/test-page'), '/test-page')
  assert.equal(check({ type: 'string', pattern: '^[a-z0-9-/]+$' }, 'A'), 'Must match ^[a-z0-9-/]+$')
  assert.equal(check({ type: 'bytes', maxLength: 1 }, 'AAA='), 'Must have at most 1 bytes')
  assert.equal(check({ type: 'string' }, null), null)
  assert.equal(check({ type: 'string', required: true }, null), 'Must not be null')
})
