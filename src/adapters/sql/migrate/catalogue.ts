/**
 * The live catalogue of a database, and the part of it that DBAL made, as it is kept in the history.
 * In charge of asking the right reader; must not know what is compared with it.
 */
import type { Catalog } from '../../../catalog/catalog.ts'
import { readMysqlCatalog } from '../../../catalog/mysql.ts'
import { readPostgresCatalog } from '../../../catalog/postgres.ts'
import { readSqliteCatalog } from '../../../catalog/sqlite.ts'
import type { Dialect } from '../dialect.ts'
import type { Model } from '../model/model.ts'
import type { Records } from './target.ts'

const readers: Readonly<Record<string, (read: Records) => Promise<Catalog>>> = {
  sqlite: readSqliteCatalog,
  postgresql: readPostgresCatalog,
  mysql: readMysqlCatalog,
}

export function readCatalogue(dialect: Dialect, records: Records): Promise<Catalog> {
  return (readers[dialect.name] as (read: Records) => Promise<Catalog>)(records)
}

/**
 * The tables of the model alone: those of others are their business. Of tables that were not `touched` what was kept `before` stays, so
 * that what others changed in them is not forgotten. Parts without a name (expressions) become null, as JSON has it.
 */
export async function snapshotOf(
  dialect: Dialect,
  records: Records,
  model: Model,
  before?: { readonly catalogue: string; readonly touched: ReadonlySet<string> },
): Promise<string> {
  const { system, version, tables } = await readCatalogue(dialect, records)
  const kept =
    before === undefined ? [] : (JSON.parse(before.catalogue) as Pick<Catalog, 'tables'>).tables.filter(({ name }) => !before.touched.has(name))
  const own = model.tables.flatMap(({ name }) => kept.find((table) => table.name === name) ?? tables.find((table) => table.name === name) ?? [])
  return JSON.stringify({ system, version, tables: own })
}
