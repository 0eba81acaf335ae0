/** Many random pairs of worlds, one after the other. In charge of stopping at the first that tells; must not know tests. */
import fc from 'fast-check'
import type { Work } from '../apart/apart.ts'
import { Choices, tape } from '../program/choices.ts'
import type { Backend } from '../program/lab.ts'
import { programs } from '../program/program.ts'
import type { Program } from '../program/spec.ts'
import { compareWorlds, type Doors, type Leak, openCouple } from './compare-worlds.ts'
import { Wire } from './wire.ts'
import { asked, isPair, type Pair, pairOf } from './worlds.ts'

export interface Job {
  readonly backend: Backend
  /** Through two daemons, or straight to the engines. */
  readonly wire: boolean
  readonly seed: number
  readonly pairs: number
}

export interface Tried {
  pairs: number
  /** Asked of each world. */
  calls: number
  schemas: number
  /** Pairs in which rows have tenants, and those whose worlds differ in rows of other tenants only. */
  tenants: number
  onlyTenants: number
  /** Reads, updates and deletions of one row: their statements are compared. */
  single: number
}

export interface Done {
  readonly tried: Tried
  readonly failing?: { readonly pair: Pair; readonly leak: Leak }
}

/** Users of both tenants and of none, higher roles, and nobody at all. Each is asked in pairs of its own of one schema. */
const callers = [1, 2, 3, 4, 0, 6]
/** Other worlds for a caller where making databases is dear. */
const variants = (backend: Backend): number => (backend === 'memory' || backend === 'sqlite' ? 1 : 4)
const bases = fc.tuple(fc.array(tape(80), { minLength: 4, maxLength: 4 }), programs({ rows: 20, calls: 16 }, asked, { twoWorlds: true }, [1]))

/** Pairs of one schema. Some callers see all there is, and have no other world. */
function* pairsOf(number: number, backend: Backend): Generator<Pair> {
  const [base] = fc.sample(bases, { seed: number, numRuns: 1 })
  const [tapes, program] = base as [number[][], Program]
  if (program.calls.length === 0) return
  for (const choices of tapes.slice(0, variants(backend))) {
    for (const who of callers) {
      const pair = pairOf({ ...program, calls: program.calls.map((call) => ({ ...call, who })) }, who, new Choices(choices))
      if (isPair(pair)) yield pair
    }
  }
}

/** Daemons for both worlds. They serve one pair of databases after the other. */
export async function openDoors(): Promise<{ readonly doors: Doors; close(): Promise<void> }> {
  const wires = [await Wire.open(), await Wire.open()] as const
  return {
    doors: [(lab) => wires[0].door(lab), (lab) => wires[1].door(lab)],
    close: async () => {
      for (const wire of wires) await wire.close()
    },
  }
}

/** One pair alone. */
export async function tells(pair: Pair, backend: Backend, wire: boolean): Promise<Leak | undefined> {
  if (!wire) return compareWorlds(pair, backend)
  const open = await openDoors()
  try {
    return await compareWorlds(pair, backend, undefined, open.doors)
  } finally {
    await open.close()
  }
}

const otherTenants = ({ rows, other, entities }: Pair): boolean => {
  const own = rows.filter((row) => !other.includes(row))
  const new_ = other.filter((row) => !rows.includes(row))
  const has = (name: string) => entities.find((e) => e.entity === name)?.tenant === true
  return [...own, ...new_].length > 0 && [...own, ...new_].every(({ entity }) => has(entity))
}

export const work: Work<Job, Done> = async ({ backend, wire, seed, pairs }, tell) => {
  const tried: Tried = { pairs: 0, calls: 0, schemas: 0, tenants: 0, onlyTenants: 0, single: 0 }
  const open = wire ? await openDoors() : undefined
  try {
    for (let number = 0; tried.pairs < pairs; number++) {
      const all = [...pairsOf(seed + number, backend)].slice(0, pairs - tried.pairs)
      const [first] = all
      if (first === undefined) continue
      tried.schemas++
      const couple = await openCouple(first, backend, { doors: open?.doors })
      try {
        for (const pair of all) {
          tried.pairs++
          tried.calls += pair.calls.length
          tried.tenants += Number(pair.entities.some((e) => e.tenant === true))
          tried.onlyTenants += Number(otherTenants(pair))
          tried.single += pair.calls.filter(({ method }) => ['read', 'update', 'delete'].includes(method)).length
          if (pairs > 10_000 && tried.pairs % 5_000 === 0) tell(`${tried.pairs} pairs, ${tried.calls} calls`)
          const leak = await couple.compare(pair)
          if (leak !== undefined) return { tried, failing: { pair, leak } }
        }
      } finally {
        await couple.close()
      }
    }
    return { tried }
  } finally {
    await open?.close()
  }
}
