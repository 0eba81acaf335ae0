/** Measures and prints: repeated rounds, the median of them, ratios within one run. Knows no product. */
import { cpus } from 'node:os'
import { DatabaseSync } from 'node:sqlite'

export interface Measured {
  /** Microseconds per operation, median over rounds. */
  readonly micros: number
  /** Operations a second, as one caller or as many as `callers` says. */
  readonly perSecond: number
}

/** How long a run takes. */
export interface Pace {
  readonly roundMs: number
  readonly rounds: number
  readonly burstMs: number
}

const rounds = 7
const warmUpMs = 300

/** One caller, one operation after another, for `roundMs` in each round. */
export async function serial(work: (i: number) => unknown, roundMs = 300): Promise<Measured> {
  let i = 0
  const spin = async (ms: number): Promise<number> => {
    const end = performance.now() + ms
    const from = i
    const started = performance.now()
    while (performance.now() < end) {
      for (let n = 0; n < 8; n++) {
        const result = work(i++)
        if (result instanceof Promise) await result
      }
    }
    return ((performance.now() - started) * 1000) / (i - from)
  }
  await spin(warmUpMs)
  const micros: number[] = []
  for (let round = 0; round < rounds; round++) micros.push(await spin(roundMs))
  return of(median(micros), 1)
}

/** `callers` loops at once, for `roundMs` in each round. */
export async function concurrent(callers: number, work: (i: number) => Promise<unknown>, roundMs = 1000): Promise<Measured> {
  let i = 0
  const spin = async (ms: number): Promise<number> => {
    const end = performance.now() + ms
    const from = i
    const started = performance.now()
    const loop = async () => {
      while (performance.now() < end) await work(i++)
    }
    await Promise.all(Array.from({ length: callers }, loop))
    return ((performance.now() - started) * 1000) / (i - from)
  }
  await spin(warmUpMs)
  const micros: number[] = []
  for (let round = 0; round < 5; round++) micros.push(await spin(roundMs))
  return of(median(micros), 1)
}

/** Those who are compared, and what it takes of each. */
export interface Race {
  readonly callers: number
  readonly pace: Pace
  /** After each one's turn, outside of the time. */
  readonly after?: () => Promise<unknown>
}

/** The median of a contender's rounds, and of its shares of the first one's throughput in the same round. */
export interface Placed extends Measured {
  readonly share: number
}

/**
 * Every contender in every round, one after the other, so that what else the machine does meets all of them alike. The order turns
 * from round to round: nobody always comes behind the same one.
 */
export async function inTurn(works: readonly ((i: number) => Promise<unknown>)[], { callers, pace, after }: Race): Promise<Placed[]> {
  const micros = works.map((): number[] => [])
  const counts = works.map(() => 0)
  const spin = async (at: number, ms: number): Promise<number> => {
    const work = works[at] as (i: number) => Promise<unknown>
    const from = counts[at] as number
    let i = from
    const started = performance.now()
    const end = started + ms
    const loop = async () => {
      do await work(i++)
      while (performance.now() < end)
    }
    await Promise.all(Array.from({ length: callers }, loop))
    const spent = (performance.now() - started) * 1000
    counts[at] = i
    await after?.()
    return spent / (i - from)
  }
  for (const at of works.keys()) await spin(at, pace.roundMs)
  for (let round = 0; round < pace.rounds; round++)
    for (let turn = 0; turn < works.length; turn++) {
      const at = (round + turn) % works.length
      micros[at]?.push(await spin(at, pace.roundMs))
    }
  const [first = []] = micros
  return micros.map((each) => {
    const middle = median(each)
    return { micros: middle, perSecond: 1e6 / middle, share: median(each.map((value, round) => (first[round] as number) / value)) }
  })
}

export const fixed = (n: number): string => (n >= 100 ? n.toFixed(0) : n.toFixed(1))

const of = (micros: number, callers: number): Measured => ({ micros, perSecond: (1e6 / micros) * callers })

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

export function machine(): string {
  const [cpu] = cpus()
  const version = new DatabaseSync(':memory:').prepare('SELECT sqlite_version() AS v').get() as { v: string }
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, SQLite ${version.v}, ${process.platform} ${process.arch}`
}
