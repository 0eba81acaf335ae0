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

/** The tables of the model alone: those of others are their business. Parts without a name (expressions) become null, as JSON has it. */
export async function snapshotOf(dialect: Dialect, records: Records, model: Model): Promise<string> {
  const { system, version, tables } = await readCatalogue(dialect, records)
  const own = new Set(model.tables.map(({ name }) => name))
  return JSON.stringify({ system, version, tables: tables.filter(({ name }) => own.has(name)) })
}
