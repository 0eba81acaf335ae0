import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import type { DBALError } from '../errors/error.ts'
import { plain, plainOptions } from './plain.ts'

const place = (error: unknown): string | undefined => (error as DBALError).details.fields?.[0]?.field
const refuses = (work: () => unknown, field: string): void =>
  assert.throws(work, (error) => {
    assert.equal((error as DBALError).code, 'VALIDATION_ERROR')
    assert.equal(place(error), field)
    return true
  })

test('Date, bigint and bytes become their JSON forms, deep down too', () => {
  const given = {
    at: new Date('2026-01-15T10:30:00.5Z'),
    big: 2n ** 63n - 1n,
    bytes: new Uint8Array([0, 255, 16]),
    list: [new Date(0)],
    buffer: Buffer.from('hi'),
    none: null,
    minus: -0,
  }
  assert.deepEqual(plain(given, 'data'), {
    at: '2026-01-15T10:30:00.500Z',
    big: '9223372036854775807',
    bytes: 'AP8Q',
    list: ['1970-01-01T00:00:00.000Z'],
    buffer: 'aGk=',
    none: null,
    minus: 0,
  })
})

test('many bytes come through whole', () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => i % 256)
  assert.equal(plain(bytes, 'data'), Buffer.from(bytes).toString('base64'))
})

class Money {
  amount = 1
}
const cycle: { self?: unknown } = {}
cycle.self = cycle
const refusedValues: readonly (readonly [string, unknown, string])[] = [
  ['undefined', { a: undefined }, 'data.a'],
  ['undefined in a list', { a: [1, undefined] }, 'data.a[1]'],
  ['a hole in a list', { a: Object.assign(new Array(3), { 0: 1, 2: 2 }) }, 'data.a[1]'],
  ['a function', { a: { b: () => 1 } }, 'data.a.b'],
  ['a symbol', { a: Symbol('x') }, 'data.a'],
  ['a symbol as name', { a: { [Symbol('x')]: 1 } }, 'data.a'],
  ['an instance', { price: new Money() }, 'data.price'],
  ['a Map', { a: new Map() }, 'data.a'],
  ['a RegExp', { a: /x/ }, 'data.a'],
  ['a boxed string', { a: Object('x') }, 'data.a'],
  ['a promise', { a: Promise.resolve(1) }, 'data.a'],
  ['other typed arrays', { a: new Uint16Array(1) }, 'data.a'],
  ['NaN', { a: Number.NaN }, 'data.a'],
  ['Infinity', { a: [Number.POSITIVE_INFINITY] }, 'data.a[0]'],
  ['an invalid date', { a: new Date('x') }, 'data.a'],
  ['__proto__ of JSON.parse', JSON.parse('{"a":{"__proto__":{"x":1}}}'), 'data.a.__proto__'],
]
for (const [what, value, field] of refusedValues) test(`refused: ${what}`, () => refuses(() => plain(value, 'data'), field))

test('a cycle ends as too deep, and repetition of one object at the number of values', () => {
  assert.throws(
    () => plain(cycle, 'data'),
    (error) => /levels/.test((error as DBALError).details.fields?.[0]?.error ?? ''),
  )
  let bomb: unknown[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  for (let i = 0; i < 12; i++) bomb = new Array(10).fill(bomb)
  assert.throws(
    () => plain(bomb, 'data'),
    (error) => /values/.test((error as DBALError).details.fields?.[0]?.error ?? ''),
  )
})

test('objects without prototype and of another realm are data; the copy is plain and its own', () => {
  const made = plain(Object.assign(Object.create(null), { a: 1 }), 'data')
  assert.deepStrictEqual(made, { a: 1 })
  assert.deepStrictEqual(plain(runInNewContext('({ a: [1], at: new Date(0) })'), 'data'), { a: [1], at: '1970-01-01T00:00:00.000Z' })
  const given = { a: { b: 1 } }
  const copied = plain(given, 'data') as typeof given
  given.a.b = 2
  assert.equal(copied.a.b, 1)
})

test('options: undefined at the top is as if not there, below it is refused', () => {
  assert.deepEqual(plainOptions({ limit: undefined, page: 2 }), { page: 2 })
  refuses(() => plainOptions({ filter: { role: undefined } }), 'filter.role')
  refuses(() => plainOptions([]), 'options')
})
