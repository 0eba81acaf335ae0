/** How PostgreSQL's tables are made and changed. In charge of its words for that; must not know plans. */
import type { ColumnModel } from '../../model/model.ts'
import type { Operation } from '../../model/operation.ts'
import { isTextual, keepsDigits } from '../../model/values.ts'
import type { Probe, TableWords } from '../../model/words.ts'

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** The bare type, without what follows a collation. */
function cast(column: string, { type }: ColumnModel): string {
  return `${column}::${type.replace(/\s+COLLATE\b.*$/is, '')}`
}

function convert(column: string, before: ColumnModel, after: ColumnModel): string | undefined {
  const { value: from } = before
  const { value: to } = after
  if (from.type === to.type && from.type !== 'decimal') return cast(column, after)
  if (isTextual(from) && isTextual(to)) return after.type === before.type ? column : cast(`${column}::text`, after)
  if (from.type === 'integer' && to.type === 'float') return cast(column, after)
  if (['integer', 'bigint'].includes(from.type) && isTextual(to)) return cast(column, after)
  if (from.type === 'date' && to.type === 'datetime') return `(${column}::timestamp AT TIME ZONE 'UTC')`
  return keepsDigits(from, to) ? cast(column, after) : undefined
}

/** Only what runs outside of a transaction needs one. An index that was not finished is there, but not valid. */
function probe(operation: Operation): Probe | undefined {
  const index = (name: string, condition: string): Probe => ({
    sql: `SELECT 1 AS found FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = $1${condition}`,
    params: [name],
  })
  if (operation.op === 'createIndex') return index(operation.index.name, ' AND i.indisvalid')
  if (operation.op === 'dropIndex') {
    return {
      sql: 'SELECT 1 AS found WHERE NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = $1)',
      params: [operation.index.name],
    }
  }
  return undefined
}

export const postgresTables: TableWords = {
  transactional: true,
  alters: 'parts',
  online: true,
  renamesConstraints: true,
  parameter: (n) => `$${n}`,
  tableExists: (name) => ({
    sql: 'SELECT 1 AS found FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = $1',
    params: [name],
  }),
  // In the order in which pages are read: nulls are smallest.
  keyPart: ({ name, nullable }) => (nullable ? `${quote(name)} NULLS FIRST` : quote(name)),
  dropIndex: ({ name }, online) => `DROP INDEX ${online ? 'CONCURRENTLY ' : ''}${quote(name)}`,
  renameIndex: (_table, from, to) => `ALTER INDEX ${quote(from)} RENAME TO ${quote(to)}`,
  dropCheck: (table, name) => `ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`,
  dropReference: (table, name) => `ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`,
  defaultText: (literal) => literal,
  convert,
  probe,
  undo: (operation) =>
    operation.op === 'createIndex' && operation.online ? `DROP INDEX CONCURRENTLY IF EXISTS ${quote(operation.index.name)}` : undefined,
}
