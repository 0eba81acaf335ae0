/**
 * The dialect of SQLite.
 * In charge of its spelling; must not know queries or connections. Functions named dbal_* are registered by adapters/sqlite.
 */
import type { Field, ValueType } from '../../../../schema/entity.ts'
import { normalise } from '../../../../schema/field-type.ts'
import { type Codec, type Dialect, jsonLists, type Physical } from '../../dialect.ts'
import { computed, digitsOf, sqliteCodec, wideCodec } from './codec.ts'
import { quote, sqliteTables } from './tables.ts'

const wide = wideCodec(0)

function literal(value: Physical): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'object') return `x'${Buffer.from(value).toString('hex')}'`
  return String(value)
}

/** Each `value` of the list; several columns are taken out of nested arrays by position. */
function keysIn(columns: readonly string[], list: string, codecs: readonly Codec[]): string {
  if (columns.length === 1) return inList(columns[0] as string, list, codecs[0] as Codec)
  const elements = codecs.map((codec, i) => codec.fromElement(`json_extract(value, '$[${i}]')`))
  return `(${columns.join(', ')}) IN (SELECT ${elements.join(', ')} FROM json_each(${list}))`
}

function inList(left: string, list: string, codec: Codec): string {
  return `${left} IN (SELECT ${codec.fromElement('value')} FROM json_each(${list}))`
}

/** Scale at which the exact sum of a type is kept, or undefined where doubles do. */
function sumScale(type: ValueType): number | undefined {
  if (type.type === 'bigint') return 0
  return type.type === 'decimal' ? digitsOf(type).scale : undefined
}

export const sqliteDialect: Dialect = {
  ...jsonLists,
  name: 'sqlite',
  maxBinds: 32_766,
  wide,
  quote,
  literal,
  inList,
  keysIn,
  placeholder: (n) => `?${n}`,
  yes: '1',
  no: '0',
  orderKey: (sql, direction) => (direction === 'desc' ? `${sql} DESC` : sql),
  // An offset alone is no clause.
  limit: (limit, offset) =>
    limit === undefined && offset === undefined ? '' : ` LIMIT ${limit ?? -1}${offset === undefined ? '' : ` OFFSET ${offset}`}`,
  count: { sql: 'count(*)', codec: sqliteCodec({ type: 'integer' }) },
  update: (table, alias, sets, where) => `UPDATE ${table} AS ${alias} SET ${sets}${where}`,
  remove: (table, alias, where) => `DELETE FROM ${table} AS ${alias}${where}`,
  // A numbered one has a name, and looking thousands of names up takes time that grows with their square.
  placeholderInOrder: () => '?',
  codec: sqliteCodec,
  fold: (sql) => `dbal_fold(${sql})`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  startsWith: (text, part) => `instr(${text}, ${part}) = 1`,
  endsWith: (text, part) => `substr(${text}, length(${text}) - length(${part}) + 1) = ${part}`,
  isTrue: (sql) => `(${sql}) IS TRUE`,
  positionIn: (key, list, codec) => `(SELECT key FROM json_each(${list}) WHERE ${codec.fromElement('value')} = ${key})`,
  json: (column, path, as) => `dbal_json_${as}(${column}, ${path})`,
  jsonMissing: (column, path) => `dbal_json_missing(${column}, ${path})`,
  // Of a row in 32 on average: a call from SQLite costs more than visiting a row (measured: 0.12 µs beside 0.04).
  deadline: '(random() & 31 OR dbal_deadline())',
  listsSubqueries: true,
  extreme: (fn, sql, codec) => ({ sql: `${fn}(${sql})`, codec }),
  sum(sql, type) {
    const scale = sumScale(type)
    if (scale !== undefined) return { sql: `dbal_sum(${sql}, ${scale})`, codec: wideCodec(scale) }
    if (type.type === 'float') return { sql: `dbal_sum_float(${sql})`, codec: computed }
    return { sql: `CAST(sum(${sql}) AS REAL)`, codec: computed }
  },
  avg(sql, type) {
    const scale = sumScale(type)
    if (scale !== undefined) return { sql: `dbal_avg(${sql}, ${scale})`, codec: computed }
    const sum = type.type === 'float' ? `dbal_sum_float(${sql})` : `CAST(sum(${sql}) AS REAL)`
    return { sql: `${sum} / count(${sql})`, codec: computed }
  },
  tables: sqliteTables,
  tableOptions: ' STRICT',
  checks,
}

function checks(column: string, field: Field): readonly string[] {
  return [...formChecks(column, field), ...rangeChecks(column, field), ...lengthChecks(column, field)]
}

function formChecks(column: string, field: Field): string[] {
  switch (field.type) {
    case 'enum':
      return [`${column} IN (${(field.values ?? []).map((value) => literal(value)).join(', ')})`]
    case 'boolean':
      return [`${column} IN (0, 1)`]
    case 'integer':
      return [`${column} BETWEEN -2147483648 AND 2147483647`]
    case 'json':
      return [`json_valid(${column})`]
    case 'uuid':
      return [`length(${column}) = 36`]
    case 'datetime':
      return [`length(${column}) = 24`]
    case 'date':
      return [`length(${column}) = 10`]
    case 'decimal':
      return decimalChecks(column, field)
    default:
      return []
  }
}

function decimalChecks(column: string, field: Field): string[] {
  const { precision } = digitsOf(field)
  if (sqliteCodec(field).column === 'TEXT') return [`length(${column}) = ${precision + 1}`]
  const most = '9'.repeat(precision)
  return [`${column} BETWEEN -${most} AND ${most}`]
}

function rangeChecks(column: string, field: Field): string[] {
  const found: string[] = []
  for (const [sign, given] of [
    ['>=', field.min],
    ['<=', field.max],
  ] as const) {
    if (given === undefined) continue
    const limit = normalise(field, given)
    if (limit.ok) found.push(`${column} ${sign} ${literal(sqliteCodec(field).encode(limit.value))}`)
  }
  return found
}

/** length() counts code points of text and bytes of a blob, as the engine does. */
function lengthChecks(column: string, field: Field): string[] {
  const found: string[] = []
  if (field.minLength !== undefined) found.push(`length(${column}) >= ${field.minLength}`)
  if (field.maxLength !== undefined) found.push(`length(${column}) <= ${field.maxLength}`)
  return found
}
