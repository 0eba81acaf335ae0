/** Creates rows: one statement for all of them, checks asked of all in one more. In charge of which permit serves which row. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError, invalid } from '../../errors/error.ts'
import type { CreatePlan, ForeknownPlan, PermitGroup, Plan } from '../../policy/plan/plan.ts'
import type { Predicate } from '../../query/ast.ts'
import { bindRow } from '../../query/bind.ts'
import type { Field, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Member, Row } from '../shape.ts'
import { clashing } from './clash.ts'
import { refusing } from './conflict.ts'
import { aboutNew, rulesFirst } from './foreknow.ts'
import { mayHold } from './foresee.ts'
import { checkReferences, type References } from './references.ts'
import { type Sequences, wholeRow } from './rows.ts'
import { checkScripts } from './scripts.ts'
import { keyText, outside, shown, type Verified, verifyRows } from './verify.ts'

/** Rows in one call, so that checks and statements stay bounded (contract: a batch of 100 is ordinary; security.md I9 bounds width). */
const maxRows = 10_000
const mostComplaints = 100

interface Item {
  readonly data: ReadonlyMap<string, Value>
  readonly path: string
  /** Groups of permits whose rule lets the caller write all that it gave, each with those permits. */
  readonly choices: readonly { readonly group: PermitGroup; readonly permits: readonly number[] }[]
}

export async function createOne(plan: CreatePlan, raw: unknown, path: string, params: readonly Value[], running: Running): Promise<Value> {
  const items = [itemOf(plan, raw, path)]
  return (await create(plan, items, params, running, true))[0] as Member
}

/** Count of the rows, or the rows as the caller may read them. All or nothing. */
export async function createMany(plan: Extract<Plan, { kind: 'createMany' }>, params: readonly Value[], running: Running): Promise<Value> {
  const raw = params[plan.items]
  if (!Array.isArray(raw)) throw invalid({ field: plan.path, error: 'Expected a list of rows' })
  if (raw.length > maxRows) throw invalid({ field: plan.path, error: `At most ${maxRows} rows in one call; send several` })
  if (raw.length === 0) return plan.returning ? [] : 0
  const complaints: { field: string; error: string }[] = []
  const items: Item[] = []
  let refused: DBALError | undefined
  raw.forEach((item: Value, i) => {
    try {
      items.push(itemOf(plan.create, item, `${plan.path}[${i}]`))
    } catch (error) {
      // An incident is not one complaint among others.
      if (!(error instanceof DBALError) || error.code === 'MALICIOUS_CODE_DETECTED') throw error
      if (error.details.fields === undefined) refused ??= error
      else if (complaints.length < mostComplaints) complaints.push(...error.details.fields)
    }
  })
  // What is wrong with any row comes before what no rule permits of another, as it does within one row.
  if (complaints.length > 0) throw invalid(...complaints)
  if (refused !== undefined) throw refused
  const rows = await create(plan.create, items, params, running, plan.returning)
  return plan.returning ? rows : items.length
}

/** The values of a new row. Throws VALIDATION_ERROR for fields that are unknown, not writable or missing, and for values that do not fit. */
export function checkItem(plan: CreatePlan, raw: unknown, path: string): ReadonlyMap<string, Value> {
  const preset = (field: Field) => plan.permits.some((permit) => permit.presets.has(field.name))
  const required = (field: Field) => field.required && field.default === undefined && !preset(field)
  const { row } = bindRow(plan.entity, plan.writable, plan.readable, required, raw, path)
  // What a rule puts in is not known yet; the whole row is asked once more.
  checkScripts(plan.entity, (name) => row.get(name) ?? givenBy(plan, name, preset), path)
  return row
}

/** What a field has that the caller did not give. */
function givenBy({ entity }: CreatePlan, name: string, preset: (field: Field) => boolean): Value | undefined {
  const field = entity.fields.get(name)
  return field === undefined || preset(field) ? undefined : (field.default ?? null)
}

function itemOf(plan: CreatePlan, raw: unknown, path: string): Item {
  const row = checkItem(plan, raw, path)
  const names = [...row.keys()]
  const serves = (i: number) => names.every((name) => plan.permits[i]?.writable.has(name) === true)
  const choices = plan.groups.map((group) => ({ group, permits: group.permits.filter(serves) })).filter((choice) => choice.permits.length > 0)
  if (choices.length === 0) throw outside(plan.entity.name, 'create')
  return { data: row, path, choices }
}

function create(plan: CreatePlan, items: readonly Item[], params: readonly Value[], running: Running, answer: boolean): Promise<Member[]> {
  // One statement alone is safe only where nothing is asked of the rows afterwards: every permit serves every row, and one always holds.
  const alone =
    plan.groups.length === 1 && items.every((item) => item.choices.length === 1 && item.choices[0]?.permits.length === plan.permits.length)
  const simple = alone && plan.verify.trivial && plan.sequences.length === 0 && plan.references.every((r) => r.trivial)
  const work = (inside: Running) => refusing(plan.entity, inside, () => attempts(plan, items, params, inside, answer))
  return simple ? work(running) : running.atomically('write', work)
}

/** Tries each row under its first choice; rows that fail go on to their next one, all the others stay. */
async function attempts(plan: CreatePlan, items: readonly Item[], params: readonly Value[], running: Running, answer: boolean): Promise<Member[]> {
  const sequences = await startSequences(plan, params, running)
  await checkReferences(plan.references, referencesOf(plan, items), params, running, false)
  const chosen = items.map(() => 0)
  for (;;) {
    // Each try counts on from the same numbers: a rule that refused a row leaves no gap.
    const failed = await attempt(plan, items, chosen, params, running, new Map(sequences), answer)
    if ('rows' in failed) return failed.rows
    for (const i of failed) {
      chosen[i] = (chosen[i] as number) + 1
      if ((chosen[i] as number) >= (items[i] as Item).choices.length) throw outside(plan.entity.name, 'create')
    }
  }
}

class Refused extends Error {
  readonly failed: readonly number[]
  constructor(failed: readonly number[]) {
    super('refused')
    this.failed = failed
  }
}

/** The rows, or the indexes of those that their chosen permits refuse (and then nothing is written). */
async function attempt(
  plan: CreatePlan,
  items: readonly Item[],
  chosen: readonly number[],
  params: readonly Value[],
  running: Running,
  sequences: Sequences,
  answer: boolean,
): Promise<{ rows: Member[] } | readonly number[]> {
  const choice = (i: number) => (items[i] as Item).choices[chosen[i] as number] as Item['choices'][number]
  const incomplete: number[] = []
  const rows = items.map((item, i): Row => {
    try {
      return wholeRow(plan.entity, item.data, choice(i).group.presets, item.path, running, new Map(sequences.size > 0 ? advance(sequences) : []))
    } catch (error) {
      // A rule whose presets leave a field empty (a session without that value) does not serve this row; another one may.
      if ((chosen[i] as number) + 1 >= item.choices.length) throw lacking(plan, item, error)
      incomplete.push(i)
      return []
    }
  })
  if (incomplete.length > 0) return incomplete
  rows.forEach((row, i) => {
    checkScripts(plan.entity, (name) => row[plan.insert.fields.indexOf(name)], (items[i] as Item).path)
  })
  const hopeless = rows.flatMap((row, i) => (promising(plan, row, choice(i).permits, running) ? [] : [i]))
  if (hopeless.length > 0) return hopeless
  const again = items.some((item) => item.choices.length > 1)
  const within = <T>(work: () => Promise<T>): Promise<T> => (again ? running.attempt(work) : work())
  try {
    return await within(async () => {
      const work = () => insert(plan, items, rows, params, running)
      await rulesFirst(plan.foreknown, work, (known) => refusalOf(plan, known, rows, choice, params, running))
      if (trivially(plan, items, choice)) return { rows: answer ? rows.map((row) => written(plan, row)) : [] }
      const keys = rows.map((row) => keyOf(plan, row))
      const verified = await verifyRows(plan.verify, keys, params, running, (i) => (items[i] as Item).path)
      const found = keys.map((key) => verified.get(keyText(key)) as Verified)
      const failed = found.flatMap((v, i) => (choice(i).permits.some((p) => v.holds[p] === true) ? [] : [i]))
      if (failed.length > 0) throw new Refused(failed)
      return {
        rows: answer
          ? await shown(
              plan.verify,
              found.map((v) => v.row),
              params,
              running,
            )
          : [],
      }
    })
  } catch (error) {
    if (error instanceof Refused && again) return error.failed
    throw error instanceof Refused ? outside(plan.entity.name, 'create') : error
  }
}

/** Where a unique refuses new rows, those that their rules would refuse come first. */
async function refusalOf(
  plan: CreatePlan,
  known: ForeknownPlan,
  rows: readonly Row[],
  choice: (i: number) => Item['choices'][number],
  params: readonly Value[],
  running: Running,
): Promise<Refused | undefined> {
  const about = aboutNew(known, params, running)
  const failed: number[] = []
  for (const [i, row] of rows.entries()) {
    const holds = await about((name) => row[plan.insert.fields.indexOf(name)] ?? null)
    if (holds.length > 0 && !choice(i).permits.some((p) => holds[p] === true)) failed.push(i)
  }
  return failed.length > 0 ? new Refused(failed) : undefined
}

/** Can the check of one of these permits hold for such a row? */
function promising(plan: CreatePlan, row: Row, permits: readonly number[], running: Running): boolean {
  const value = (name: string): Value | undefined => row[plan.insert.fields.indexOf(name)]
  return permits.some((i) => mayHold(plan.verify.conditions[i] as Predicate, { entity: plan.entity, session: running.values, value }))
}

/** Only a field that the caller knows of is named as missing; where it is another one, no rule lets the caller create such a row. */
function lacking(plan: CreatePlan, { path }: Item, error: unknown): unknown {
  const missing = error instanceof DBALError ? (error.details.fields ?? []) : []
  const known = ({ field }: { readonly field: string }) => [plan.writable, plan.readable].some((names) => names.has(field.slice(path.length + 1)))
  return missing.every(known) ? error : outside(plan.entity.name, 'create')
}

/** One more of each sequence; the map itself moves on too. */
function advance(sequences: Sequences): Sequences {
  const current = new Map(sequences)
  for (const [name, value] of sequences) sequences.set(name, value + 1n)
  return current
}

async function insert(plan: CreatePlan, items: readonly Item[], rows: readonly Row[], params: readonly Value[], running: Running): Promise<void> {
  const { fields } = plan.insert
  const values = () => rows.map((row) => (name: string) => row[fields.indexOf(name)])
  const work = () => clashing(plan.uniques, values, undefined, params, running, async () => running.run(plan.insert, params, rows))
  try {
    await (plan.references.length > 0 ? running.attempt(work) : work())
  } catch (error) {
    // The database says that a reference is broken, not always which: ask again, and name it.
    if (error instanceof ConstraintError && error.constraint === 'reference') {
      await checkReferences(plan.references, referencesOf(plan, items), params, running, true)
    }
    throw error
  }
}

/** Is there nothing left to ask of these rows, because some serving permit always holds and the caller sees all? */
function trivially(plan: CreatePlan, items: readonly Item[], choice: (i: number) => Item['choices'][number]): boolean {
  return plan.verify.trivial && items.every((_, i) => choice(i).permits.length === plan.permits.length)
}

function written(plan: CreatePlan, row: Row): Member {
  const position = new Map(plan.insert.fields.map((name, i) => [name, i]))
  const out: Member = {}
  for (const f of plan.verify.shape.fields) out[f.name] = row[position.get(f.name) as number] as Value
  return out
}

const keyOf = (plan: CreatePlan, row: Row): Row => plan.entity.key.map((name) => row[plan.insert.fields.indexOf(name)] as Value)

async function startSequences(plan: CreatePlan, params: readonly Value[], running: Running): Promise<Sequences> {
  const sequences: Sequences = new Map()
  for (const { field, query } of plan.sequences) {
    const { rows } = await running.run(query, params)
    sequences.set(field, BigInt(String(rows[0]?.[0] ?? 0)))
  }
  return sequences
}

/** References that callers gave, less those to rows of the same call. */
function referencesOf(plan: CreatePlan, items: readonly Item[]): References {
  const out = new Map<string, { value: Value; path: string }[]>()
  for (const { field } of plan.references) {
    const reference = plan.entity.fields.get(field)?.foreignKey
    const own = reference?.entity === plan.entity.name ? new Set(items.map((item) => item.data.get(reference.field))) : new Set<Value | undefined>()
    const given = items.flatMap((item) => {
      const value = item.data.get(field)
      return value === undefined || value === null || own.has(value) ? [] : [{ value, path: `${item.path}.${field}` }]
    })
    if (given.length > 0) out.set(field, given)
  }
  return out
}
