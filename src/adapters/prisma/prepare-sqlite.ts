/**
 * Makes a SQLite database ready: tables of the application are looked at and never changed, those that are missing are DBAL's own.
 * In charge of telling the two apart and of how each column has its moments; must not know queries.
 */

import type { CatalogRow, Column, Read, Table } from '../../catalog/catalog.ts'
import { readSqliteCatalog } from '../../catalog/sqlite.ts'
import { wideIntegers } from '../../catalog/sqlite-values.ts'
import { DBALError } from '../../errors/error.ts'
import type { Entity, Field, Schema } from '../../schema/entity.ts'
import type { Dialect } from '../sql/dialect.ts'
import { firstMoment, lastMoment, type Stored, storedPattern } from '../sql/dialects/prisma/stored.ts'
import { historyTable, readHistory, standingOf } from '../sql/migrate/history.ts'
import { prepareDatabase } from '../sql/migrate/run.ts'
import { type MigrationTarget, usualLockWait } from '../sql/migrate/target.ts'
import { modelOf } from '../sql/model/ddl.ts'
import type { RawClient } from './client.ts'
import { judgeTable } from './judge.ts'

/** What was found: how columns of the application have their moments, and whether there is a history. */
export interface Prepared {
  readonly moments: ReadonlyMap<Field, Stored>
  readonly history: boolean
}

export interface Wish {
  readonly schema: Schema
  readonly mode: 'apply' | 'check'
  readonly dialect: Dialect
  /** Of columns that are empty still. */
  readonly timestamps: Stored
}

/** Within one transaction of the client. DATABASE_ERROR with a hint that names entity and column; nothing is changed then. */
export async function prepareSqlite(tx: RawClient, { schema, mode, dialect, timestamps }: Wish): Promise<Prepared> {
  const read = readerOf(tx)
  const target = targetOf(tx, dialect)
  const { tables } = await readSqliteCatalog(read)
  const model = modelOf(schema, dialect)
  const { model: known } = standingOf(await readHistory(target), target)
  const made = new Set(known.tables.map(({ name }) => name))
  const foreign = new Map(tables.filter(({ name }) => !made.has(name)).map((table) => [table.name, table]))
  const theirs = [...schema.entities.values()].filter((entity) => foreign.has(entity.table))
  const complaints: string[] = []
  const moments = new Map<Field, Stored>()
  for (const entity of theirs) {
    const table = foreign.get(entity.table) as Table
    const needs = {
      entity,
      model: model.tables.find(({ name }) => name === entity.table) ?? missing(entity),
      indexes: model.indexes.filter((index) => index.table === entity.table),
    }
    const found = judgeTable(needs, table, fits)
    complaints.push(...found)
    if (found.length === 0) complaints.push(...(await valueComplaints(read, entity, table, timestamps, moments)))
  }
  if (complaints.length > 0) throw unfit(complaints)
  const own = (name: string): boolean => !foreign.has(name)
  const wanted = { ...model, tables: model.tables.filter(({ name }) => own(name)), indexes: model.indexes.filter(({ table }) => own(table)) }
  await prepareDatabase(target, { schema: schema.version, model: wanted }, mode, { lockWait: usualLockWait })
  return { moments, history: mode === 'apply' || tables.some(({ name }) => name === historyTable) }
}

function missing(entity: Entity): never {
  throw new DBALError('INTERNAL_ERROR', {}, { message: `${entity.name} has no table in the model` })
}

const toldAtMost = 5

function unfit(complaints: readonly string[]): DBALError {
  const more = complaints.length > toldAtMost ? `; and ${complaints.length - toldAtMost} more` : ''
  const hint = `Tables that DBAL did not make do not fit the schema, and are never changed by it. ${complaints.slice(0, toldAtMost).join('; ')}${more}`
  return new DBALError('DATABASE_ERROR', { hint })
}

/** What SQLite makes of a declared type (sqlite.org/datatype3.html), as far as fields care. */
const kinds: Readonly<Record<string, RegExp>> = {
  integer: /int/,
  bigint: /int/,
  float: /real|floa|doub/,
  boolean: /bool|int/,
  datetime: /^(?:datetime|timestamp)$|char|clob|text/,
  json: /^jsonb?$|char|clob|text/,
  bytes: /^blob$/,
}

function fits({ type, name }: Field, column: Column): string | undefined {
  if (type === 'decimal') return `is a number that SQLite rounds; ${name} can only be a float, or a bigint of its smallest unit`
  const wanted = kinds[type] ?? /char|clob|text/
  if (!wanted.test(column.base)) return `is ${column.type || 'of no type'}, which cannot hold a field of type ${type}`
  if (column.collation !== undefined && column.collation.toUpperCase() !== 'BINARY') return `compares by ${column.collation}, not by code point`
  return undefined
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** What only the values tell: whether integers are within 32 bits, and how moments are spelt. Each table is read once. */
async function valueComplaints(read: Read, entity: Entity, table: Table, usual: Stored, moments: Map<Field, Stored>): Promise<readonly string[]> {
  const complaints: string[] = []
  const fields = [...entity.fields.values()]
  const baseOf = (field: Field): string => table.columns.find(({ name }) => name === field.column)?.base ?? ''
  const wide = fields.some(({ type }) => type === 'integer') ? await wideIntegers(read, [table]) : new Set<string>()
  for (const field of fields) {
    const place = `${table.name}.${field.column}`
    if (field.type === 'integer' && wide.has(place.toLowerCase()))
      complaints.push(`${entity.name}: ${place} holds numbers of more than 32 bits; ${field.name} must be a bigint`)
    if (field.type !== 'datetime' || !/^(?:datetime|timestamp)$/.test(baseOf(field))) continue
    const [row = {}] = await read(countOf(table.name, field.column))
    const count = (name: string): number => Number(row[name] ?? 0)
    if (count('c1') === count('c0') && count('c0') > 0) moments.set(field, 'iso8601')
    else if (count('c2') === count('c0') && count('c0') > 0) moments.set(field, 'unixepoch-ms')
    else if (count('c0') === 0) moments.set(field, usual)
    else
      complaints.push(
        `${entity.name}: ${count('c0') - Math.max(count('c1'), count('c2'))} rows of ${place} have another spelling than Prisma's client writes (such as the one of CURRENT_TIMESTAMP); bring them to YYYY-MM-DDTHH:MM:SS.sss+00:00`,
      )
  }
  return complaints
}

/** Values in all, those that the client writes as text, and those that it writes as milliseconds. */
function countOf(table: string, name: string): string {
  const column = quoted(name)
  const texts = `sum(typeof(${column}) = 'text' AND ${column} GLOB '${storedPattern}')`
  const numbers = `sum(typeof(${column}) = 'integer' AND ${column} BETWEEN ${firstMoment} AND ${lastMoment})`
  return `SELECT count(${column}) AS c0, ${texts} AS c1, ${numbers} AS c2 FROM ${quoted(table)}`
}

/** Integers of a catalogue are small; the client tells some of them as bigints. */
function readerOf(tx: RawClient): Read {
  return async (sql, params = []) => {
    const rows = (await tx.$queryRawUnsafe(sql, ...params)) as readonly CatalogRow[]
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value])),
    )
  }
}

/** The transaction of the client is lock and frame of everything: it is rolled back where this is left by an error. */
function targetOf(tx: RawClient, dialect: Dialect): MigrationTarget {
  const nothing = async (): Promise<void> => undefined
  return {
    dialect,
    query: async (sql, params = []) => ((await tx.$queryRawUnsafe(sql, ...params)) as readonly CatalogRow[]).map((row) => Object.values(row)),
    execute: async (sql, params = []) => void (await tx.$executeRawUnsafe(sql, ...params)),
    lock: nothing,
    unlock: nothing,
    begin: nothing,
    commit: nothing,
    rollback: nothing,
  }
}
