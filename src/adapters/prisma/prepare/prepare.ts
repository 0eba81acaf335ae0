/**
 * Makes a database ready: tables of the application are looked at and never changed, those that are missing are DBAL's own.
 * In charge of telling the two apart; must not know which database it is.
 */

import type { Catalog, CatalogRow, Column, Read, Table } from '../../../catalog/catalog.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { historyTable, readHistory, standingOf } from '../../sql/migrate/history.ts'
import { prepareDatabase } from '../../sql/migrate/run.ts'
import { type MigrationTarget, usualLockWait } from '../../sql/migrate/target.ts'
import { modelOf } from '../../sql/model/ddl.ts'
import type { RawClient } from '../client.ts'
import { judgeTable } from './judge.ts'

export interface Wish {
  readonly schema: Schema
  readonly mode: 'apply' | 'check'
}

/** What was found: columns of the application that are not as DBAL makes them, and whether there is a history. */
export interface Prepared<Found> {
  readonly columns: ReadonlyMap<Field, Found>
  readonly history: boolean
}

/** A kind of database. */
export interface Ground<Found> {
  readonly target: MigrationTarget
  readonly catalog: Catalog
  /** Says why a column cannot hold a field; undefined where it can. */
  fits(field: Field, column: Column): string | undefined
  /** What only a closer look at a table that fits so far can tell: complaints, and what its columns are. */
  look(entity: Entity, table: Table, columns: Map<Field, Found>): Promise<readonly string[]>
}

/** DATABASE_ERROR with a hint that names entity and column; nothing is changed then. */
export async function prepareOn<Found>({ schema, mode }: Wish, { target, catalog, fits, look }: Ground<Found>): Promise<Prepared<Found>> {
  const { tables } = catalog
  const model = modelOf(schema, target.dialect)
  const { model: known } = standingOf(await readHistory(target), target)
  const made = new Set(known.tables.map(({ name }) => name))
  const foreign = new Map(tables.filter(({ name }) => !made.has(name)).map((table) => [table.name, table]))
  const complaints: string[] = []
  const columns = new Map<Field, Found>()
  for (const entity of schema.entities.values()) {
    const table = foreign.get(entity.table)
    if (table === undefined) continue
    const needs = {
      entity,
      model: model.tables.find(({ name }) => name === entity.table) ?? missing(entity),
      indexes: model.indexes.filter((index) => index.table === entity.table),
    }
    const found = judgeTable(needs, table, fits)
    complaints.push(...found)
    if (found.length === 0) complaints.push(...(await look(entity, table, columns)))
  }
  if (complaints.length > 0) throw unfit(complaints)
  const own = (name: string): boolean => !foreign.has(name)
  const wanted = { ...model, tables: model.tables.filter(({ name }) => own(name)), indexes: model.indexes.filter(({ table }) => own(table)) }
  await prepareDatabase(target, { schema: schema.version, model: wanted }, mode, { lockWait: usualLockWait })
  return { columns, history: mode === 'apply' || tables.some(({ name }) => name === historyTable) }
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

/** Has a decimal column room for every number of the field, on both sides of the point? */
export function roomFor({ precision = 38, scale = 0 }: Field, column: Column): boolean {
  if (column.precision === undefined) return true
  const behind = column.scale ?? 0
  return behind >= scale && column.precision - behind >= precision - scale
}

/** Integers of a catalogue are small; the client tells some of them as bigints. */
export function readerOf(tx: RawClient): Read {
  return async (sql, params = []) => {
    const rows = (await tx.$queryRawUnsafe(sql, ...params)) as readonly CatalogRow[]
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value])),
    )
  }
}

/** The transaction of the client is lock and frame of everything: it is rolled back where this is left by an error. */
export function targetOf(tx: RawClient, dialect: Dialect): MigrationTarget {
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
