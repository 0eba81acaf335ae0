/** Decimal forms keep values and order, for every value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareDigits } from '../../../../schema/value/number.ts'
import { fromScaled, fromSortable, fromWide, plainDigits, toScaled, toSortable, toWide } from './decimal.ts'

const scale = 7
const decimal = fc.oneof(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.bigInt({ min: -99n, max: 99n })).map((n) => fromScaled(n, scale))
const sign = (n: number): number => Math.sign(n)
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

test('every form gives back what it was given', () => {
  fc.assert(
    fc.property(decimal, (value) => {
      assert.equal(fromScaled(toScaled(value, scale), scale), value)
      assert.equal(fromSortable(toSortable(value, 38, scale), scale), value)
      assert.equal(fromWide(toWide(value), scale), value)
    }),
  )
})

test('sortable and wide texts are in the order of the numbers, wide ones at any scale', () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const expected = sign(compareDigits(a, b))
      assert.equal(order(toSortable(a, 38, scale), toSortable(b, 38, scale)), expected)
      assert.equal(order(toWide(a), toWide(`${b}000`)), expected)
    }),
  )
  fc.assert(
    fc.property(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }), (a, b) => {
      assert.equal(order(toWide(a), toWide(plainDigits(b))), sign(compareDigits(a, plainDigits(b + 0))))
    }),
  )
})

test('more digits than the scale are refused', () => {
  assert.throws(() => toScaled('1.001', 2), RangeError)
  assert.equal(toScaled('1.000', 2), 100n)
})
