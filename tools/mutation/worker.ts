/** A warm process that runs probes over and over, each time with one mistake turned on. In charge of running; which, and what it means, is the parent's matter. */
import { fileProbes } from './probes/files.ts'
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
  | { readonly kind: 'ready' }
  | { readonly kind: 'names' }
  | { readonly kind: 'baseline'; readonly probe: string }
  /** `mutant` -1: none, or the one that the process began with. */
  | { readonly kind: 'run'; readonly probe: string; readonly mutant: number; readonly tests: readonly number[] }

export type Told =
  | { readonly ready: true }
  | { readonly names: readonly string[]; readonly atStart: readonly number[] }
  | { readonly baseline: Baseline }
  | { readonly failed: string | undefined; readonly test?: string }

/** Whatever nobody has waited for: of the run that is going on. */
let loose: unknown
process.on('uncaughtException', (error) => (loose ??= error ?? 'nothing was thrown'))
process.on('unhandledRejection', (error) => (loose ??= error ?? 'nothing was thrown'))
// Thousands of refusals are asked for; where each was made is of no interest.
Error.stackTraceLimit = 3

let probes: ReadonlyMap<string, Probe> = new Map(fileProbes().map((probe) => [probe.name, probe]))

/** Those that are no files load the whole product, which a process that runs one file should not wait for. */
async function loadAll(): Promise<void> {
  const [{ placeProbe }, { oracleProbes }] = await Promise.all([import('./probes/places.ts'), import('./probes/oracles.ts')])
  probes = new Map([...probes.values(), placeProbe(), ...oracleProbes()].map((probe) => [probe.name, probe]))
}

async function probeOf(name: string): Promise<Probe> {
  if (!probes.has(name)) await loadAll()
  const probe = probes.get(name)
  if (probe === undefined) throw new Error(`There is no probe ${name}`)
  return probe
}

async function guarded(body: () => Promise<void>): Promise<void> {
  loose = undefined
  await body()
  if (loose !== undefined) throw loose
}

type Test = Baseline['tests'][number]

/** Of this process, in milliseconds: what a test costs does not depend on who else is using the machine. */
const spent = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Once through all tests; those of `broken` are left out, and those that fail are added to it. */
async function through(probe: Probe, broken: Set<number>): Promise<Omit<Baseline, 'once'>> {
  const loading = record()
  const started = spent()
  const gathered = await probe.gather()
  const tests: Test[] = gathered.names.map((name) => ({ name, ms: 0 }))
  // What is prepared before the first test belongs to all of them.
  let load: Baseline['load'] | undefined
  const loaded = () => ({ ms: spent() - started, reached: loading.taken() })
  await gathered.run(
    (i) => !broken.has(i),
    async (i, body) => {
      load ??= loaded()
      const reaching = record()
      const from = spent()
      try {
        await guarded(body)
        tests[i] = { name: gathered.names[i], ms: spent() - from, reached: reaching.taken() }
      } catch {
        reaching.taken()
        broken.add(i)
      }
    },
  )
  return { load: load ?? loaded(), tests }
}

const longMs = 8_000

async function baselineOf(probe: Probe): Promise<Baseline> {
  const broken = new Set<number>()
  const all = ({ load, tests }: Omit<Baseline, 'once'>): number[] => [...load.reached, ...tests.flatMap(({ reached }) => reached ?? [])]
  const started = spent()
  const first = await through(probe, broken)
  // A long one has run so much that what it works out once is a matter of its first tests.
  const second = spent() - started > longMs ? first : await through(probe, broken)
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
  if (asked.kind === 'ready') return { ready: true }
  if (asked.kind === 'names') {
    await loadAll()
    return { names: [...probes.keys()], atStart: reachedAtStart() }
  }
  const probe = await probeOf(asked.probe)
  if (asked.kind === 'run') return run(probe, asked.mutant, asked.tests)
  try {
    return { baseline: await baselineOf(probe) }
  } catch {
    return { baseline: { load: { ms: 0, reached: [] }, tests: [], once: [] } }
  }
}

process.on('message', (asked: Asked) => void answer(asked).then((told) => process.send?.(told)))
process.on('disconnect', () => process.exit(0))
