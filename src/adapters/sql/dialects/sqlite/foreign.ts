/**
 * Columns of SQLite tables that others made, whose values lie otherwise than DBAL lays them down: times as CURRENT_TIMESTAMP writes them,
 * decimals as numbers, uuids in any letters. In charge of reading, comparing and writing them so that nothing is altered; must not know
 * connections. What is none of a field's values is an error when it is read, and never another value.
 */

import { typeParts } from '../../../../catalog/catalog.ts'
import { goes, type Way } from '../../../../catalog/sqlite-values.ts'
import { DBALError } from '../../../../errors/error.ts'
import type { Field, FieldTypeName, Value, ValueType } from '../../../../schema/entity.ts'
import type { Codec, Dialect, Physical } from '../../dialect.ts'
import { digitsOf, sqliteCodec } from './codec.ts'
import { fromScaled, plainDigits, toScaled } from './decimal.ts'
import { sqliteDialect } from './dialect.ts'

/** Answers table, column and declared type of those that no table of DBAL has. */
export const foreignColumnsSql = `SELECT m.name, p.name, p.type FROM sqlite_schema AS m, pragma_table_info(m.name) AS p
WHERE m.type = 'table' AND upper(p.type) NOT IN ('INTEGER', 'TEXT', 'REAL', 'BLOB')`

/** The way in which a field's values lie in a column that is declared so. */
const ways: Readonly<Partial<Record<FieldTypeName, Way>>> = {
  datetime: 'moment',
  date: 'day',
  decimal: 'digits',
  float: 'double',
  boolean: 'flag',
  uuid: 'uuid',
  json: 'json',
  bytes: 'bytes',
  bigint: 'whole',
}

/** Undefined where the column keeps them as DBAL would, or not at all. */
export function foreignWay(type: FieldTypeName, base: string): Way | undefined {
  const way = ways[type]
  return way !== undefined && goes(way, base) ? way : undefined
}

/** What the functions say of a value that is none of the field's. */
const stranger = '?'

/** SQLite's own forms of a time, which is UTC where it says no zone (sqlite.org/lang_datefunc.html). Finer than a millisecond is dropped. */
const moment = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}:\d{2})?)?$/i

export function momentOf(value: unknown): string {
  const [, day, clock = '00:00', second = '00', fraction = '', zone = 'Z'] = (typeof value === 'string' && moment.exec(value)) || []
  if (day === undefined) return stranger
  const text = `${day}T${clock}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`
  const time = Date.parse(`${text}Z`)
  // A day that its month has not is the beginning of the next one to JavaScript.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) return stranger
  return zone.toUpperCase() === 'Z' ? `${text}Z` : new Date(Date.parse(`${text}${zone}`)).toISOString()
}

/** The smallest units of a number at that scale. */
export function unitsOf(value: unknown, scale: number): bigint | string {
  const text = typeof value === 'number' ? plainDigits(value) : String(value)
  if (typeof value === 'object' || !/^-?\d+(?:\.\d+)?$/.test(text)) return stranger
  try {
    const units = toScaled(text, scale)
    return BigInt.asIntN(64, units) === units ? units : stranger
  } catch {
    return stranger
  }
}

/** The double next to so many units, which is the decimal itself to fifteen digits. */
export function numberOfUnits(units: bigint, scale: number): number {
  return Number(fromScaled(units, scale))
}

type Test = (value: Physical) => boolean

const isText =
  (form: RegExp): Test =>
  (value) =>
    typeof value === 'string' && form.test(value)

/** What the driver tells of a value that is one of the field's. */
const tests: Readonly<Partial<Record<FieldTypeName, Test>>> = {
  datetime: isText(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
  date: isText(/^\d{4}-\d{2}-\d{2}$/),
  decimal: (value) => value !== stranger,
  float: (value) => typeof value === 'number',
  boolean: (value) => value === 0 || value === 1,
  uuid: isText(/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/),
  bytes: (value) => value instanceof Uint8Array,
}

/** Somebody else wrote it: the schema has no such value, and none may be made up for it. */
export function isStranger(value: unknown): boolean {
  return value === stranger
}

export function foreignValue(): DBALError {
  const hint = 'The database holds a value in a form that its field does not have, which another program must have written'
  return new DBALError('DATABASE_ERROR', { hint })
}

const known = new Map<FieldTypeName, WeakMap<Codec, Codec>>()

/** One object for each codec and type, so that equal types go on being of the same. */
function checked(codec: Codec, type: FieldTypeName): Codec {
  const test = tests[type]
  if (test === undefined) return codec
  const ofType = known.get(type) ?? new WeakMap<Codec, Codec>()
  known.set(type, ofType)
  const decode = (value: Physical): Value => {
    if (!test(value)) throw foreignValue()
    return codec.decode === undefined ? (value as Value) : codec.decode(value)
  }
  const found = ofType.get(codec) ?? { ...codec, decode }
  ofType.set(codec, found)
  return found
}

/** Undefined where all columns are as DBAL makes them: then nothing stands between them and their indexes. */
export function foreignDialect(rows: readonly (readonly unknown[])[]): Dialect | undefined {
  const bases = new Map(rows.map(([table, column, type]) => [keyOf(String(table), String(column)), typeParts(String(type)).base]))
  if (bases.size === 0) return undefined
  const wayOf = (table: string, { type, column }: Field): Way | undefined => foreignWay(type, bases.get(keyOf(table, column)) ?? '')
  return {
    ...sqliteDialect,
    codec: (type: ValueType) => checked(sqliteCodec(type), type.type),
    stored: (table, field, sql) => storedSql(wayOf(table, field), field, sql),
    given(table, field) {
      const way = wayOf(table, field)
      // As CURRENT_TIMESTAMP writes it, and the milliseconds where there are any.
      if (way === 'moment') return (sql) => `replace(replace(replace(${sql}, 'T', ' '), '.000Z', ''), 'Z', '')`
      return way === 'digits' ? (sql) => `dbal_number_of(${sql}, ${digitsOf(field).scale})` : undefined
    },
  }
}

/** SQLite's names have no case. */
function keyOf(table: string, column: string): string {
  return `${table.toLowerCase()}\0${column.toLowerCase()}`
}

function storedSql(way: Way | undefined, field: Field, sql: string): string {
  switch (way) {
    case 'moment':
      return `dbal_moment(${sql})`
    case 'digits':
      return `dbal_units(${sql}, ${digitsOf(field).scale})`
    case 'uuid':
      return `lower(${sql})`
    case 'json':
      // A document that is a number alone became one.
      return `CAST(${sql} AS TEXT)`
    default:
      return sql
  }
}
