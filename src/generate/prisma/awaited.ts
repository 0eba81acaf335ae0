/**
 * Column types of databases whose dialect is not in this version yet, so that their Prisma schemas can be written already.
 * In charge of those types alone; goes when src/adapters/sql/dialects has them.
 */
import type { Codec, Dialect } from '../../adapters/sql/dialect.ts'
import { sqliteDialect } from '../../adapters/sql/dialects/sqlite/dialect.ts'
import type { Field, ValueType } from '../../schema/entity.ts'

const postgres: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  integer: 'int4',
  bigint: 'int8',
  float: 'float8',
  boolean: 'bool',
  datetime: 'timestamptz(3)',
  date: 'date',
  json: 'jsonb',
  bytes: 'bytea',
}

const mysql: Readonly<Record<string, string>> = {
  uuid: 'char(36)',
  integer: 'int',
  bigint: 'bigint',
  float: 'double',
  boolean: 'tinyint(1)',
  datetime: 'datetime(3)',
  date: 'date',
  json: 'longtext',
  bytes: 'longblob',
}

function digits({ precision = 38, scale = 0 }: ValueType): string {
  return `(${precision},${scale})`
}

function onPostgres(type: ValueType): string {
  return type.type === 'decimal' ? `numeric${digits(type)}` : (postgres[type.type] ?? 'text COLLATE "C"')
}

/** Characters of a text that has no limit of its own but may be indexed: what InnoDB's largest key holds, 3072 bytes of utf8mb4. */
const longestKey = 768

function onMysql(type: ValueType): string {
  if (type.type === 'decimal') return `decimal${digits(type)}`
  if (type.type === 'text') return 'longtext'
  return mysql[type.type] ?? `varchar(${Math.min((type as Field).maxLength ?? 255, longestKey)})`
}

function withColumns(name: string, column: (type: ValueType) => string): Dialect {
  const codec = (type: ValueType): Codec => ({ ...sqliteDialect.codec(type), column: column(type), encode: (value) => value as string })
  return { ...sqliteDialect, name, codec, checks: () => [], literal: String, tableOptions: '' }
}

export const awaitedPostgres = withColumns('postgresql', onPostgres)
export const awaitedMysql = withColumns('mysql', onMysql)
