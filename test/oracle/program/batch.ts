/** Many random programs, one after the other. In charge of stopping at the first that shows a difference; must not know tests. */
import fc from 'fast-check'
import type { Work } from '../apart/apart.ts'
import { type Difference, judge, Tally } from './judge.ts'
import type { Backend } from './lab.ts'
import { programs, type Size } from './program.ts'
import type { Program } from './spec.ts'

export interface Job {
  readonly backend: Backend
  readonly seed: number
  readonly programs: number
  readonly size: Size
}

export interface Done {
  readonly programs: number
  readonly calls: number
  /** How often a method was answered, or refused and with what. */
  readonly counts: ReadonlyMap<string, number>
  readonly failing?: { readonly program: Program; readonly found: Difference; readonly backends: readonly Backend[] }
}

/** Programs made from one seed; a long run tells after each portion how far it is. */
const atOnce = 1_000

/** Every other program is asked of memory too, which shows the wording and details of errors; the reference knows only their names. */
const asked = (backend: Backend, number: number): readonly Backend[] => (backend === 'memory' || number % 2 === 1 ? [backend] : ['memory', backend])

export const work: Work<Job, Done> = async ({ backend, seed, programs: wanted, size }, tell) => {
  const tally = new Tally()
  let failing: Done['failing']
  let tried = 0
  while (tried < wanted && failing === undefined) {
    const first = tried
    // fast-check only finds the failure: taking parts away from a program's plain data leads to a small one sooner than shrinking its tapes.
    const details = await fc.check(
      fc.asyncProperty(programs(size), async (program) => {
        const backends = asked(backend, tried++)
        const found = await judge(program, backends, tally)
        if (found !== undefined) failing = { program, found, backends }
        return found === undefined
      }),
      { seed: seed + first, numRuns: Math.min(atOnce, wanted - first), endOnFailure: true },
    )
    if (details.failed && failing === undefined) throw details.errorInstance
    if (wanted > atOnce) tell(`${tried} programs, ${tally.calls} calls`)
  }
  return { programs: tried, calls: tally.calls, counts: tally.counts, ...(failing === undefined ? {} : { failing }) }
}
