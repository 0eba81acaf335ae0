/**
 * Takes over a database whose tables are there already, without touching them.
 * In charge of what they must have so that programs of the schema can work on them; must not change any table but DBAL's own.
 */

import { readCatalogue, snapshotOf } from '../adapters/sql/migrate/catalogue.ts'
import { stop } from '../adapters/sql/migrate/decide.ts'
import { addEntry, createHistory, exists, readHistory } from '../adapters/sql/migrate/history.ts'
import { type OwnTarget, usualLockWait } from '../adapters/sql/migrate/target.ts'
import { modelOf } from '../adapters/sql/model/ddl.ts'
import { diff } from '../adapters/sql/model/diff.ts'
import { type ColumnModel, emptyModel, type IndexModel, type Model, type TableModel } from '../adapters/sql/model/model.ts'
import { statementsOf } from '../adapters/sql/model/statements.ts'
import type { Catalog, Column, Table } from '../catalog/catalog.ts'
import type { Field, Schema } from '../schema/entity.ts'
import { fitOf } from './fit.ts'
import { strangeValues } from './look.ts'

/** Tables whose names begin so are the engine's. */
const ownPrefix = 'dbal_'

export interface Adopted {
  /** Tables that were there and are now in the history. */
  readonly tables: number
  /** Tables of the engine that were made. */
  readonly made: number
  /** What the schema asks for and the tables do not have; the engine alone sees to it. */
  readonly waived: readonly string[]
  /** Columns that give back something else than was written, in some cases, and those that keep rows from being created. */
  readonly differs: readonly string[]
}

/**
 * `own`: entities of logins, whose tables are made where the database has none of that name.
 * DATABASE_ERROR with every reason where a table does not fit its entity. Nothing is changed then.
 */
export async function baseline(target: OwnTarget, schema: Schema, own: ReadonlySet<string> = new Set()): Promise<Adopted> {
  await target.lock(usualLockWait)
  try {
    if ((await readHistory(target)).length > 0)
      throw stop('The database has a history of migrations already; `dbal migrate plan` shows what differs from the schema')
    const wanted = modelOf(schema, target.dialect)
    const live = await readCatalogue(target.dialect, target.records)
    const isMine = ({ name, entity }: TableModel): boolean =>
      name.startsWith(ownPrefix) || (own.has(entity) && !live.tables.some((table) => table.name === name))
    const tables = wanted.tables.filter(isMine)
    const mine: Model = { ...wanted, tables, indexes: wanted.indexes.filter((index) => tables.some(({ name }) => name === index.table)) }
    const theirs = wanted.tables.filter((table) => !isMine(table))
    const differs: string[] = []
    const fieldOf = (entity: string, name: string): Field => schema.entities.get(entity)?.fields.get(name) as Field
    const problems = [...theirs.flatMap((table) => misfits(table, live, fieldOf, differs)), ...(await strangeValues(target, theirs, live, fieldOf))]
    if (problems.length > 0)
      throw stop(
        `The tables do not fit the schema: ${problems.slice(0, 10).join('; ')}${problems.length > 10 ? `; and ${problems.length - 10} more` : ''}. Leave such fields out of the schema, or change the columns; \`dbal introspect\` writes a schema that fits`,
      )
    const waived: string[] = []
    const adopted = adopt(wanted, theirs, live, waived)
    const made = await write(target, schema, mine, adopted, live)
    return { tables: theirs.length, made, waived, differs }
  } finally {
    await target.unlock()
  }
}

async function write(target: OwnTarget, schema: Schema, mine: Model, adopted: Model, live: Catalog): Promise<number> {
  await target.begin()
  try {
    const made = await createOwn(target, mine, live)
    await record(target, schema, adopted)
    await target.commit()
    return made
  } catch (error) {
    await target.rollback().catch(() => undefined)
    throw error
  }
}

/** The file of tables that `dbal generate` writes has the engine's own too, with their indexes. */
async function createOwn(target: OwnTarget, mine: Model, live: Catalog): Promise<number> {
  const indexed = new Set(live.tables.flatMap(({ uniques, indexes }) => [...uniques, ...indexes].map(({ name }) => name)))
  await target.equip?.()
  let made = 0
  for (const { operation } of diff(emptyModel, mine, target.dialect).steps) {
    // Where statements are not part of a transaction an earlier try may have made some.
    if (operation.op === 'createTable' && (await exists(target, operation.table.name))) continue
    if (operation.op === 'createIndex' && indexed.has(operation.index.name)) continue
    const probe = target.dialect.tables.transactional ? undefined : target.dialect.tables.probe?.(operation)
    if (probe !== undefined && (await target.query(probe.sql, probe.params)).length > 0) continue
    for (const text of statementsOf(operation, target.dialect)) await target.execute(text)
    if (operation.op === 'createTable') made++
  }
  return made
}

async function record(target: OwnTarget, schema: Schema, model: Model): Promise<void> {
  await createHistory(target)
  const now = new Date().toISOString()
  const catalogue = await snapshotOf(target.dialect, target.records, model)
  await addEntry(target, {
    id: 1,
    kind: 'baseline',
    schema: schema.version,
    state: 'done',
    plan: [],
    done: 0,
    begun: 0,
    model,
    catalogue,
    started: now,
    finished: now,
  })
}

function misfits(table: TableModel, live: Catalog, fieldOf: (entity: string, name: string) => Field, differs: string[]): readonly string[] {
  const there = live.tables.find(({ name }) => name === table.name)
  if (there === undefined) return [`${table.entity}: there is no table ${table.name}`]
  const found: string[] = []
  for (const column of table.columns) {
    const other = there.columns.find(({ name }) => name === column.name)
    if (other === undefined)
      found.push(
        `${table.entity}.${column.field}: there is no column ${table.name}.${column.name}${column.folds === undefined ? '' : ', which unique: insensitive needs (write unique: true)'}`,
      )
    else found.push(...columnMisfits(table, column, fieldOf(table.entity, column.field), other, live.system, differs))
  }
  for (const other of there.columns) {
    if (table.columns.some(({ name }) => name === other.name) || other.nullable || other.default !== undefined || other.made !== undefined) continue
    // Reading and changing rows works all the same.
    differs.push(
      `${table.entity}: the column ${table.name}.${other.name} (${other.type}) needs a value that no field gives: rows cannot be created through DBAL, unless a trigger of the database gives one`,
    )
  }
  if ((there.key?.columns ?? []).join() !== table.key.join())
    found.push(`${table.entity}: the key of ${table.name} is ${(there.key?.columns ?? []).join(', ') || 'none'}`)
  return found
}

function columnMisfits(
  table: TableModel,
  column: ColumnModel,
  field: Field,
  other: Column,
  system: Catalog['system'],
  differs: string[],
): readonly string[] {
  const name = `${table.entity}.${column.field}`
  const found: string[] = []
  const fit = fitOf(column, field, other, system)
  if (typeof fit === 'object') differs.push(`${name}: ${fit.near}`)
  if (fit === undefined) found.push(`${name}: a column of type ${other.type} does not hold ${column.value.type}`)
  if (other.made === 'computed') found.push(`${name}: the database computes the column`)
  const loose = other.nullable && !column.nullable
  // A rule of SQLite's own; whether there are such rows is looked at (look.ts).
  if (loose && system === 'sqlite' && table.key.includes(column.name)) differs.push(`${name}: the database lets this column of the key be null`)
  else if (loose) found.push(`${name}: the column may be null (write nullable: true)`)
  if (!other.nullable && column.nullable) found.push(`${name}: the column is never null (write required: true)`)
  return found
}

/** The wanted model, marked where the tables lack something, and without defaults that they lack. */
function adopt(wanted: Model, theirs: readonly TableModel[], live: Catalog, waived: string[]): Model {
  const tables = wanted.tables.map((table) => {
    const there = theirs.includes(table) ? live.tables.find(({ name }) => name === table.name) : undefined
    return there === undefined ? table : adoptTable(table, there, waived)
  })
  const indexes = wanted.indexes.map((index): IndexModel => {
    const there = theirs.some(({ name }) => name === index.table) ? live.tables.find(({ name }) => name === index.table) : undefined
    if (there === undefined || there.uniques.some(({ name }) => name === index.name) || there.indexes.some(({ name }) => name === index.name))
      return index
    const same = (index.unique ? there.uniques : [...there.uniques, ...there.indexes]).some(({ columns }) => columns.join() === index.columns.join())
    if (!same) waived.push(`${index.unique ? 'unique' : 'index'} on ${index.entity} (${index.fields.join(', ')})`)
    return { ...index, waived: true }
  })
  return { ...wanted, tables, indexes }
}

function adoptTable(table: TableModel, there: Table, waived: string[]): TableModel {
  const columns = table.columns.map((column): ColumnModel => {
    if (column.check === undefined || there.checks.some(({ name }) => name === column.check?.name)) return column
    return { ...column, check: { ...column.check, waived: true } }
  })
  const references = table.references.map((reference) => {
    if (
      there.references.some(
        ({ name, columns: own, table: target }) =>
          (name === undefined || name === reference.name) && own.join() === reference.columns.join() && target === reference.table,
      )
    )
      return reference
    const same = there.references.some((other) => other.columns.join() === reference.columns.join() && other.table === reference.table)
    if (!same) waived.push(`reference ${table.entity}.${reference.field}`)
    return { ...reference, waived: true as const }
  })
  return { ...table, columns, references }
}
