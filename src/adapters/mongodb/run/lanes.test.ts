/** One at a time in each lane, in the order of coming; whoever waits too long goes without. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lanes } from './lanes.ts'

const long = 60_000

test('one after the other, in order; lanes are apart; nothing is kept of empty ones', async () => {
  const lanes = new Lanes()
  const seen: string[] = []
  const first = await lanes.enter('a', long)
  const others = ['b1', 'b2', 'b3'].map(async (name) => {
    const place = await lanes.enter('a', long)
    seen.push(name)
    // Leaving twice lets nobody in who has no turn.
    place?.leave()
    place?.leave()
  })
  const aside = await lanes.enter('other', 0)
  assert.notEqual(aside, undefined)
  assert.deepEqual(seen, [])
  assert.equal(lanes.busy, 2)
  aside?.leave()
  first?.leave()
  await Promise.all(others)
  assert.deepEqual(seen, ['b1', 'b2', 'b3'])
  assert.equal(lanes.busy, 0)
})

test('who waits too long goes without a place, and the next ones do not wait for it', async () => {
  const lanes = new Lanes()
  const first = await lanes.enter('a', long)
  const impatient = lanes.enter('a', 0)
  const patient = lanes.enter('a', long)
  assert.equal(await impatient, undefined)
  first?.leave()
  const place = await patient
  assert.equal(place?.lane, 'a')
  place?.leave()
  assert.equal(lanes.busy, 0)
})
