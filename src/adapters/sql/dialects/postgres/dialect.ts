/** The dialect of PostgreSQL. In charge of its spelling; must not know queries or connections. Functions named dbal_* are in functions.ts. */
import type { ValueType } from '../../../../schema/entity.ts'
import type { Codec, Dialect, Shape, Typed } from '../../dialect.ts'
import { checks, literal } from './checks.ts'
import { computed, type PostgresCodec, postgresCodec, quotedElement, wideCodec } from './codec.ts'
import { exactName, foldName } from './functions.ts'
import { postgresTables } from './tables.ts'

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

const castOf = (codec: Codec): string => (codec as PostgresCodec).cast

/** Always with its type: what the server would guess from the surroundings may be another one. */
function placeholder(n: number, as: Shape): string {
  if (as === 'json') return `$${n}::jsonpath`
  if (as === 'tuples') return `$${n}::text[]`
  return 'list' in as ? `$${n}::${castOf(as.list)}[]` : `$${n}::${castOf(as)}`
}

/** Tuples are arrays of text within an array of text: taken apart in one pass, each by itself. */
function keysIn(columns: readonly string[], list: string, codecs: readonly Codec[]): string {
  if (columns.length === 1) return `${columns[0]} = ANY(${list})`
  const parts = codecs.map((codec, i) => `(k::text[])[${i + 1}]::${castOf(codec)}`)
  return `(${columns.join(', ')}) IN (SELECT ${parts.join(', ')} FROM unnest(${list}) AS k)`
}

/** No array is so long. */
const farthest = 2 ** 31 - 1

/** A strict path answers nothing where the document is of another form: no step looks into arrays by itself. */
function jsonPath(steps: readonly string[], as: 'string' | 'number' | 'boolean' | undefined): string {
  const path = steps.map((step) => (/^[0-9]+$/.test(step) ? `[${Math.min(Number(step), farthest)}]` : `.${JSON.stringify(step)}`)).join('')
  return `strict $${path} ? (${as === undefined ? '@ != null' : `@.type() == "${as}"`})`
}

const scalar = (column: string, path: string): string => `(jsonb_path_query_first(${column}, ${path}, '{}', true) #>> '{}')`

const jsonCasts = { string: '', number: '::float8', boolean: '::bool' } as const

/** Text of any collation sorts by code point. Where the column's own collation says so already, its indexes still serve. */
function ordered(sql: string, codec: Codec): string {
  return codec.form === 'text' ? `${sql} COLLATE "C"` : sql
}

function orderKey(sql: string, direction: 'asc' | 'desc', codec: Codec, nullable: boolean): string {
  const key = ordered(sql, codec)
  // Without nulls the plain words fit an index of either kind.
  if (direction === 'asc') return nullable ? `${key} NULLS FIRST` : key
  return nullable ? `${key} DESC NULLS LAST` : `${key} DESC`
}

/** PostgreSQL has no least or greatest of these two types before version 18. */
function extreme(fn: 'min' | 'max', sql: string, codec: Codec): Typed {
  if (codec.form === 'boolean') return { sql: `${fn === 'min' ? 'bool_and' : 'bool_or'}(${sql})`, codec }
  if (codec.form === 'uuid') return { sql: `${fn}((${sql})::text COLLATE "C")::uuid`, codec }
  return { sql: `${fn}(${ordered(sql, codec)})`, codec }
}

/** What adds up exactly: whole numbers and decimals as they are, doubles as all of their digits. */
function total(sql: string, type: ValueType): string {
  return `sum(${type.type === 'float' ? `${exactName}(${sql})` : sql})`
}

/** Digits behind the point of an exact sum; undefined where the sum is a double. */
function sumScale(type: ValueType): number | undefined {
  if (type.type === 'bigint') return 0
  return type.type === 'decimal' ? (type.scale ?? 0) : undefined
}

export const postgresDialect: Dialect = {
  name: 'postgresql',
  // The count of a statement's values travels in 16 bits.
  maxBinds: 65_535,
  wide: wideCodec(0),
  quote,
  literal,
  checks,
  placeholder,
  placeholderInOrder: placeholder,
  insertLists(table, columns, codecs, given) {
    const lists = codecs.map((codec, i) => placeholder(i + 1, { list: codec }))
    const head = `INSERT INTO ${table} (${columns.join(', ')})`
    if (given === undefined) return `${head} SELECT * FROM unnest(${lists.join(', ')})`
    const names = codecs.map((_, i) => `c${i}`)
    return `${head} SELECT ${names.map((name, i) => given(i, `u.${name}`)).join(', ')} FROM unnest(${lists.join(', ')}) AS u(${names.join(', ')})`
  },
  yes: 'TRUE',
  no: 'FALSE',
  orderKey,
  ordered,
  limit: (limit, offset) => `${limit === undefined ? '' : ` LIMIT ${limit}`}${offset === undefined ? '' : ` OFFSET ${offset}`}`,
  count: { sql: 'count(*)', codec: postgresCodec({ type: 'integer' }) },
  update: (table, alias, sets, where) => `UPDATE ${table} AS ${alias} SET ${sets}${where}`,
  remove: (table, alias, where) => `DELETE FROM ${table} AS ${alias}${where}`,
  codec: postgresCodec,
  fold: (sql) => `${foldName}(${sql})`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  startsWith: (text, part) => `starts_with(${text}, ${part})`,
  endsWith: (text, part) => `right(${text}, length(${part})) = ${part}`,
  isTrue: (sql) => `(${sql}) IS TRUE`,
  list: (elements) => `{${elements.join(',')}}`,
  tuple: (elements) => quotedElement(`{${elements.join(',')}}`),
  inList: (left, list) => `${left} = ANY(${list})`,
  keysIn,
  positionIn: (key, list) => `array_position(${list}, ${key}) - 1`,
  jsonPath,
  json: (column, path, as) => `${scalar(column, path)}${jsonCasts[as]}`,
  jsonMissing: (column, path) => `(${scalar(column, path)} IS NULL)`,
  extreme,
  sum(sql, type) {
    const scale = sumScale(type)
    return scale === undefined ? { sql: `${total(sql, type)}::float8`, codec: computed } : { sql: total(sql, type), codec: wideCodec(scale) }
  },
  avg: (sql, type) => ({ sql: `${total(sql, type)}::float8 / count(${sql})`, codec: computed }),
  tables: postgresTables,
  tableOptions: '',
}
