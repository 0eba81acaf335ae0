/** Can two samples of times be told apart? In charge of the arithmetic; must not know what was measured. */

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length % 2 === 1 ? (sorted[Math.floor(half)] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}

/** Kolmogorov and Smirnov: the largest distance between the two distributions, and how likely one at least as large is by chance. */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): { readonly distance: number; readonly p: number } {
  const [x, y] = [a.toSorted((m, n) => m - n), b.toSorted((m, n) => m - n)]
  let [i, j, distance] = [0, 0, 0]
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i] as number, y[j] as number)
    while (i < x.length && x[i] === at) i++
    while (j < y.length && y[j] === at) j++
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length))
  }
  const n = Math.sqrt((x.length * y.length) / (x.length + y.length))
  return { distance, p: tail((n + 0.12 + 0.11 / n) * distance) }
}

/** The series of Kolmogorov's distribution; from a dozen terms on nothing is added. */
function tail(t: number): number {
  if (t < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 12; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * t * t)
  return Math.min(1, Math.max(0, 2 * sum))
}

/**
 * The difference of the medians, and in which part of `rounds` random divisions of all values it is at least as large. `below`: a random
 * whole number below n.
 */
export function permutation(
  a: readonly number[],
  b: readonly number[],
  rounds: number,
  below: (n: number) => number,
): { readonly difference: number; readonly p: number } {
  const difference = median(b) - median(a)
  const all = [...a, ...b]
  let beyond = 0
  for (let round = 0; round < rounds; round++) {
    for (let i = all.length - 1; i > 0; i--) {
      const j = below(i + 1)
      ;[all[i], all[j]] = [all[j] as number, all[i] as number]
    }
    if (Math.abs(median(all.slice(a.length)) - median(all.slice(0, a.length))) >= Math.abs(difference)) beyond++
  }
  // The division that was found is one of those that are possible.
  return { difference, p: (beyond + 1) / (rounds + 1) }
}
