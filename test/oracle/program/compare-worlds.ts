/** Runs one caller's calls in both worlds of a pair and tells where they differ. Must not know how pairs are made. */
import { isDeepStrictEqual } from 'node:util'
import type { World } from '../../../src/engine/world.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { type Backend, type Lab, openLab } from './lab.ts'
import type { CallSpec } from './spec.ts'
import { type Answered, answered, type Entry, type Send } from './transcript.ts'
import type { Pair } from './worlds.ts'

export interface Leak {
  readonly call: CallSpec
  readonly here: Answered
  readonly there: Answered
  /** Of a point read: what each world ran in its database. */
  readonly statements: readonly unknown[]
}

const generated = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

/** The answers to all calls by any door. Ids and times that the engine made are replaced by the order in which they first appear. */
export async function transcript(calls: readonly CallSpec[], send: Send, made: (text: string) => boolean = () => true): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const call of calls) entries.push({ call, answer: await answered(call, send) })
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
  /** By call, what a read of one row ran: an absent row must take what an invisible one takes, and so the same class of time. */
  readonly statements: readonly string[]
}

async function traced(calls: readonly CallSpec[], lab: Lab): Promise<Traced> {
  const statements: string[] = []
  for (const call of calls) statements.push(call.method === 'read' ? 'read' : '')
  let at = -1
  const send: Send = async (...asked) => {
    lab.statements()
    const reply = await lab.send(...asked)
    // Of a list that is followed by cursor each page is one call here.
    if (asked[0] === 'read') {
      at = statements.indexOf('read', at + 1)
      statements[at] = `ran ${lab.statements()}`
    }
    return reply
  }
  // Times of these programs come from rows and from a clock that stands still: they must be equal as they are.
  return { entries: await transcript(calls, send, (text) => !text.includes('T')), statements }
}

/** The first call that is answered otherwise in the other world. */
export async function compareWorlds(pair: Pair, backend: Backend, spoil?: (world: World) => void): Promise<Leak | undefined> {
  const labs: Lab[] = []
  try {
    labs.push(await openLab(pair, backend, spoil))
    labs.push(await openLab({ ...pair, rows: pair.other }, backend, spoil, pair.touched))
    const [first, second] = (await Promise.all(labs.map((lab) => traced(pair.calls, lab)))) as [Traced, Traced]
    const [here, there] = [first.entries, second.entries]
    const same = (i: number): boolean => isDeepStrictEqual(here[i]?.answer, there[i]?.answer) && first.statements[i] === second.statements[i]
    const at = here.findIndex((_, i) => !same(i))
    const [a, b] = [here[at], there[at]]
    return a === undefined || b === undefined
      ? undefined
      : { call: a.call, here: a.answer, there: b.answer, statements: [first.statements[at], second.statements[at]] }
  } finally {
    for (const lab of labs) await lab.close()
  }
}
