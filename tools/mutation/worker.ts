/** A warm process that runs probes over and over, each time with one mistake turned on. In charge of running; which, and what it means, is the parent's matter. */
import { caseProbes } from './probes/cases.ts'
import { fileProbes } from './probes/files.ts'
import { oracleProbes } from './probes/oracles.ts'
import { placeProbe } from './probes/places.ts'
import type { Probe } from './probes/probe.ts'
import { reachedAtStart, record, turnOn } from './switches.ts'

/** What a probe does without a mistake. Tests that fail have no `reached`; those that are skipped have no name either. */
export interface Baseline {
  readonly load: { readonly ms: number; readonly reached: readonly number[] }
  readonly tests: readonly { readonly name: string | undefined; readonly ms: number; readonly reached?: readonly number[] }[]
  /** Reached in the first run of a process only: worked out once and kept. */
  readonly once: readonly number[]
}

export type Asked =
  | { readonly kind: 'names' }
  | { readonly kind: 'baseline'; readonly probe: string }
  /** `mutant` -1: none, or the one that the process began with. */
  | { readonly kind: 'run'; readonly probe: string; readonly mutant: number; readonly tests: readonly number[] }

export type Told =
  | { readonly names: readonly string[]; readonly atStart: readonly number[] }
  | { readonly baseline: Baseline }
  | { readonly failed: string | undefined; readonly test?: string }

/** Whatever nobody has waited for: of the run that is going on. */
let loose: unknown
process.on('uncaughtException', (error) => (loose ??= error ?? 'nothing was thrown'))
process.on('unhandledRejection', (error) => (loose ??= error ?? 'nothing was thrown'))
// Thousands of refusals are asked for; where each was made is of no interest.
Error.stackTraceLimit = 3

const probes = new Map<string, Probe>([...fileProbes(), ...caseProbes(), placeProbe(), ...oracleProbes()].map((probe) => [probe.name, probe]))

async function guarded(body: () => Promise<void>): Promise<void> {
  loose = undefined
  await body()
  if (loose !== undefined) throw loose
}

type Test = Baseline['tests'][number]

/** Once through all tests; those of `broken` are left out, and those that fail are added to it. */
async function through(probe: Probe, broken: Set<number>): Promise<Omit<Baseline, 'once'>> {
  const loading = record()
  const started = performance.now()
  const gathered = await probe.gather()
  const tests: Test[] = gathered.names.map((name) => ({ name, ms: 0 }))
  // What is prepared before the first test belongs to all of them.
  let load: Baseline['load'] | undefined
  const loaded = () => ({ ms: performance.now() - started, reached: loading.taken() })
  await gathered.run(
    (i) => !broken.has(i),
    async (i, body) => {
      load ??= loaded()
      const reaching = record()
      const from = performance.now()
      try {
        await guarded(body)
        tests[i] = { name: gathered.names[i], ms: performance.now() - from, reached: reaching.taken() }
      } catch {
        reaching.taken()
        broken.add(i)
      }
    },
  )
  return { load: load ?? loaded(), tests }
}

const longMs = 15_000

async function baselineOf(probe: Probe): Promise<Baseline> {
  const broken = new Set<number>()
  const all = ({ load, tests }: Omit<Baseline, 'once'>): number[] => [...load.reached, ...tests.flatMap(({ reached }) => reached ?? [])]
  const started = performance.now()
  const first = await through(probe, broken)
  // A long one has run so much that what it works out once is a matter of its first tests.
  const second = performance.now() - started > longMs ? first : await through(probe, broken)
  const again = new Set(all(second))
  return { ...second, once: [...new Set(all(first))].filter((number) => !again.has(number)) }
}

async function run(probe: Probe, mutant: number, tests: readonly number[]): Promise<Told> {
  if (mutant >= 0) turnOn(mutant)
  let test: string | undefined
  try {
    const gathered = await probe.gather()
    const wanted = new Set(tests)
    await gathered.run(
      (i) => wanted.has(i),
      async (i, body) => {
        test = gathered.names[i]
        await guarded(body)
      },
    )
    return { failed: undefined }
  } catch (error) {
    return { failed: String(error).slice(0, 200), ...(test === undefined ? {} : { test }) }
  } finally {
    if (mutant >= 0) turnOn(-1)
  }
}

async function answer(asked: Asked): Promise<Told> {
  if (asked.kind === 'names') return { names: [...probes.keys()], atStart: reachedAtStart() }
  const probe = probes.get(asked.probe)
  if (probe === undefined) throw new Error(`There is no probe ${asked.probe}`)
  if (asked.kind === 'run') return run(probe, asked.mutant, asked.tests)
  try {
    return { baseline: await baselineOf(probe) }
  } catch {
    return { baseline: { load: { ms: 0, reached: [] }, tests: [], once: [] } }
  }
}

process.on('message', (asked: Asked) => void answer(asked).then((told) => process.send?.(told)))
process.on('disconnect', () => process.exit(0))
