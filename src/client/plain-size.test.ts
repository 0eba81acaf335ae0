import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { checkSize } from './plain.ts'

const most = 1024 * 1024 - 16 * 1024
/** JSON of `["…"]` has four bytes around the text. */
const around = 4

test('the last byte that fits and the first that does not, whatever the characters', () => {
  for (const [character, bytes] of [
    ['x', 1],
    ['é', 2],
    ['€', 3],
    ['\u0000', 6],
  ] as const) {
    const fitting = Math.floor((most - around) / bytes)
    checkSize([character.repeat(fitting)])
    assert.throws(
      () => checkSize([character.repeat(fitting + 1)]),
      (error) => error instanceof DBALError && error.details.fields?.[0]?.field === 'params',
    )
  }
})

test('names, lists and what stands within each other count', () => {
  checkSize([{ a: Array.from({ length: 1000 }, (_, i) => ({ [`name${i}`]: [i, null, true, 'x'.repeat(900)] })) }])
  assert.throws(
    () => checkSize([{ a: Array.from({ length: 1000 }, (_, i) => ({ [`name${i}`.repeat(120)]: [i, null, true, 'x'.repeat(500)] })) }]),
    DBALError,
  )
  assert.throws(() => checkSize(Array.from({ length: 700_000 }, () => 1)), DBALError)
  checkSize(Array.from({ length: 500_000 }, () => 1))
})
