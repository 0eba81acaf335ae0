/** Runs a program on engines and holds every answer and every table against the reference. In charge of the comparison only. */
import { isDeepStrictEqual } from 'node:util'
import type { World } from '../../../src/engine/world.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import type { Value } from '../../../src/schema/entity.ts'
import type { Tables } from '../reference/logic.ts'
import { answerTo, Ground, Refusal } from '../reference/reference.ts'
import { type Backend, type Lab, openLab } from './lab.ts'
import { type CallSpec, type Program, principals } from './spec.ts'
import { type Answered, answered } from './transcript.ts'
import { now } from './values.ts'

export interface Difference {
  readonly what: string
  readonly call: CallSpec | undefined
  readonly expected: unknown
  readonly actual: unknown
}

/** How often calls of the programs so far were answered and refused, so that a test can tell that it asked anything. */
export class Tally {
  readonly counts = new Map<string, number>()
  get calls(): number {
    return [...this.counts.values()].reduce((sum, n) => sum + n, 0)
  }
  add(call: CallSpec, answer: Answered): void {
    const id = `${call.method} ${'error' in answer ? answer.error.name : 'ok'}`
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1)
  }
}

/** Equal for differences of one kind, so that a failing program is not made small by turning it into another failure. */
export const kindOf = ({ what, call, expected, actual }: Difference): string =>
  [
    what,
    call?.method,
    (expected as Partial<Expected>).result === undefined ? (expected as Partial<Expected>).codes?.join() : 'result',
    (actual as { error?: { name: string } }).error?.name ?? 'result',
  ].join(' / ')

/** The first difference, or undefined. `spoil` makes the engines leak on purpose. */
export async function judge(
  program: Program,
  backends: readonly Backend[],
  tally = new Tally(),
  spoil?: (world: World) => void,
): Promise<Difference | undefined> {
  const labs: Lab[] = []
  try {
    for (const backend of backends) labs.push(await openLab(program, backend, spoil))
    const [first] = labs as [Lab]
    const ground = new Ground(
      first.schema,
      program.entities.flatMap((e) => e.acl.rules),
      await first.dump(),
      now,
    )
    for (const call of program.calls) {
      const found = await judgeCall(call, labs, backends, ground, tally)
      if (found !== undefined) return found
    }
    for (const [i, lab] of labs.entries()) {
      const found = await judgeTables(undefined, lab, backends[i] as string, ground.tables, false)
      if (found !== undefined) return found
    }
    return undefined
  } finally {
    for (const lab of labs) await lab.close()
  }
}

async function judgeTables(call: CallSpec | undefined, lab: Lab, name: string, expected: Tables, failed: boolean): Promise<Difference | undefined> {
  const [tables, wanted] = [plainTables(await lab.dump()), plainTables(expected)]
  if (isDeepStrictEqual(tables, wanted)) return undefined
  return { what: failed ? `${name} refused, and yet wrote` : `${name} wrote otherwise than the reference`, call, expected: wanted, actual: tables }
}

async function judgeCall(
  call: CallSpec,
  labs: readonly Lab[],
  backends: readonly Backend[],
  ground: Ground,
  tally: Tally,
): Promise<Difference | undefined> {
  const before = ground.tables
  ground.perhaps.clear()
  const expected = referred(ground, call)
  let first: Answered | undefined
  for (const [i, lab] of labs.entries()) {
    const name = backends[i] as string
    const actual = await answered(call, lab.send)
    if (first !== undefined && !isDeepStrictEqual(comparable(call, actual), comparable(call, first)))
      return { what: `${name} answers otherwise than ${backends[0]}`, call, expected: first, actual }
    if (first === undefined) {
      first = actual
      tally.add(call, actual)
      if (!agrees(expected, actual)) return { what: `${name} answers otherwise than the reference`, call, expected, actual }
    }
    const failed = 'error' in actual
    // Where no statement could have written, and none had to, the tables are what they were: looking at them all takes as long as all the rest.
    if (!lab.wrote() && (failed || ground.tables === before)) continue
    const found = await judgeTables(call, lab, name, failed ? before : ground.tables, failed)
    if (found !== undefined) return found
  }
  if (first !== undefined && 'error' in first) ground.tables = before
  return undefined
}

/** Where rows of a bulk update break several unique keys at once, backends find them in an order of their own, and name the first. */
function comparable(call: CallSpec, answer: Answered): Answered {
  if (!JSON.stringify(call).includes('"updateMany"')) return answer
  if (!('error' in answer) || answer.error.name !== 'CONFLICT') return answer
  const { fields: _, ...details } = (answer.error['details'] ?? {}) as { readonly [name: string]: unknown }
  return { error: { ...answer.error, details } }
}

type Expected = { readonly result?: Value; readonly codes: readonly string[] }

function referred(ground: Ground, call: CallSpec): Expected {
  try {
    const result = plain(answerTo(ground, principals[call.who] as Principal, call))
    return { result, codes: [...ground.perhaps] }
  } catch (error) {
    if (error instanceof Refusal) return { codes: [...error.codes, ...ground.perhaps] }
    throw error
  }
}

/** JSON without the order of members, and without the length of cursors. */
const plain = (value: unknown): Value =>
  JSON.parse(JSON.stringify(value, (name, inner) => (name === 'nextCursor' && typeof inner === 'string' ? 'cursor' : inner)))

function agrees(expected: Expected, actual: Answered): boolean {
  if ('error' in actual) return expected.codes.includes(actual.error.name)
  return expected.result !== undefined && isDeepStrictEqual(plain(actual.result), expected.result)
}

/** Rows by the text of their content, in no order. */
const plainTables = (tables: Tables): Value =>
  Object.fromEntries(
    [...tables].map(([name, rows]) => [
      name,
      rows.map((row) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))).toSorted(),
    ]),
  )
