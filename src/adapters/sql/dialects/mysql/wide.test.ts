/** The order of the wide form is the order of the numbers, in JavaScript; adapters/mysql/exact.test.ts holds the server's own to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareAcross } from '../../../../schema/across.ts'
import { toWide } from './wide.ts'

const whole = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
const decimal = fc.tuple(whole, fc.integer({ min: 0, max: 38 })).map(([digits, scale]) => {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  return `${digits < 0n ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`
})
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

test('a double beside exact digits', () => {
  fc.assert(
    fc.property(decimal, double, (exact, float) => {
      const [a, b] = [toWide(exact, 38), toWide(String(float), 38)]
      const order = Math.sign(compareAcross({ type: 'decimal' }, exact, { type: 'float' }, float))
      assert.equal(a < b ? -1 : a > b ? 1 : 0, order)
    }),
    { numRuns: 5000 },
  )
})

test('neighbours that differ in the last digit alone', () => {
  for (const [less, more] of [
    ['-0.00000000000000000000000000000000000001', '0'],
    ['0', '5e-324'],
    ['-5e-324', '0'],
    ['9007199254740992', '9007199254740993'],
    ['1e22', '10000000000000000000001'],
    ['-1e300', '-99999999999999999999999999999999999999'],
    ['99999999999999999999999999999999999999', '1e300'],
  ] as const)
    assert.ok(toWide(less, 38) < toWide(more, 38), `${less} ${more}`)
  assert.equal(toWide('1e20', 38), toWide('100000000000000000000.0', 38))
})
