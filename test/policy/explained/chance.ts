/** Chance that can be had again: mulberry32 from a seed. Must not know what it is for. */
export interface Chance {
  /** A whole number from 0 to below `n`. */
  below(n: number): number
  pick<T>(list: readonly T[]): T
  some<T>(list: readonly T[]): T[]
}

export function chanceOf(seed: number): Chance {
  let state = seed | 0
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n) | 0
  }
  return { below, pick: (list) => list[below(list.length)] as (typeof list)[number], some: (list) => list.filter(() => below(2) === 0) }
}
