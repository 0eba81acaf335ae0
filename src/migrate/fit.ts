/** Whether a column that somebody else made holds the values of a field. In charge of types by database; must not know tables. */
import type { ColumnModel } from '../adapters/sql/model/model.ts'
import type { Catalog, Column } from '../catalog/catalog.ts'
import type { FieldTypeName } from '../schema/entity.ts'

type Bases = Readonly<Partial<Record<FieldTypeName, readonly string[]>>>

const texts = (bases: readonly string[]): Bases => ({ string: bases, text: bases, email: bases, enum: bases, cuid: bases })

/** Types whose values the dialect's codecs read and write as they are. */
const postgres: Bases = {
  ...texts(['text', 'character varying', 'varchar']),
  uuid: ['uuid'],
  integer: ['integer', 'int4'],
  bigint: ['bigint', 'int8'],
  decimal: ['numeric'],
  float: ['double precision', 'float8'],
  boolean: ['boolean', 'bool'],
  datetime: ['timestamp with time zone'],
  date: ['date'],
  json: ['jsonb'],
  bytes: ['bytea'],
}

const mysql: Bases = {
  ...texts(['varchar', 'char', 'tinytext', 'text', 'mediumtext', 'longtext']),
  uuid: ['char', 'varchar'],
  integer: ['int'],
  bigint: ['bigint'],
  decimal: ['decimal'],
  float: ['double'],
  boolean: ['tinyint'],
  datetime: ['datetime'],
  date: ['date'],
  json: ['json', 'longtext'],
  bytes: ['blob', 'mediumblob', 'longblob', 'varbinary'],
}

export function fits(column: ColumnModel, other: Column, system: Catalog['system']): boolean {
  if (other.array === true || other.unsigned === true) return false
  const { type, precision, scale = 0 } = column.value
  // SQLite's types say how a value is kept: only the same one keeps it alike.
  if (system === 'sqlite') return affinity(other.type) === column.type.toUpperCase()
  if (!((system === 'postgresql' ? postgres : mysql)[type] ?? []).includes(other.base)) return false
  if (type === 'decimal') return other.precision !== undefined && other.scale === scale && other.precision >= (precision ?? 38)
  if (type === 'datetime') return other.precision === undefined ? system === 'postgresql' : other.precision >= 3
  return true
}

/** By the rules of sqlite.org/datatype3.html#determination_of_column_affinity, as one of the strict types. */
function affinity(declared: string): string {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type.includes('BLOB') || type === '') return 'BLOB'
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}
