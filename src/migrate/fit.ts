/**
 * Whether a column that somebody else made holds the values of a field, and what it does otherwise than DBAL's own.
 * In charge of types by database; must not know tables.
 */
import { foreignWay } from '../adapters/sql/dialects/sqlite/foreign.ts'
import type { ColumnModel } from '../adapters/sql/model/model.ts'
import type { Catalog, Column } from '../catalog/catalog.ts'
import { isDigits } from '../catalog/sqlite-values.ts'
import type { Field, FieldTypeName } from '../schema/entity.ts'

type Bases = Readonly<Partial<Record<FieldTypeName, readonly string[]>>>

const texts = (bases: readonly string[]): Bases => ({ string: bases, text: bases, email: bases, enum: bases, cuid: bases })

/** Types whose values the dialect's codecs read and write as they are. Whole numbers are a matter of their range. */
const postgres: Bases = {
  ...texts(['text', 'character varying', 'varchar']),
  uuid: ['uuid'],
  decimal: ['numeric'],
  float: ['double precision', 'float8'],
  boolean: ['boolean', 'bool'],
  datetime: ['timestamp with time zone'],
  date: ['date'],
  json: ['jsonb', 'json'],
  bytes: ['bytea'],
}

const mysql: Bases = {
  ...texts(['varchar', 'char', 'tinytext', 'text', 'mediumtext', 'longtext']),
  uuid: ['char', 'varchar'],
  decimal: ['decimal'],
  float: ['double'],
  boolean: ['tinyint'],
  datetime: ['datetime'],
  date: ['date'],
  json: ['json', 'longtext'],
  bytes: ['blob', 'mediumblob', 'longblob', 'varbinary'],
}

/** Whole numbers by their bits. */
const wholes: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  integer: 32n,
  int: 32n,
  int4: 32n,
  bigint: 64n,
  int8: 64n,
}

/** `exact`: whatever the field may hold comes back as it was given. `near`: all but what it says. Undefined: not at all. */
export type Fit = 'exact' | { readonly near: string } | undefined

export function fitOf(column: ColumnModel, field: Field, other: Column, system: Catalog['system']): Fit {
  if (other.array === true) return undefined
  // SQLite's types say how a value is kept: only the same one keeps it alike.
  if (system === 'sqlite') return affinity(other.type) === column.type.toUpperCase() ? 'exact' : sqliteFit(field, other)
  const { type } = column.value
  if (system === 'postgresql' && other.values !== undefined) return memberFit(field, other.values)
  const ranged = rangeFit(field, other, system)
  if (ranged !== undefined) return ranged
  if (other.unsigned === true) return undefined
  if (((system === 'postgresql' ? postgres : mysql)[type] ?? []).includes(other.base)) return measuredFit(column, other, system)
  return system === 'postgresql' ? postgresNear(type, other) : mysqlNear(field, other)
}

/** An enum of the database, read and compared as its texts (dialects/postgres/foreign.ts). */
function memberFit({ type, values = [] }: Field, members: readonly string[]): Fit {
  return type === 'enum' && values.every((value) => members.includes(value)) ? 'exact' : undefined
}

function measuredFit({ value: { type, precision, scale = 0 } }: ColumnModel, other: Column, system: Catalog['system']): Fit {
  if (type === 'decimal') return other.precision !== undefined && other.scale === scale && other.precision >= (precision ?? 38) ? 'exact' : undefined
  if (type === 'datetime') return timeFit(other.precision ?? (system === 'postgresql' ? 6 : 0))
  if (system !== 'postgresql' && other.base === 'char' && type !== 'uuid') return { near: 'the database drops spaces at the end' }
  return 'exact'
}

function timeFit(digits: number): Fit {
  return digits >= 3 ? 'exact' : { near: 'the database keeps fewer digits of a second than a datetime has, and drops the others' }
}

/** Numbers, years and the like: does the column have room for all that the field may hold? */
function rangeFit(field: Field, other: Column, system: Catalog['system']): Fit {
  if (system !== 'postgresql' && field.type === 'datetime' && other.base === 'timestamp') {
    const [from, to] = [String(field.min ?? ''), String(field.max ?? '9')]
    return from >= '1970-01-01T00:00:01.000Z' && to <= '2038-01-19T03:14:07.999Z' ? timeFit(other.precision ?? 0) : undefined
  }
  const held = heldBy(other)
  const wanted = wantedOf(field)
  if (held === undefined || wanted === undefined) return undefined
  return held[0] <= wanted[0] && held[1] >= wanted[1] ? 'exact' : undefined
}

function heldBy(other: Column): readonly [bigint, bigint] | undefined {
  // Smaller numbers are taken for the end of another century.
  if (other.base === 'year') return [1901n, 2155n]
  const bits = wholes[other.base]
  if (bits === undefined) return undefined
  return other.unsigned === true ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}

function wantedOf({ type, precision = 38, scale = 0, min, max }: Field): readonly [bigint, bigint] | undefined {
  const bits = type === 'integer' ? 32n : type === 'bigint' ? 64n : undefined
  if (bits === undefined && !(type === 'decimal' && scale === 0)) return undefined
  const [least, most] =
    bits === undefined ? [1n - 10n ** BigInt(precision), 10n ** BigInt(precision) - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
  return [atLeast(least, min), atMost(most, max)]
}

const whole = (bound: number | string): bigint | undefined => (/^-?\d+$/.test(String(bound)) ? BigInt(bound) : undefined)

function atLeast(least: bigint, min: number | string | undefined): bigint {
  const bound = min === undefined ? undefined : whole(min)
  return bound === undefined || bound < least ? least : bound
}

function atMost(most: bigint, max: number | string | undefined): bigint {
  const bound = max === undefined ? undefined : whole(max)
  return bound === undefined || bound > most ? most : bound
}

function postgresNear(type: FieldTypeName, other: Column): Fit {
  if (type === 'datetime' && other.base === 'timestamp without time zone') return { near: 'the column has no time zone: its times are taken as UTC' }
  if (type === 'float' && (other.base === 'real' || other.base === 'float4')) return rounded
  if (texts([])[type] !== undefined && other.base === 'citext')
    return { near: 'where it has to be unique, the database takes texts for equal that differ in case' }
  if ((type === 'string' || type === 'text') && other.base === 'character') return { near: 'the database drops spaces at the end' }
  return undefined
}

const own: readonly string[] = ['', 'utf8mb4_nopad_bin', 'utf8mb4_0900_bin']

function mysqlNear(field: Field, other: Column): Fit {
  const { type, minLength, maxLength, values = [] } = field
  if (type === 'float' && other.base === 'float') return rounded
  if (type === 'bytes' && other.base === 'binary') return minLength === other.length && maxLength === other.length ? 'exact' : undefined
  // Its members sort by their places, unless the column is converted to DBAL's collation.
  if (type === 'enum' && other.base === 'enum')
    return !own.includes(other.collation ?? '') && values.every((value) => other.values?.includes(value) === true) ? 'exact' : undefined
  return undefined
}

const rounded: Fit = { near: 'the column keeps 24 bits of a number and rounds the rest, so that nothing equals what was given' }

function sqliteFit({ type, precision, scale = 0 }: Field, { base }: Column): Fit {
  const way = foreignWay(type, base)
  if (way === 'digits' && !isDigits(precision === undefined ? {} : { precision, scale })) return undefined
  if (way === 'moment') return { near: 'times that say no zone are taken as UTC, and new ones are written as YYYY-MM-DD HH:MM:SS' }
  return way === undefined ? undefined : 'exact'
}

/** By the rules of sqlite.org/datatype3.html#determination_of_column_affinity, as one of the strict types. */
function affinity(declared: string): string {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type.includes('BLOB') || type === '') return 'BLOB'
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}
