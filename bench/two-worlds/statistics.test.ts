/** The arithmetic finds what is there and nothing else, on samples that are known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kolmogorovSmirnov, median, permutation } from './statistics.ts'

/** Numbers that look random and are the same every time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647
    yield state / 2_147_483_647
  }
}
const sample = (seed: number, length: number): number[] => numbers(seed).take(length).toArray()
const below = (seed: number) => {
  const source = numbers(seed)
  return (n: number): number => Math.floor((source.next().value as number) * n)
}

test('medians', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
})

test('a known distance and its tables: 1.358 is the 5 % point, 1.628 the 1 % point', () => {
  assert.equal(kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]).distance, 0.5)
  assert.equal(kolmogorovSmirnov([1, 1, 1], [1, 1, 1]).p, 1)
  const length = 200_000
  const n = Math.sqrt(length / 2)
  for (const [point, p] of [
    [1.358, 0.05],
    [1.628, 0.01],
  ] as const) {
    const apart = Math.round((point / n) * length)
    const a = Array.from({ length }, (_, i) => i)
    const found = kolmogorovSmirnov(
      a,
      a.map((i) => i + apart),
    )
    assert.ok(Math.abs(found.p - p) < p / 10, `${found.p}`)
  }
})

test('samples of one kind are not told apart, shifted ones are', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const [a, b] = [sample(seed * 7919, 500), sample(seed * 104_729, 500)]
    assert.ok(kolmogorovSmirnov(a, b).p > 0.001, `seed ${seed}`)
    assert.ok(permutation(a, b, 200, below(seed)).p > 0.004, `seed ${seed}`)
    const shifted = b.map((n) => n + 0.2)
    assert.ok(kolmogorovSmirnov(a, shifted).p < 1e-6, `seed ${seed}`)
    assert.ok(permutation(a, shifted, 200, below(seed)).p < 0.005, `seed ${seed}`)
  }
})
