/**
 * What differs between SQL databases. In charge of the seam that a dialect fills; must not know queries, drivers or connections.
 * Everything a dialect answers is text made of identifiers, placeholders and fixed words: a value never reaches it, except
 * `literal`, which serves DDL alone.
 */
import type { Field, Value, ValueType } from '../../schema/entity.ts'
import type { TableWords } from './model/words.ts'

/** A value in the form in which a driver binds and returns it. */
export type Physical = null | number | bigint | string | boolean | Uint8Array

/**
 * How the values of one type lie in the database.
 * `family` says what compares with what. Within `decimal` only equal `form`s do, and a double not with a 64-bit integer or a `numeric`
 * (exact numbers that the database itself compares): those meet in the dialect's `wide` codec. Texts of different forms meet as plain text.
 */
export interface Codec {
  readonly family: 'text' | 'number' | 'boolean' | 'bytes' | 'json' | 'decimal'
  /** Two codecs with equal forms write equal values alike. */
  readonly form:
    | 'text'
    | 'uuid'
    | 'datetime'
    | 'date'
    | 'integer'
    | 'float'
    | 'bigint'
    | 'boolean'
    | 'json'
    | 'bytes'
    | 'wide'
    | `scaled:${string}`
    | `sortable:${string}`
    | `numeric:${string}`
    | `stored:${string}`
  /** Of a column that others made, whose values lie in a way of their own: the form whose bound values are written in this one instead. */
  readonly takes?: Codec['form']
  /** Type of the column. */
  readonly column: string
  /** Of a non-null logical value. */
  encode(value: Value): Physical
  /** Of a non-null physical value; absent where it is the logical one already. */
  readonly decode?: (value: Physical) => Value
  /** How the expression is read so that nothing is rounded on the way. */
  select(sql: string): string
  /** Text of a non-null value within a bound list. */
  element(value: Value): string
  /** The physical value of a list's element. */
  fromElement(sql: string): string
  /** The expression in the wide form (numbers and decimals), as plain text (texts). */
  wide(sql: string): string
}

/** What one bound value is: of one type, the steps of a path, a list of values of one type, or a list of tuples. */
export type Shape = Codec | 'json' | { readonly list: Codec } | 'tuples'

/** An expression and the form of what it yields. */
export interface Typed {
  readonly sql: string
  readonly codec: Codec
  /** Becomes the value only when it is decoded, so that the database can neither compare nor sort by it. */
  readonly undecided?: true
}

export interface Dialect {
  readonly name: string
  /** Placeholders that one statement can have. */
  readonly maxBinds: number
  readonly wide: Codec
  quote(identifier: string): string
  /** Placeholder number `n`, from 1, of a value of that shape. The same number twice is one bound value. */
  placeholder(n: number, as: Shape): string
  /**
   * Several rows as one statement that binds one list a column and so has one text for any number of rows. Absent where rows are
   * written out. `columns` are quoted; `given` is what column number `i`, from 0, is given of its value, absent where each is given as it is.
   */
  insertLists?(table: string, columns: readonly string[], codecs: readonly Codec[], given?: (i: number, sql: string) => string): string
  /** Placeholder of the next value where values come in order, once each, and may be many. */
  placeholderInOrder(n: number, as: Codec): string
  /**
   * Absent where a placeholder says its number. Else the pattern that finds placeholders in a text, with the number as first group:
   * each becomes `?`, and the values are bound in the order in which they stand.
   */
  readonly positional?: RegExp
  /** Cell number `at`, from 0, of an answer, where a driver tells cells by their names; absent where it tells them by their place. */
  readonly cell?: (sql: string, at: number) => string
  /** The constants of conditions. */
  readonly yes: string
  readonly no: string
  /** A sort key; nulls are smallest. `nullable`: whether there can be any. */
  orderKey(sql: string, direction: 'asc' | 'desc', codec: Codec, nullable: boolean): string
  /** The expression in a form whose order is the one of the values; absent where each already is. */
  ordered?(sql: string, codec: Codec): string
  /** ` LIMIT … OFFSET …`, either of which may be absent. */
  limit(limit: string | undefined, offset: string | undefined): string
  /** How many rows; of the group, or of the table. */
  readonly count: Typed
  /** Whole statements; `sets` are assignments to bare columns, `where` begins with its word or is empty. */
  update(table: string, alias: string, sets: string, where: string): string
  remove(table: string, alias: string, where: string): string
  /** The insert without a look at references; absent where they are looked at when the statement ends, not row by row. */
  readonly unreferenced?: (insert: string) => string
  /** A column of a table that others may have made, as it is compared and read; absent where all columns are as they should be. */
  readonly stored?: (table: string, field: Field, sql: string) => string
  /** The other way: makes what such a column is given of a value in the field's own form, which stands in the answer once. Undefined: as it is. */
  readonly given?: (table: string, field: Field) => ((sql: string) => string) | undefined
  /** Equality; absent where it is the sign alone. */
  readonly equal?: (left: string, right: string) => string
  /** DELETE knows no alias: the table's own name stands for the row. */
  readonly unaliasedDelete?: true
  /** The table that a statement changes, where a subquery of it reads the same table; absent where nothing special is needed. */
  readonly readAgain?: (table: string) => string
  /** What a subquery in FROM ends with so that its order is kept; absent where it is kept anyway. */
  readonly keepOrder?: string
  /** A column as GROUP BY takes it; absent where it takes every column as it is. */
  readonly groupKey?: (sql: string, codec: Codec) => string
  codec(type: ValueType): Codec
  /** The folded text (schema/fold.ts). */
  fold(sql: string): string
  /** Case-sensitive text questions by code point; no character of `part` is special. */
  contains(text: string, part: string): string
  startsWith(text: string, part: string): string
  endsWith(text: string, part: string): string
  isTrue(sql: string): string
  /** A list as it is bound, of `Codec.element`s or tuples; `null` is an element too. */
  list(elements: readonly string[]): string
  tuple(elements: readonly string[]): string
  /** `list` is one bound list; false for an empty list, also for null. */
  inList(left: string, list: string, codec: Codec): string
  /** `list` is one bound list: of values for a single column, else of tuples. */
  keysIn(columns: readonly string[], list: string, codecs: readonly Codec[]): string
  /** Position, from 0, of `key` in a bound list of values. */
  positionIn(key: string, list: string, codec: Codec): string
  /** The steps of a path as they are bound. `as`: the JSON type of the scalar that is wanted, absent where any is. */
  jsonPath(steps: readonly string[], as: 'string' | 'number' | 'boolean' | undefined): string
  /** Scalar at a bound path, null unless its JSON type is `as`. */
  json(column: string, path: string, as: 'string' | 'number' | 'boolean', steps: readonly string[]): string
  /** True where nothing or JSON null is at the path. */
  jsonMissing(column: string, path: string, steps: readonly string[]): string
  /** A condition that is true until the deadline and stops the statement after it; absent where the server does it itself. */
  readonly deadline?: string
  /** The database asks an EXISTS of each row, whatever it holds: where an index leads to few rows of the subquery, they are listed for IN. */
  readonly listsSubqueries?: true
  /** Least or greatest of a column. */
  extreme(fn: 'min' | 'max', sql: string, codec: Codec): Typed
  /** Exact sum and mean (sum by count, as doubles) of a column of `type`. */
  sum(sql: string, type: ValueType): Typed
  avg(sql: string, type: ValueType): Typed
  /** How tables are made and changed. */
  readonly tables: TableWords
  /** What follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: string
  /** Type of the field's column where it is part of a key; absent where every column can be. */
  readonly keyColumn?: (field: Field) => string
  /** Conditions on a column that follow from its field. */
  checks(column: string, field: Field): readonly string[]
  /** For DDL only (defaults of added columns). */
  literal(value: Physical): string
}

/** Lists as JSON arrays, for databases that take them apart. */
export const jsonLists: Pick<Dialect, 'list' | 'tuple' | 'jsonPath'> = {
  list: (elements) => `[${elements.join(',')}]`,
  tuple: (elements) => `[${elements.join(',')}]`,
  jsonPath: (steps) => JSON.stringify(steps),
}

/** The codec in which both sides compare exactly; undefined where they do as they are. */
export function meeting(dialect: Dialect, a: Codec, b: Codec): Codec | undefined {
  if (comparable(a, b)) return undefined
  return a.family === 'text' ? dialect.codec({ type: 'text' }) : dialect.wide
}

/** True where both sides can stand in one comparison as they are. */
export function comparable(a: Codec, b: Codec): boolean {
  if (a.form === b.form) return true
  if (a.family === 'text') return false
  if (a.family === 'decimal' || b.family === 'decimal') return false
  return !((a.form === 'float' && isExact(b)) || (isExact(a) && b.form === 'float'))
}

function isExact({ form }: Codec): boolean {
  return form === 'bigint' || form.startsWith('numeric:')
}
