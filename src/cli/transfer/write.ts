/**
 * Writes rows of a file through ordinary calls, some hundreds at a time. In charge of how many go together, of rows that are there already, and of
 * the line that a refusal is about; must not know files or what is said.
 */
import { DBALError, type FieldError } from '../../errors/error.ts'
import type { Entity, Field, Schema, Value } from '../../schema/entity.ts'
import { normaliseField } from '../../schema/field-type.ts'
import type { Caller } from './identity.ts'
import type { Shaping } from './keys.ts'
import type { Row } from './lines.ts'
import type { Turn } from './plan.ts'
import type { Progress } from './progress.ts'

/** Rows, values and bytes of one call: far below what a call may hold (10,000 rows, 20,000 values), and a few megabytes of memory. */
const most = { rows: 500, values: 15_000, bytes: 4 * 1024 * 1024 }
/** Keys asked for at once: composite ones are a condition each. */
const keysAtOnce = { single: 100, composite: 20 }

export interface WriteOptions {
  readonly skipExisting: boolean
  readonly shaping: Shaping
  readonly progress: Progress
}

/** By entity. */
export type Written = Map<string, { written: number; skipped: number }>

/** Writes all rows. Throws the refusal of the first call that is refused, with line and field; `written` says what was written before it. */
export async function writeRows(turns: AsyncIterable<Turn>, caller: Caller, schema: Schema, options: WriteOptions, written: Written): Promise<void> {
  let batch: Turn[] = []
  let size = { values: 0, bytes: 0 }
  const flush = async (): Promise<void> => {
    const [first] = batch
    if (first !== undefined) await writeBatch(schema.entities.get(first.entity) as Entity, batch, caller, options, written)
    options.progress.add(batch.length)
    batch = []
    size = { values: 0, bytes: 0 }
  }
  for await (const turn of turns) {
    const values = valuesIn(turn.row)
    const full = batch.length >= most.rows || size.values + values > most.values || size.bytes + turn.length > most.bytes
    const last = batch.at(-1)
    if (last !== undefined && (full || last.entity !== turn.entity || last.level !== turn.level)) await flush()
    batch.push(turn)
    size = { values: size.values + values, bytes: size.bytes + turn.length }
  }
  await flush()
}

/** Values in each other, however deep: the call counts them so. */
function valuesIn(row: Row): number {
  let count = 1
  const open: Value[] = [row]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const parts = Object.values(value)
    count += parts.length
    for (const part of parts) open.push(part)
  }
  return count
}

async function writeBatch(
  entity: Entity,
  batch: readonly Turn[],
  caller: Caller,
  { skipExisting, shaping }: WriteOptions,
  written: Written,
): Promise<void> {
  const counts = written.get(entity.name) ?? { written: 0, skipped: 0 }
  written.set(entity.name, counts)
  const there = skipExisting ? await existing(entity, batch, caller) : new Set<string>()
  const isThere = ({ row }: Turn): boolean => there.has(JSON.stringify(keyOf(entity, row)))
  const missing = batch.filter((turn) => !isThere(turn))
  counts.skipped += batch.length - missing.length
  for (const turn of batch) if (isThere(turn)) shaping.learn(entity, turn.row, turn.row)
  if (missing.length === 0) return
  const rows = missing.map(({ row }) => shaping.shaped(entity, row))
  try {
    const after = await create(entity, rows, caller, shaping.follows(entity))
    after.forEach((row, i) => void shaping.learn(entity, (missing[i] as Turn).row, row))
  } catch (error) {
    throw await located(error, entity, missing, rows, caller)
  }
  counts.written += missing.length
}

/** A row alone is as large as any call may be, so it goes without a list around it. */
async function create(entity: Entity, rows: readonly Row[], caller: Caller, returning: boolean): Promise<readonly Row[]> {
  if (rows.length === 1) return [(await caller.call('create', { entity: entity.name, data: rows[0] })) as Row]
  const answer = await caller.call('createMany', { entity: entity.name, items: rows, ...(returning ? { options: { returning } } : {}) })
  return returning ? (answer as readonly Row[]) : []
}

/** Rows of the batch whose key is taken, as far as the caller may see. */
async function existing(entity: Entity, batch: readonly Turn[], caller: Caller): Promise<ReadonlySet<string>> {
  const [single, ...others] = entity.key
  const composite = others.length > 0 || single === undefined
  const limit = Math.min(entity.operations.get('list')?.maxLimit ?? 1, composite ? keysAtOnce.composite : keysAtOnce.single)
  const keys = batch.map(({ row }) => keyOf(entity, row)).filter((key) => key !== undefined)
  const found = new Set<string>()
  for (let at = 0; at < keys.length; at += limit) {
    const some = keys.slice(at, at + limit)
    const filter = composite ? { or: some } : { [single]: { in: some.map((key) => key[single] as Value) } }
    const page = (await caller.call('list', { entity: entity.name, options: { filter, select: entity.key, limit, total: 'none' } })) as unknown as {
      readonly data: readonly Row[]
    }
    for (const row of page.data) found.add(JSON.stringify(keyOf(entity, row)))
  }
  return found
}

/** In the form that it is stored in; undefined where it has no such form, as the write will say. */
function keyOf(entity: Entity, row: Row): Row | undefined {
  const parts = entity.key.map((name) => [name, normaliseField(entity.fields.get(name) as Field, row[name])] as const)
  return parts.every(([, part]) => part.ok) ? Object.fromEntries(parts.map(([name, part]) => [name, part.ok ? part.value : null])) : undefined
}

/** The refusal with the lines that it is about. */
async function located(error: unknown, entity: Entity, batch: readonly Turn[], rows: readonly Row[], caller: Caller): Promise<unknown> {
  if (!(error instanceof DBALError)) return error
  const lines = error.details.fields?.map((each) => lineOf(each, batch)) ?? []
  if (lines.length > 0 && lines.every((each) => each !== undefined)) {
    const fields = lines as readonly FieldError[]
    return new DBALError(error.code, { ...error.details, fields, reason: `${entity.name}: ${error.message}` }, { cause: error })
  }
  // What a database says of many rows at once names none of them.
  const [one, at] = await firstRefused(error, entity, rows, caller)
  const first = (batch[at] as Turn).number
  const where = one === undefined ? `One of the lines ${first} to ${(batch.at(-1) as Turn).number}` : `Line ${first}`
  const refused = one ?? error
  const { reason, fields } = refused.details
  const named = fields?.map(({ field, error: text }) => ({ field: `line ${first}, ${fieldOf(field)}`, error: text }))
  return new DBALError(
    refused.code,
    { ...refused.details, reason: `${where} (${entity.name}): ${reason ?? refused.message}`, ...(named === undefined ? {} : { fields: named }) },
    { cause: error },
  )
}

/** A complaint of a call about `items[3].title` or `data.title`, as one about a line. */
function lineOf({ field, error }: FieldError, batch: readonly Turn[]): FieldError | undefined {
  const [, index, name] = /^(?:items\[(\d+)\]|data)(?:\.(.*))?$/s.exec(field) ?? []
  const turn = /^(?:items\[|data)/.test(field) ? batch[Number(index ?? 0)] : undefined
  return turn === undefined ? undefined : { field: `line ${turn.number}${name === undefined ? '' : `, ${name}`}`, error }
}

const fieldOf = (path: string): string => path.replace(/^(?:items\[\d+\]|data)\./, '')

/** Which row is the first that cannot be written, and why: found by trying, and taking back, ever smaller parts. */
async function firstRefused(
  error: DBALError,
  entity: Entity,
  rows: readonly Row[],
  caller: Caller,
): Promise<readonly [DBALError | undefined, number]> {
  if (rows.length === 1) return [error, 0]
  if (error.retryable || error.code === 'INTERNAL_ERROR') return [undefined, 0]
  // The first `good` rows can be written together, the first `bad` cannot.
  let good = 0
  let bad = rows.length
  let found: DBALError | undefined
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const refusal = await caller.refusalOf(() => create(entity, rows.slice(0, middle), caller, false))
    if (refusal === undefined) good = middle
    else if (refusal instanceof DBALError && !refusal.retryable) [bad, found] = [middle, refusal]
    else return [undefined, 0]
  }
  return [found ?? error, bad - 1]
}
