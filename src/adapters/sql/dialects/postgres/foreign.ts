/**
 * Columns of tables that others made, whose values a schema has no word for: times finer than a millisecond, and json that is no jsonb.
 * In charge of comparing, sorting and reading them as what they are read as; must not know connections.
 */
import type { Field } from '../../../../schema/entity.ts'
import type { Dialect } from '../../dialect.ts'
import { postgresDialect } from './dialect.ts'

/** Answers table, column and type of each; $1 is a list of tables. */
export const foreignColumnsSql = `SELECT c.relname, a.attname, a.atttypid::regtype::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relname = ANY($1::text[]) AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped
AND (a.atttypid = 'json'::regtype OR a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype) AND a.atttypmod NOT BETWEEN 0 AND 3)`

const keyOf = (table: string, column: string): string => `${table}\0${column}`

/** Undefined where all columns are as DBAL makes them: then nothing stands between them and their indexes. */
export function foreignDialect(rows: readonly (readonly unknown[])[]): Dialect | undefined {
  const types = new Map(rows.map(([table, column, type]) => [keyOf(String(table), String(column)), String(type)]))
  if (types.size === 0) return undefined
  const stored = (table: string, field: Field, sql: string): string => {
    const type = types.get(keyOf(table, field.column))
    if (type === undefined) return sql
    if (type === 'json') return field.type === 'json' ? `${sql}::jsonb` : sql
    // Reading drops what is finer. A cursor or filter made of what was read finds its row only if comparing drops it too.
    return field.type === 'datetime' ? `date_trunc('milliseconds', ${sql})` : sql
  }
  return { ...postgresDialect, stored }
}
