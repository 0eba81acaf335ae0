/** Whether anything finds a mistake: which tests reach it, in which order they are asked, and what counts as found. Must not know where results are kept. */
import { Gone, Process } from './process.ts'
import type { Asked, Baseline } from './worker.ts'

/** Without a mistake. */
export interface Baselines {
  readonly probes: ReadonlyMap<string, Baseline>
  /** Places that are reached as the probes load, before any of them runs. */
  readonly atStart: readonly number[]
}

export interface Verdict {
  readonly killed: boolean
  /** The probe and test that found it; or why nothing could. */
  readonly by: string
  readonly ms: number
}

interface Ask {
  readonly probe: string
  readonly tests: readonly number[]
  /** As long as it took without a mistake. */
  readonly ms: number
}

/** Of tests of a probe that are asked at once: the first red one ends the matter, and loading the file again takes its time, too. */
const atOnceMs = 1500
/** A machine with other work takes its time; what takes longer than this many times its own processor time hangs. */
const patience = 60
const leastMs = 30_000

function parts<T extends { readonly ms: number }>(list: readonly T[]): T[][] {
  const found: T[][] = []
  let spent = Number.POSITIVE_INFINITY
  for (const one of list) {
    spent += one.ms
    if (spent > atOnceMs) {
      found.push([])
      spent = one.ms
    }
    found.at(-1)?.push(one)
  }
  return found
}

export class Trials {
  readonly #baselines: Baselines
  readonly #patienceMs: number
  readonly #process = new Process()
  /** Probes that found others in the same file, and how often: they are asked first. */
  readonly #luck = new Map<string, number>()
  /** Tests that fail in a process that is no longer fresh, whatever is planted. */
  readonly #unsteady = new Set<string>()

  readonly #once: ReadonlySet<number>
  readonly #fileOf: (number: number) => string

  /** `patienceMs`: of tests for one mistake, as they take without it; those that are left are not asked. */
  constructor(baselines: Baselines, fileOf: (number: number) => string, patienceMs: number) {
    this.#baselines = baselines
    this.#fileOf = fileOf
    this.#once = new Set([...baselines.atStart, ...[...baselines.probes.values()].flatMap(({ once }) => once)])
    this.#patienceMs = patienceMs
  }

  async try(number: number, file: string): Promise<Verdict> {
    const started = performance.now()
    const { asks, once } = this.#asksOf(number, file)
    const verdict = (killed: boolean, by: string): Verdict => ({ killed, by, ms: Math.round(performance.now() - started) })
    if (asks.length === 0) return verdict(false, 'no test reaches it')
    // What is worked out as files load shows in a process that begins with the mistake, and only there.
    const found = (once ? undefined : await this.#first(this.#process, asks, number)) ?? (once ? await this.#fromStart(asks, number) : undefined)
    if (found === undefined) return verdict(false, `${asks.reduce((sum, { tests }) => sum + tests.length, 0)} tests reach it`)
    this.#luck.set(`${file} ${found.probe}`, (this.#luck.get(`${file} ${found.probe}`) ?? 0) + 1)
    return verdict(true, found.told)
  }

  async #fromStart(asks: readonly Ask[], number: number): Promise<{ readonly probe: string; readonly told: string } | undefined> {
    const process = new Process(number)
    try {
      return await this.#first(process, asks, -1)
    } finally {
      await process.end()
    }
  }

  /** The first of `asks` that is red with the mistake, and green without. */
  async #first(process: Process, asks: readonly Ask[], mutant: number): Promise<{ readonly probe: string; readonly told: string } | undefined> {
    for (const ask of asks) {
      const told = await this.#failure(process, ask, mutant)
      if (told === undefined) continue
      const green = async (): Promise<boolean> => (await this.#failure(this.#process, ask, -1)) === undefined
      if (await green()) return { probe: ask.probe, told }
      // The process may remember what an earlier mistake did in it, or the machine be too busy for anything.
      await this.#process.end()
      if (!(await green())) for (const test of ask.tests) this.#unsteady.add(`${ask.probe} ${test}`)
      else if ((await this.#failure(process, ask, mutant)) !== undefined && (await green())) return { probe: ask.probe, told }
    }
    return undefined
  }

  async #failure(process: Process, { probe, tests, ms }: Ask, mutant: number): Promise<string | undefined> {
    const asked: Asked = { kind: 'run', probe, mutant, tests }
    try {
      const { failed, test } = await process.ask<{ readonly failed: string | undefined; readonly test?: string }>(asked, leastMs + patience * ms)
      return failed === undefined ? undefined : `${probe}: ${test}`
    } catch (error) {
      if (!(error instanceof Gone)) throw error
      return `${probe}: it does not end, or ends the process`
    }
  }

  #asksOf(number: number, file: string): { readonly asks: readonly Ask[]; readonly once: boolean } {
    const asks: (Ask & { readonly order: number })[] = []
    const once = this.#once.has(number)
    // What is worked out as files load is used, as far as can be known, by tests that reach anything else in its file.
    const reaches = once ? (other: number) => this.#fileOf(other) === file : (other: number) => other === number
    for (const [probe, { load, tests }] of this.#baselines.probes) {
      const atLoad = load.reached.some(reaches)
      const reaching = tests.flatMap(({ reached, ms }, i) =>
        reached !== undefined && !this.#unsteady.has(`${probe} ${i}`) && (atLoad || reached.some(reaches)) ? [{ i, ms }] : [],
      )
      reaching.sort((a, b) => a.ms - b.ms)
      const luck = this.#luck.get(`${file} ${probe}`) ?? 0
      for (const part of parts(reaching)) {
        const ms = load.ms + part.reduce((sum, one) => sum + one.ms, 0)
        asks.push({ probe, tests: part.map(({ i }) => i).sort((a, b) => a - b), ms, order: ms / (1 + luck) })
      }
    }
    asks.sort((a, b) => a.order - b.order)
    let spent = 0
    const chosen = asks.filter(({ ms }, i) => {
      spent += ms
      return spent < this.#patienceMs || i < 3
    })
    return { asks: chosen, once }
  }

  end(): Promise<void> {
    return this.#process.end()
  }
}
