/**
 * Brings a database to a schema: lock, history, plan, steps with their journal, and what it is afterwards.
 * In charge of every step being made once, wholly or resumably, whoever ends the process when; must not know drivers.
 */
import { DBALError } from '../../../errors/error.ts'
import { type Diff, diff, settled } from '../model/diff.ts'
import type { Model } from '../model/model.ts'
import { after, touchedBy } from '../model/operation.ts'
import { statementsOf } from '../model/statements.ts'
import type { Step } from '../model/step.ts'
import { snapshotOf } from './catalogue.ts'
import { atStart, behind, isOlder, type Permission, permitted, serves, stop, tooOld } from './decide.ts'
import {
  addEntry,
  changeEntry,
  createHistory,
  type Entry,
  exists,
  historyTable,
  noteProgress,
  readHistory,
  type Standing,
  standingOf,
} from './history.ts'
import { legacyModel } from './legacy.ts'
import type { MigrationTarget } from './target.ts'

export interface Wanted {
  /** Version of the schema. */
  readonly schema: string
  readonly model: Model
}

export interface Options {
  readonly permission: Permission
  /** Milliseconds to wait for another one who migrates. */
  readonly lockWait: number
  /** Called under the lock before anything is changed; throws where the database is not what the plan expects. */
  readonly inspect?: (standing: Standing, plan: Diff, history: readonly Entry[]) => Promise<void>
  /** Called as each step begins; `index` from 0. */
  readonly onStep?: (step: Step, index: number, all: number) => void
}

export interface Outcome {
  readonly steps: readonly Step[]
  /** Something unfinished was gone on with. */
  readonly resumed: boolean
}

/** Additive steps only, and none at all for `check`: what adapters do at start. */
export async function prepareDatabase(
  target: MigrationTarget,
  wanted: Wanted,
  mode: 'apply' | 'check',
  options: Omit<Options, 'permission'>,
): Promise<void> {
  if (await isCurrent(target, wanted, mode)) return
  await migrate(target, wanted, { ...options, permission: atStart })
}

/** Without the lock: replicas that start find in one look that there is nothing to do. */
async function isCurrent(target: MigrationTarget, wanted: Wanted, mode: 'apply' | 'check'): Promise<boolean> {
  await target.begin()
  try {
    const history = await readHistory(target)
    const { model, unfinished } = standingOf(history, target)
    const older = isOlder(history, wanted.schema)
    if (unfinished === undefined && older && serves(model, wanted.model)) return true
    if (unfinished === undefined && history.at(-1)?.schema === wanted.schema && history.at(-1)?.state === 'done') return true
    if (mode === 'apply') return false
    const start = history.length === 0 ? ((await legacyModel(target, wanted.model)) ?? model) : model
    if (older) throw tooOld()
    if (unfinished !== undefined) throw stop('A migration of the database was not finished. Run dbal migrate apply: it goes on where it stopped')
    const steps = behindBy(start, wanted.model, target)
    if (steps > 0) throw behind(steps)
    return true
  } finally {
    await target.rollback()
  }
}

function behindBy(model: Model, wanted: Model, { dialect }: MigrationTarget): number {
  const { steps, refused } = diff(model, wanted, dialect)
  return steps.length + refused.length
}

/** DATABASE_ERROR with what to do where it cannot be brought to the schema; where statements are transactional nothing is changed then. */
export async function migrate(target: MigrationTarget, wanted: Wanted, options: Options): Promise<Outcome> {
  await target.lock(options.lockWait)
  try {
    return await locked(target, wanted, options)
  } finally {
    await target.unlock()
  }
}

async function locked(target: MigrationTarget, wanted: Wanted, options: Options): Promise<Outcome> {
  const adopted = (await readHistory(target)).length === 0 ? await legacyModel(target, wanted.model) : undefined
  const before = await readHistory(target)
  const found = standingOf(before, target)
  // Another one that starts may have done it while this one waited.
  if (isDone(before, wanted)) return { steps: [], resumed: false }
  if (isOlder(before, wanted.schema) && !options.permission.back) {
    if (serves(found.model, wanted.model)) return { steps: [], resumed: false }
    throw tooOld()
  }
  const standing = found.unfinished === undefined ? { ...found, model: adopted ?? found.model } : await settleDoubt(target, found)
  const plan = permitted(standing.model, wanted.model, target.dialect, options.permission)
  if (before.length === 0 && adopted === undefined) await refuseForeign(target, plan.steps)
  await options.inspect?.(standing, plan, before)
  await equip(target, plan.steps)
  const entry = await open(target, wanted, plan.steps, before, standing)
  const reached = await run(target, entry, plan.steps, standing.model, options)
  await close(target, before, entry, settled(reached, wanted.model), plan.steps.length)
  return { steps: plan.steps, resumed: found.unfinished !== undefined }
}

/** An account that may not make functions can still make tables, as long as no step calls one. */
async function equip(target: MigrationTarget, steps: readonly Step[]): Promise<void> {
  try {
    await target.equip?.()
  } catch (cause) {
    if (!steps.some(({ operation }) => operation.op === 'fill')) return
    const hint = 'The account may not create functions, which folding the rows that are there needs; give it that right for `dbal migrate apply`'
    throw new DBALError('DATABASE_ERROR', { hint }, { cause })
  }
}

function isDone(history: readonly Entry[], { schema }: Wanted): boolean {
  const last = history.at(-1)
  return last?.state === 'done' && last.schema === schema
}

/** Was the step made during which the process ended? The database itself is asked. */
async function settleDoubt(target: MigrationTarget, standing: Standing): Promise<Standing> {
  const { doubtful, unfinished, model } = standing
  const { dialect } = target
  const probe = doubtful === undefined ? undefined : dialect.tables.probe?.(doubtful)
  const made = doubtful !== undefined && probe !== undefined && (await target.query(probe.sql, probe.params)).length > 0
  if (doubtful !== undefined && !made) {
    const undo = dialect.tables.undo?.(doubtful)
    if (undo !== undefined) await target.execute(undo)
  }
  return { model: made ? after(model, doubtful, dialect.quote) : model, ...(unfinished === undefined ? {} : { unfinished }) }
}

/** Tables of someone else are never taken over unasked: nobody knows what they promise. */
async function refuseForeign(target: MigrationTarget, steps: readonly Step[]): Promise<void> {
  for (const { operation, entity } of steps) {
    if (operation.op !== 'createTable' || !(await exists(target, operation.table.name))) continue
    throw stop(
      `The database already has a table for entity ${entity} that DBAL did not make. Take it over with \`dbal migrate baseline\`, use a new database, or give the entity another table.`,
    )
  }
}

/** The journal's entry, and the end of one that nobody runs any more. */
async function open(target: MigrationTarget, wanted: Wanted, steps: readonly Step[], history: readonly Entry[], standing: Standing): Promise<Entry> {
  const id = (history.at(-1)?.id ?? 0) + 1
  const entry: Entry = {
    id,
    kind: 'apply',
    schema: wanted.schema,
    state: 'running',
    plan: steps.map(({ operation }) => operation),
    done: 0,
    begun: 0,
    started: new Date().toISOString(),
  }
  await target.begin()
  await createHistory(target)
  const { unfinished } = standing
  if (unfinished !== undefined) await changeEntry(target, { ...unfinished, state: 'stopped', model: standing.model, finished: entry.started })
  await addEntry(target, entry)
  if (!holdsAll(target)) await target.commit()
  return entry
}

/** SQLite's lock is one transaction for everything. */
function holdsAll({ dialect }: MigrationTarget): boolean {
  return dialect.tables.transactional && !dialect.tables.online
}

async function close(target: MigrationTarget, history: readonly Entry[], entry: Entry, model: Model, done: number): Promise<void> {
  const { dialect, records } = target
  const catalogue = records === undefined ? undefined : await snapshotOf(dialect, records, model, keptBefore(history, entry))
  if (!holdsAll(target)) await target.begin()
  const finished = { ...entry, state: 'done' as const, done, begun: done, model, finished: new Date().toISOString() }
  await changeEntry(target, catalogue === undefined ? finished : { ...finished, catalogue })
  await target.commit()
}

/** The last catalogue that was kept, and the tables that plans have worked on since. */
function keptBefore(history: readonly Entry[], entry: Entry): { readonly catalogue: string; readonly touched: ReadonlySet<string> } | undefined {
  const at = history.findLastIndex(({ catalogue }) => catalogue !== undefined)
  const catalogue = history[at]?.catalogue
  if (catalogue === undefined) return undefined
  const plans = [...history.slice(at + 1), entry].flatMap(({ plan }) => plan)
  return { catalogue, touched: new Set(plans.flatMap(touchedBy)) }
}

/** Neighbours that may share a transaction do; others are journaled one by one. The model that was reached. */
async function run(target: MigrationTarget, entry: Entry, steps: readonly Step[], start: Model, options: Options): Promise<Model> {
  const { quote, tables: words } = target.dialect
  let model = start
  let made = 0
  while (made < steps.length) {
    const first = steps[made] as Step
    const single = first.alone || !words.transactional
    const end = single ? made + 1 : steps.findIndex((step, i) => i >= made && step.alone)
    const group = steps.slice(made, end < 0 ? steps.length : end)
    let at = made
    try {
      if (single) await noteProgress(target, entry.id, made, made + 1)
      else await target.begin()
      for (const step of group) {
        options.onStep?.(step, at, steps.length)
        for (const text of statementsOf(step.operation, target.dialect)) await target.execute(text)
        at++
      }
      made += group.length
      await noteProgress(target, entry.id, made, made)
      if (!single && !holdsAll(target)) await target.commit()
    } catch (error) {
      throw await failed(target, entry, steps, { made, at, single }, model, error)
    }
    model = group.reduce((before, { operation }) => after(before, operation, quote), model)
  }
  return model
}

interface Place {
  /** Steps that are made for certain. */
  readonly made: number
  /** The one that failed. */
  readonly at: number
  readonly single: boolean
}

/** Writes down where it stopped, if the database still listens, and says what to do. */
async function failed(
  target: MigrationTarget,
  entry: Entry,
  steps: readonly Step[],
  { made, at, single }: Place,
  model: Model,
  error: unknown,
): Promise<Error> {
  if (!single) await target.rollback().catch(() => undefined)
  if (!holdsAll(target)) {
    const undo = single ? target.dialect.tables.undo?.((steps[at] as Step).operation) : undefined
    if (undo !== undefined) await target.execute(undo).catch(() => undefined)
    const stopped: Entry = { ...entry, state: 'stopped', done: made, begun: made, model, finished: new Date().toISOString() }
    await changeEntry(target, stopped).catch(() => undefined)
  }
  if (error instanceof DBALError) return error
  const step = steps[at] as Step
  const name = step.fields.length === 0 ? `Entity ${step.entity}` : `${step.entity} (${step.fields.join(', ')})`
  const kept = made === 0 ? 'Nothing has been changed' : `Steps 1 to ${made} of ${steps.length} have been made and are noted in ${historyTable}`
  const hint = `${name} could not be brought up to date: existing rows do not fit it, or the database refused. ${kept}. Change the rows first, for example equal values where they must be unique; then run \`dbal migrate apply\` again: it goes on from there.`
  return new DBALError('DATABASE_ERROR', { hint }, { cause: error })
}
