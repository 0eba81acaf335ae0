/** The functions that PostgreSQL runs, beside the product's own: every character folds alike, every double is told to its last digit. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Client } from 'pg'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../../../test/support/databases.ts'
import { fold } from '../../../../schema/fold.ts'
import { toDouble, toMultiple } from '../../../../schema/value/exact.ts'
import { caseless, exactName, foldName, helperFunctions } from './functions.ts'

const { skip } = serverOf('postgresql')
let database: FreshDatabase
let client: Client
before(async () => {
  if (skip !== undefined) return
  database = await freshDatabase('postgresql')
  const pg = (await import('pg')).default
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const { text } of helperFunctions()) await client.query(text)
})
after(async () => {
  await client?.end()
  await database?.drop()
})

const one = async (text: string, values: readonly unknown[]): Promise<unknown> =>
  (await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })).rows[0]?.[0]
const folded = (texts: readonly string[]): Promise<unknown> =>
  one(`SELECT array(SELECT ${foldName}(x) FROM unnest($1::text[]) WITH ORDINALITY AS t(x, n) ORDER BY n)`, [texts])

test('nothing beyond the characters of the function has another case', () => {
  for (let point = caseless; point <= 0x10ffff; point++) {
    const character = String.fromCodePoint(point)
    if (fold(character) !== character) assert.fail(`U+${point.toString(16)} folds`)
  }
})

test('folding a text is folding its characters', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => fold(text) === [...text].map(fold).join('')))
})

test('every character folds as it does here', { skip }, async () => {
  const characters = Array.from({ length: caseless - 1 }, (_, i) => i + 1).filter((point) => point < 0xd800 || point > 0xdfff)
  for (let at = 0; at < characters.length; at += 10_000) {
    const part = characters.slice(at, at + 10_000).map((point) => String.fromCodePoint(point))
    assert.deepEqual(await folded(part), part.map(fold))
  }
})

test('texts fold as they do here', { skip }, async () => {
  const unit = fc.oneof(
    fc.constantFrom(..."aBß ẞſKKÅåİıΣσςéÉǅﬁѐЀĸ𐐀𞤀'\\%😀"),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => c !== '\0'),
  )
  const texts = fc.array(fc.string({ unit, maxLength: 30 }), { minLength: 1, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      assert.deepEqual(await folded(given), given.map(fold))
    }),
    { numRuns: 40 },
  )
})

const double = fc.double({ noNaN: true, noDefaultInfinity: true })

test('the sum of doubles is the true one, rounded once', { skip }, async () => {
  const extremes = [5e-324, -5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 0.1, 1e15, 1e16, 2 ** 53, -0, 1 / 3]
  const numbers = fc.array(fc.oneof(double, fc.constantFrom(...extremes), fc.integer()), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(numbers, async (given) => {
      const expected = toDouble(given.reduce((sum, x) => sum + toMultiple(x), 0n))
      const sum = one(`SELECT sum(${exactName}(x))::float8::text FROM unnest($1::float8[]) AS x`, [given.map(String)])
      if (Number.isFinite(expected)) assert.equal(Number(await sum) + 0, expected + 0)
      else await assert.rejects(sum, { code: '22003' })
    }),
    { numRuns: 300 },
  )
})

test('a double is told to its last digit', { skip }, async () => {
  await fc.assert(
    fc.asyncProperty(double, async (x) => {
      const told = String(await one(`SELECT ${exactName}($1::float8)::text`, [String(x)]))
      const [whole = '', fraction = ''] = told.replace('-', '').split('.')
      // The value as a multiple of 10^-1074, which is one of 2^-1074 times 5^1074.
      const units = BigInt(whole + fraction.slice(0, 1074).padEnd(1074, '0'))
      assert.equal(/[1-9]/.test(fraction.slice(1074)), false)
      const multiple = toMultiple(x)
      assert.equal(units, (multiple < 0n ? -multiple : multiple) * 5n ** 1074n)
    }),
    { numRuns: 100 },
  )
})
