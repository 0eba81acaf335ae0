/**
 * What a database remembers of its migrations, in the table `dbal_migrations`.
 * In charge of reading and writing that table; must not know how plans are made or run.
 */
import { createHash } from 'node:crypto'
import { DBALError } from '../../../errors/error.ts'
import type { Physical } from '../dialect.ts'
import { type ColumnModel, emptyModel, type Model, modelFormat, type TableModel } from '../model/model.ts'
import { after, type Operation } from '../model/operation.ts'
import { statementsOf } from '../model/statements.ts'
import type { MigrationTarget } from './target.ts'

export const historyTable = 'dbal_migrations'

export interface Entry {
  readonly id: number
  /** `baseline`: tables that were there were taken over. */
  readonly kind: 'apply' | 'baseline'
  readonly schema: string
  /** `running` of an entry that nobody runs: its process ended in the middle. `stopped`: failed or interrupted; its model is what was reached. */
  readonly state: 'running' | 'done' | 'stopped'
  readonly plan: readonly Operation[]
  /** Steps that are made for certain, and steps that were begun. */
  readonly done: number
  readonly begun: number
  /** Absent where it is that of the entry before. */
  readonly model?: Model
  /** The catalogue as it was when the entry was finished, for telling what others changed. */
  readonly catalogue?: string
  readonly started: string
  readonly finished?: string
}

const texts = ['kind', 'schema_version', 'state', 'checksum', 'plan', 'model', 'catalogue', 'started_at', 'finished_at'] as const
const numbers = ['id', 'format', 'done', 'begun'] as const
const optional: ReadonlySet<string> = new Set(['model', 'catalogue', 'finished_at', 'checksum'])

function tableModel({ dialect }: MigrationTarget): TableModel {
  const column = (name: string, type: 'text' | 'integer'): ColumnModel => ({
    name,
    field: name,
    type: dialect.codec({ type }).column,
    nullable: optional.has(name),
    value: { type },
  })
  const columns = [...numbers.map((name) => column(name, 'integer')), ...texts.map((name) => column(name, 'text'))]
  return { name: historyTable, entity: historyTable, columns, key: ['id'], references: [] }
}

export async function exists(target: MigrationTarget, table: string): Promise<boolean> {
  const { sql, params } = target.dialect.tables.tableExists(table)
  return (await target.query(sql, params)).length > 0
}

export async function createHistory(target: MigrationTarget): Promise<void> {
  if (await exists(target, historyTable)) return
  for (const text of statementsOf({ op: 'createTable', table: tableModel(target) }, target.dialect)) await target.execute(text)
}

/** In the order of their making; empty where there is no history. DATABASE_ERROR where it cannot be understood. */
export async function readHistory(target: MigrationTarget): Promise<readonly Entry[]> {
  if (!(await exists(target, historyTable))) return []
  const { quote } = target.dialect
  const names = [...numbers, ...texts]
  const rows = await target.query(`SELECT ${names.map(quote).join(', ')} FROM ${quote(historyTable)} ORDER BY ${quote('id')}`)
  return rows.map((row) => entryOf(Object.fromEntries(names.map((name, i) => [name, row[i]]))))
}

function entryOf(row: Readonly<Record<string, unknown>>): Entry {
  const text = (name: (typeof texts)[number]): string | undefined => {
    const value = row[name]
    return value === null || value === undefined ? undefined : String(value)
  }
  const id = Number(row['id'])
  if (Number(row['format']) > modelFormat) throw damaged(id, 'was written by a newer version of DBAL; use that version or a newer one')
  const [plan, model, catalogue, finished] = [text('plan') ?? '[]', text('model'), text('catalogue'), text('finished_at')]
  if (text('checksum') !== checksum(plan, model)) throw damaged(id, 'has been changed by hand; restore it from a backup')
  return {
    id,
    kind: text('kind') === 'baseline' ? 'baseline' : 'apply',
    schema: text('schema_version') ?? '',
    state: text('state') as Entry['state'],
    plan: JSON.parse(plan) as readonly Operation[],
    done: Number(row['done']),
    begun: Number(row['begun']),
    ...(model === undefined ? {} : { model: JSON.parse(model) as Model }),
    ...(catalogue === undefined ? {} : { catalogue }),
    started: text('started_at') ?? '',
    ...(finished === undefined ? {} : { finished }),
  }
}

function damaged(id: number, how: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: `Entry ${id} of ${historyTable} ${how}` })
}

function checksum(plan: string, model: string | undefined): string {
  return createHash('sha256')
    .update(`${plan}\0${model ?? ''}`)
    .digest('hex')
}

export async function addEntry(target: MigrationTarget, entry: Entry): Promise<void> {
  const { quote, tables: words } = target.dialect
  const values = physical(entry)
  const names = Object.keys(values)
  await target.execute(
    `INSERT INTO ${quote(historyTable)} (${names.map(quote).join(', ')}) VALUES (${names.map((_, i) => words.parameter(i + 1)).join(', ')})`,
    Object.values(values),
  )
}

export async function changeEntry(target: MigrationTarget, entry: Entry): Promise<void> {
  await update(target, entry.id, physical(entry))
}

/** How far it is. */
export async function noteProgress(target: MigrationTarget, id: number, done: number, begun: number): Promise<void> {
  await update(target, id, { done, begun })
}

async function update(target: MigrationTarget, id: number, values: Readonly<Record<string, Physical>>): Promise<void> {
  const { quote, tables: words } = target.dialect
  const names = Object.keys(values).filter((name) => name !== 'id')
  const sets = names.map((name, i) => `${quote(name)} = ${words.parameter(i + 1)}`).join(', ')
  const params = [...names.map((name) => values[name] as Physical), id]
  await target.execute(`UPDATE ${quote(historyTable)} SET ${sets} WHERE ${quote('id')} = ${words.parameter(params.length)}`, params)
}

function physical(entry: Entry): Record<string, Physical> {
  const plan = JSON.stringify(entry.plan)
  const model = entry.model === undefined ? undefined : JSON.stringify(entry.model)
  return {
    id: entry.id,
    format: modelFormat,
    done: entry.done,
    begun: entry.begun,
    kind: entry.kind,
    schema_version: entry.schema,
    state: entry.state,
    checksum: checksum(plan, model),
    plan,
    model: model ?? null,
    catalogue: entry.catalogue ?? null,
    started_at: entry.started,
    finished_at: entry.finished ?? null,
  }
}

/** What the database is, as far as history tells; `doubtful` is a step of which nobody knows whether it was made. */
export interface Standing {
  readonly model: Model
  readonly unfinished?: Entry
  readonly doubtful?: Operation
}

export function standingOf(history: readonly Entry[], { dialect }: MigrationTarget): Standing {
  const last = history.at(-1)
  const model = history.findLast((entry) => entry.model !== undefined && entry.state !== 'running')?.model ?? emptyModel
  if (last?.state !== 'running') return { model }
  const reached = last.plan.slice(0, last.done).reduce((before, operation) => after(before, operation, dialect.quote), model)
  const doubtful = last.begun > last.done ? last.plan[last.done] : undefined
  return { model: reached, unfinished: last, ...(doubtful === undefined ? {} : { doubtful }) }
}
