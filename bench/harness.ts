/** Measures and prints: repeated rounds, the median of them, ratios within one run. Knows no product. */
import { cpus } from 'node:os'
import { DatabaseSync } from 'node:sqlite'

export interface Measured {
  /** Microseconds per operation, median over rounds. */
  readonly micros: number
  /** Operations a second, as one caller or as many as `callers` says. */
  readonly perSecond: number
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
