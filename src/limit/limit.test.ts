import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createAttempts } from './attempts.ts'
import { createInFlight } from './in-flight.ts'
import { createTokenBuckets } from './token-bucket.ts'

const virtual = () => {
  const clock = { now: 0, monotonic: () => clock.now }
  return clock
}

describe('token bucket', () => {
  it('gives the burst at once, then tells the seconds until the next token', () => {
    const clock = virtual()
    const buckets = createTokenBuckets({ perMinute: 60, burst: 20, monotonic: clock.monotonic })
    for (let i = 0; i < 20; i++) assert.equal(buckets.take('a', 1), 0)
    assert.equal(buckets.take('a', 1), 1)
    assert.equal(buckets.take('b', 1), 0)
    clock.now += 999
    assert.ok(buckets.take('a', 1) > 0)
    clock.now += 1
    assert.equal(buckets.take('a', 1), 0)
    assert.equal(buckets.take('a', 1), 1)
  })

  it('D1: never gives more than burst + rate × window, whatever the schedule', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 5000 }), items: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        const clock = virtual()
        const buckets = createTokenBuckets({ perMinute: 100, burst: 20, monotonic: clock.monotonic })
        const given: { at: number; items: number }[] = []
        for (const { wait, items } of steps) {
          clock.now += wait
          const told = buckets.take('k', items)
          if (told === 0) given.push({ at: clock.now, items })
          else {
            clock.now += told * 1000
            assert.equal(buckets.take('k', items), 0, 'the wait that was told is enough')
            given.push({ at: clock.now, items })
          }
        }
        for (const [i, first] of given.entries()) {
          let sum = 0
          for (const { at, items } of given.slice(i)) {
            sum += items
            assert.ok(sum <= 20 + ((at - first.at) / 60_000) * 100 + 1e-6)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('lets a batch above the burst in only from a full bucket, and makes it owed', () => {
    const clock = virtual()
    const buckets = createTokenBuckets({ perMinute: 60, burst: 10, monotonic: clock.monotonic })
    assert.equal(buckets.take('a', 30), 0)
    assert.equal(buckets.take('a', 1), 21)
  })

  it('a flood of keys neither grows the map nor forgives a key that is exhausted', () => {
    const clock = virtual()
    const buckets = createTokenBuckets({ perMinute: 60, burst: 2, monotonic: clock.monotonic, maxKeys: 50 })
    buckets.take('victim', 2)
    let refused = 0
    for (let i = 0; i < 5000; i++) if (buckets.take(`flood${i}`, 1) > 0) refused += 1
    assert.ok(buckets.size <= 50)
    assert.ok(refused > 0)
    assert.ok(buckets.take('victim', 1) > 0)
    clock.now += 10_000
    for (let i = 0; i < 500; i++) buckets.take(`later${i}`, 1)
    assert.ok(buckets.size <= 50)
  })
})

describe('attempts', () => {
  it('refuses the sixth within the window, says how long, and lets in again after it', () => {
    const clock = virtual()
    const attempts = createAttempts(clock.monotonic)
    for (let i = 0; i < 5; i++) assert.equal(attempts.take('alice', 5, 300), 0)
    clock.now += 100_000
    assert.equal(attempts.take('alice', 5, 300), 200)
    assert.equal(attempts.take('bob', 5, 300), 0)
    clock.now += 200_000
    assert.equal(attempts.take('alice', 5, 300), 0)
  })

  it('a success clears the count', () => {
    const attempts = createAttempts(virtual().monotonic)
    for (let i = 0; i < 5; i++) attempts.take('alice', 5, 300)
    attempts.clear('alice')
    assert.equal(attempts.take('alice', 5, 300), 0)
  })

  it('a flood of names neither grows the map nor frees a locked one', () => {
    const attempts = createAttempts(virtual().monotonic, 100)
    for (let i = 0; i < 6; i++) attempts.take('alice', 5, 300)
    let refused = 0
    for (let i = 0; i < 1000; i++) if (attempts.take(`n${i}`, 5, 300) > 0) refused += 1
    assert.ok(attempts.size <= 101)
    assert.ok(refused > 800)
    assert.ok(attempts.take('alice', 5, 300) > 0)
  })
})

describe('in flight', () => {
  it('bounds the total and each key, and a place is given back once', () => {
    const inFlight = createInFlight({ total: 3, perKey: 2 })
    const first = inFlight.enter('a')
    assert.ok(first !== undefined)
    assert.ok(inFlight.enter('a') !== undefined)
    assert.equal(inFlight.enter('a'), undefined)
    assert.ok(inFlight.enter('b') !== undefined)
    assert.equal(inFlight.enter('c'), undefined)
    first()
    first()
    assert.equal(inFlight.running, 2)
    assert.ok(inFlight.enter('c') !== undefined)
    assert.equal(inFlight.enter('c'), undefined)
  })
})
