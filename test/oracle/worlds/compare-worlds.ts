/** Runs one caller's calls in both worlds of a pair and tells where they differ. Must not know how pairs are made. */
import type { World } from '../../../src/engine/world.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { type Backend, type Lab, openLab } from '../program/lab.ts'
import type { CallSpec } from '../program/spec.ts'
import { type Answered, answered, type Entry, type Send } from '../program/transcript.ts'
import type { Pair } from './worlds.ts'

export interface Leak {
  readonly call: CallSpec
  readonly here: Answered
  readonly there: Answered
  /** Of a point read: what each world ran in its database. */
  readonly statements: readonly unknown[]
}

const generated = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

/** Answers in which ids and times that the engine made are replaced by the order in which they first appear. */
function named(entries: readonly Entry[], made: (text: string) => boolean): readonly Entry[] {
  const names = new Map<string, string>()
  const name = (text: string): string => {
    if (!made(text)) return text
    const known = names.get(text) ?? `generated ${names.size + 1}`
    names.set(text, known)
    return known
  }
  return JSON.parse(
    JSON.stringify(entries, (_, value: Value) => (typeof value === 'string' ? value.replace(generated, name) : value)),
  ) as readonly Entry[]
}

interface Traced {
  readonly entries: readonly Entry[]
  /** By call, what a call about one row ran: an absent row must take what an invisible one takes, and so the same class of time. */
  readonly statements: readonly string[]
}

const single: ReadonlySet<string> = new Set(['read', 'update', 'delete'])

async function traced(calls: readonly CallSpec[], lab: Lab, door: Send): Promise<Traced> {
  const statements: string[] = []
  const entries: Entry[] = []
  for (const call of calls) {
    lab.statements()
    entries.push({ call, answer: await answered(call, door) })
    statements.push(single.has(call.method) ? lab.statements() : '')
  }
  // Times of these programs come from rows and from a clock that stands still: they must be equal as they are.
  return { entries: named(entries, (text) => !text.includes('T')), statements }
}

/** The two databases of a schema's pairs. Making them is most of the work, so they are filled anew for each pair. */
export interface Couple {
  /** The first call that is answered otherwise in the other world. */
  compare(pair: Pair): Promise<Leak | undefined>
  close(): Promise<void>
}

/** `doors`: what stands between a caller and each lab, instead of nothing. */
export async function openCouple(
  program: Pick<Pair, 'entities'>,
  backend: Backend,
  { spoil, doors }: { readonly spoil?: ((world: World) => void) | undefined; readonly doors?: Doors | undefined } = {},
): Promise<Couple> {
  const labs: Lab[] = []
  const close = async (): Promise<void> => {
    for (const lab of labs) await lab.close()
  }
  try {
    for (const _ of [1, 2]) labs.push(await openLab({ entities: program.entities, rows: [] }, backend, spoil))
  } catch (error) {
    await close()
    throw error
  }
  return {
    close,
    compare: async (pair) => {
      await labs[0]?.refill(pair.rows)
      await labs[1]?.refill(pair.other, pair.touched)
      const traces = await Promise.all(labs.map((lab, i) => traced(pair.calls, lab, doors?.[i]?.(lab) ?? lab.send)))
      return difference(...(traces as [Traced, Traced]))
    },
  }
}

export type Doors = readonly [Door, Door]
export type Door = (lab: Lab) => Send

function difference(first: Traced, second: Traced): Leak | undefined {
  const [here, there] = [first.entries, second.entries]
  // As texts: the order of members may tell, too.
  const same = (i: number): boolean =>
    JSON.stringify(here[i]?.answer) === JSON.stringify(there[i]?.answer) && first.statements[i] === second.statements[i]
  const at = here.findIndex((_, i) => !same(i))
  const [a, b] = [here[at], there[at]]
  if (a === undefined || b === undefined) return undefined
  return { call: a.call, here: a.answer, there: b.answer, statements: [first.statements[at], second.statements[at]] }
}

/** The same of one pair alone. */
export async function compareWorlds(pair: Pair, backend: Backend, spoil?: (world: World) => void, doors?: Doors): Promise<Leak | undefined> {
  const couple = await openCouple(pair, backend, { spoil, doors })
  try {
    return await couple.compare(pair)
  } finally {
    await couple.close()
  }
}
