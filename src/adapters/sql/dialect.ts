/**
 * What differs between SQL databases. In charge of the seam that a dialect fills; must not know queries, drivers or connections.
 * Everything a dialect answers is text made of identifiers, placeholders and fixed words: a value never reaches it, except
 * `literal`, which serves DDL alone.
 */
import type { Field, Value, ValueType } from '../../schema/entity.ts'

/** A value in the form in which a driver binds and returns it. */
export type Physical = null | number | bigint | string | boolean | Uint8Array

/**
 * How the values of one type lie in the database.
 * `family` says what compares with what. Within `decimal` only equal `form`s do, and a double not with a 64-bit integer: those meet
 * in the dialect's `wide` codec.
 */
export interface Codec {
  readonly family: 'text' | 'number' | 'boolean' | 'bytes' | 'json' | 'decimal'
  /** Two codecs with equal forms write equal values alike. */
  readonly form: 'text' | 'integer' | 'float' | 'bigint' | 'boolean' | 'json' | 'bytes' | 'wide' | `scaled:${string}` | `sortable:${string}`
  /** Type of the column. */
  readonly column: string
  /** Of a non-null logical value. */
  encode(value: Value): Physical
  /** Of a non-null physical value; absent where it is the logical one already. */
  readonly decode?: (value: Physical) => Value
  /** How the expression is read so that nothing is rounded on the way. */
  select(sql: string): string
  /** JSON text of a non-null value within a bound list. */
  element(value: Value): string
  /** The physical value of a list's element. */
  fromElement(sql: string): string
  /** The expression in the wide form; only for numbers and decimals. */
  wide(sql: string): string
}

/** An expression and the form of what it yields. */
export interface Typed {
  readonly sql: string
  readonly codec: Codec
}

export interface Dialect {
  readonly name: string
  /** Placeholders that one statement can have. */
  readonly maxBinds: number
  readonly wide: Codec
  quote(identifier: string): string
  /** Placeholder number `n`, from 1, of a value in the form of `as`, or of a list or path as JSON text. The same number twice is one bound value. */
  placeholder(n: number, as: Codec | 'json'): string
  /** Placeholder of the next value where values come in order, once each, and may be many. */
  placeholderInOrder(n: number, as: Codec): string
  /**
   * Absent where a placeholder says its number. Else the pattern that finds placeholders in a text, with the number as first group:
   * each becomes `?`, and the values are bound in the order in which they stand.
   */
  readonly positional?: RegExp
  /** The constants of conditions. */
  readonly yes: string
  readonly no: string
  /** A sort key; nulls are smallest. */
  orderKey(sql: string, direction: 'asc' | 'desc', codec: Codec): string
  /** ` LIMIT … OFFSET …`, either of which may be absent. */
  limit(limit: string | undefined, offset: string | undefined): string
  /** How many rows; of the group, or of the table. */
  readonly count: Typed
  /** Whole statements; `sets` are assignments to bare columns, `where` begins with its word or is empty. */
  update(table: string, alias: string, sets: string, where: string): string
  remove(table: string, alias: string, where: string): string
  codec(type: ValueType): Codec
  /** The folded text (schema/fold.ts). */
  fold(sql: string): string
  /** Case-sensitive text questions by code point; no character of `part` is special. */
  contains(text: string, part: string): string
  startsWith(text: string, part: string): string
  endsWith(text: string, part: string): string
  isTrue(sql: string): string
  /** `list` is one bound JSON array; false for an empty list, also for null. */
  inList(left: string, list: string, codec: Codec): string
  /** `list` is one bound JSON array: of values for a single column, else of arrays. */
  keysIn(columns: readonly string[], list: string, codecs: readonly Codec[]): string
  /** Position, from 0, of `key` in a bound JSON array of values. */
  positionIn(key: string, list: string, codec: Codec): string
  /** Scalar at a bound path (a JSON array of steps), null unless its JSON type is `as`. */
  json(column: string, path: string, as: 'string' | 'number' | 'boolean'): string
  /** True where nothing or JSON null is at the path. */
  jsonMissing(column: string, path: string): string
  /** A condition that is true until the deadline and stops the statement after it; absent where the server does it itself. */
  readonly deadline?: string
  /** Exact sum and mean (sum by count, as doubles) of a column of `type`. */
  sum(sql: string, type: ValueType): Typed
  avg(sql: string, type: ValueType): Typed
  /** What follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: string
  /** Conditions on a column that follow from its field. */
  checks(column: string, field: Field): readonly string[]
  /** For DDL only (defaults of added columns). */
  literal(value: Physical): string
}

/** True where both sides can stand in one comparison as they are. */
export function comparable(a: Codec, b: Codec): boolean {
  if (a.form === b.form) return true
  if (a.family === 'decimal' || b.family === 'decimal') return false
  return !((a.form === 'float' && b.form === 'bigint') || (a.form === 'bigint' && b.form === 'float'))
}
