/**
 * Columns of tables that others made, whose values a schema has no word for: times finer than a millisecond, json that is no jsonb, enums of
 * the database, texts that are filled up with spaces or take different ones for equal. In charge of comparing, sorting, reading and writing
 * them as what they are read as, and of the help that their indexes still are; must not know connections.
 */
import type { Field } from '../../../../schema/entity.ts'
import type { Dialect } from '../../dialect.ts'
import { postgresDialect } from './dialect.ts'

/**
 * Answers table, column, the type to cast to, and of what kind it is below all domains: e for an enum, b and i for a text whose
 * equality is loose, by its type or its collation, else the type's name. $1 is a list of tables.
 */
export const foreignColumnsSql = `WITH RECURSIVE below AS (
  SELECT oid AS top, oid, typbasetype, typtypmod, typtype FROM pg_type
  UNION ALL SELECT b.top, t.oid, t.typbasetype, CASE WHEN b.typtypmod >= 0 THEN b.typtypmod ELSE t.typtypmod END, t.typtype
  FROM below b JOIN pg_type t ON t.oid = b.typbasetype)
SELECT c.relname, a.attname,
  CASE WHEN b.typtype = 'e' THEN a.atttypid::regtype::text WHEN b.oid = 'bpchar'::regtype THEN 'bpchar' ELSE b.oid::regtype::text END,
  CASE WHEN b.typtype = 'e' THEN 'e' WHEN b.oid::regtype::text IN ('json', 'timestamp with time zone', 'timestamp without time zone') THEN b.oid::regtype::text
    WHEN b.oid = 'bpchar'::regtype OR b.oid = to_regtype('citext') THEN 'b' ELSE 'i' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN below b ON b.top = a.atttypid AND b.typbasetype = 0
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relname = ANY($1::text[]) AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped
  AND (b.typtype = 'e' OR b.oid IN ('json'::regtype, 'bpchar'::regtype) OR NOT coalesce(l.collisdeterministic, true) OR b.oid = to_regtype('citext')
    OR b.oid IN ('timestamptz'::regtype, 'timestamp'::regtype) AND CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE b.typtypmod END NOT BETWEEN 0 AND 3)`

interface Foreign {
  /** Quoted, and with its schema, where it has to be. */
  readonly type: string
  readonly kind: string
}

const keyOf = (table: string, column: string): string => `${table}\0${column}`

const textual: ReadonlySet<string> = new Set(['string', 'text', 'email', 'cuid', 'enum'])

/** Undefined where all columns are as DBAL makes them: then nothing stands between them and their indexes. */
export function foreignDialect(rows: readonly (readonly unknown[])[]): Dialect | undefined {
  const found = new Map(
    rows.map(([table, column, type, kind]): [string, Foreign] => [keyOf(String(table), String(column)), { type: String(type), kind: String(kind) }]),
  )
  if (found.size === 0) return undefined
  const loose = new Loose()
  return {
    ...postgresDialect,
    stored(table, field, sql) {
      const foreign = found.get(keyOf(table, field.column))
      if (foreign === undefined) return sql
      const stored = storedSql(foreign.kind, field, sql)
      if (stored !== sql) loose.learn(stored, sql, foreign)
      return stored
    },
    given(table, { column, type }) {
      const foreign = found.get(keyOf(table, column))
      // A text becomes a member of an enum only when it is told to.
      return foreign?.kind === 'e' && type === 'enum' ? (sql) => `(${sql})::${foreign.type}` : undefined
    },
    equal: (left, right) => loose.equal(left, right),
    inList: (left, list, codec) => `${loose.among(left, list)}${postgresDialect.inList(left, list, codec)}`,
    keysIn: (columns, list, codecs) =>
      `${columns.length === 1 ? loose.among(columns[0] as string, list) : ''}${postgresDialect.keysIn(columns, list, codecs)}`,
  }
}

function storedSql(kind: string, { type }: Field, sql: string): string {
  switch (kind) {
    case 'e':
    case 'b':
    case 'i':
      return textual.has(type) ? `${sql}::text COLLATE "C"` : sql
    case 'json':
      return type === 'json' ? `${sql}::jsonb` : sql
    default:
      // Reading drops what is finer. A cursor or filter made of what was read finds its row only if comparing drops it too.
      return type === 'datetime' ? `date_trunc('milliseconds', ${sql})` : sql
  }
}

const bound = /^\$\d+::text$/
const boundList = /^\$\d+::text\[\]$/

/** Texts that their own type takes for equal are more than those that are, never less: its index finds them first. */
class Loose {
  /** Column and type behind an expression. As many as there are columns and aliases of them. */
  readonly #columns = new Map<string, { readonly sql: string; readonly type: string }>()

  learn(stored: string, sql: string, { kind, type }: Foreign): void {
    // What is no member of an enum cannot be compared with one.
    if (kind === 'b' || kind === 'i') this.#columns.set(stored, { sql, type: kind === 'i' ? 'text' : type })
  }

  equal(left: string, right: string): string {
    const [a, b] = [this.#columns.get(left), this.#columns.get(right)]
    const exact = `${left} = ${right}`
    if (a !== undefined && b !== undefined) return a.type === b.type ? `${a.sql} = ${b.sql} AND ${exact}` : exact
    if (a !== undefined && bound.test(right)) return `${a.sql} = (${right})::${a.type} AND ${exact}`
    if (b !== undefined && bound.test(left)) return `${b.sql} = (${left})::${b.type} AND ${exact}`
    return exact
  }

  /** What stands before the condition that a column is in a list. */
  among(left: string, list: string): string {
    const column = this.#columns.get(left)
    return column === undefined || !boundList.test(list) ? '' : `${column.sql} = ANY((${list})::${column.type}[]) AND `
  }
}
