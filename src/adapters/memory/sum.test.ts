/** Sums against rational arithmetic and against every order of the numbers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { averageOf, sumOf } from './sum.ts'

const float = { type: 'float' } as const
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map((value) => value + 0)

test('known sums of doubles', () => {
  for (const [values, sum] of [
    [[0.1, 0.2, 0.3], 0.6],
    [Array(10).fill(0.1), 1],
    [[1e16, 1, -1e16], 1],
    [[1e308, 1e308, -1e308], 1e308],
    [[5e-324, 5e-324], 1e-323],
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 1], 2 ** 53 + 2],
    [[2 ** 53, 1, 5e-324], 2 ** 53 + 2],
    [[-2.5, 2.5], 0],
    [[Number.MAX_VALUE, 2 ** 969], Number.MAX_VALUE],
    [[0], 0],
  ] as const)
    assert.ok(Object.is(sumOf(float, values), sum), `${values}`)
  assert.throws(() => sumOf(float, [Number.MAX_VALUE, 2 ** 970]), { code: 'VALIDATION_ERROR' })
})

test('one double is its own sum, two are as the machine adds them, order never matters', () => {
  fc.assert(
    fc.property(finite, finite, (a, b) => {
      assert.ok(Object.is(sumOf(float, [a]), a))
      assert.ok(Object.is(sumOf(float, [a, b]), a + b + 0))
    }),
  )
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1 }).chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        assert.equal(sumOf(float, list), sumOf(float, shuffled))
      },
    ),
  )
})

test('digits are summed exactly and keep their scale', () => {
  const money = { type: 'decimal', precision: 10, scale: 2 } as const
  assert.equal(sumOf(money, ['0.10', '0.20', '-0.35']), '-0.05')
  assert.equal(sumOf(money, ['99999999.99', '0.01']), '100000000.00')
  assert.equal(sumOf({ type: 'decimal', precision: 5 }, ['12', '-12']), '0')
  assert.equal(sumOf({ type: 'bigint' }, ['9223372036854775807', '1']), '9223372036854775808')
  assert.equal(sumOf({ type: 'integer' }, [2147483647, 2147483647]), 4294967294)
  assert.equal(averageOf(money, ['0.10', '0.20']), 0.3 / 2)
  assert.equal(averageOf({ type: 'integer' }, [1, 2]), 1.5)
})
