/** SQLite's physical forms of logical values, one codec per type. In charge of exactness both ways; must not know queries. */
import { invalid } from '../../../../errors/error.ts'
import type { Value, ValueType } from '../../../../schema/entity.ts'
import type { Codec, Physical } from '../../dialect.ts'
import { fromScaled, fromSortable, fromWide, plainDigits, toScaled, toSortable, toWide } from './decimal.ts'

/** Digits that a signed 64-bit integer always holds (2^63 has 19). */
export const scaledPrecision = 18

const same = (sql: string): string => sql
const asText = (sql: string): string => `CAST(${sql} AS TEXT)`
const quoted = (value: Value): string => JSON.stringify(value)
const unwidenable = (sql: string): string => sql

const text: Codec = {
  family: 'text',
  form: 'text',
  column: 'TEXT',
  encode: (value) => value as string,
  select: same,
  element: quoted,
  fromElement: same,
  wide: unwidenable,
}

const integer: Codec = {
  family: 'number',
  form: 'integer',
  column: 'INTEGER',
  encode: (value) => value as number,
  select: same,
  element: String,
  fromElement: same,
  wide: (sql) => `dbal_wide(${sql}, 0)`,
}

/** Elements travel as text and become doubles in JavaScript: SQLite's own reading of a JSON number may differ in the last bit. */
const float: Codec = {
  ...integer,
  form: 'float',
  column: 'REAL',
  element: (value) => `"${String(value)}"`,
  fromElement: (sql) => `dbal_number(${sql})`,
}

/** Read as text, because a driver's number would be rounded beyond 2^53. */
const bigint: Codec = { ...integer, form: 'bigint', encode: (value) => BigInt(value as string), select: asText, element: (value) => value as string }

const boolean: Codec = {
  family: 'boolean',
  form: 'boolean',
  column: 'INTEGER',
  encode: (value) => (value === true ? 1 : 0),
  decode: (value) => value === 1,
  select: same,
  element: (value) => (value === true ? '1' : '0'),
  fromElement: same,
  wide: unwidenable,
}

const json: Codec = {
  family: 'json',
  form: 'json',
  column: 'TEXT',
  encode: (value) => JSON.stringify(value),
  decode: (value) => JSON.parse(value as string) as Value,
  select: same,
  element: quoted,
  fromElement: same,
  wide: unwidenable,
}

const bytes: Codec = {
  family: 'bytes',
  form: 'bytes',
  column: 'BLOB',
  // Bytes of their own: a view into Node's shared pool would carry the whole pool to a worker.
  encode: (value) => new Uint8Array(Buffer.from(value as string, 'base64')),
  decode: (value) => Buffer.from(value as Uint8Array).toString('base64'),
  select: same,
  element: (value) => `"${Buffer.from(value as string, 'base64').toString('hex')}"`,
  fromElement: (sql) => `unhex(${sql})`,
  wide: unwidenable,
}

function scaled(scale: number): Codec {
  return {
    family: 'decimal',
    form: `scaled:${scale}`,
    column: 'INTEGER',
    encode: (value) => toScaled(value as string, scale),
    decode: (value) => fromScaled(value as string, scale),
    select: asText,
    element: (value) => String(toScaled(value as string, scale)),
    fromElement: same,
    wide: (sql) => `dbal_wide(${sql}, ${scale})`,
  }
}

function sortable(precision: number, scale: number): Codec {
  return {
    family: 'decimal',
    form: `sortable:${precision}:${scale}`,
    column: 'TEXT',
    encode: (value) => toSortable(value as string, precision, scale),
    decode: (value) => fromSortable(value as string, scale),
    select: same,
    element: (value) => quoted(toSortable(value as string, precision, scale)),
    fromElement: same,
    wide: (sql) => `dbal_wide(${sql}, ${scale})`,
  }
}

const wideDigits = (value: Value): string => (typeof value === 'number' ? plainDigits(value) : String(value))

/** The form in which numbers of different scales meet; `scale` is what it is read back with. */
export function wideCodec(scale: number): Codec {
  return {
    family: 'decimal',
    form: 'wide',
    column: 'TEXT',
    encode: (value) => toWide(wideDigits(value)),
    decode: (value: Physical) => fromWide(value as string, scale),
    select: same,
    element: (value) => quoted(toWide(wideDigits(value))),
    fromElement: same,
    wide: same,
  }
}

/** Digits of a decimal type; without a precision as many as every backend keeps. */
export function digitsOf(type: ValueType): { readonly precision: number; readonly scale: number } {
  return { precision: type.precision ?? 38, scale: type.scale ?? 0 }
}

const decimals = new Map<string, Codec>()

function decimal(type: ValueType): Codec {
  const { precision, scale } = digitsOf(type)
  const key = `${precision}:${scale}`
  let codec = decimals.get(key)
  if (codec === undefined) {
    codec = precision <= scaledPrecision ? scaled(scale) : sortable(precision, scale)
    decimals.set(key, codec)
  }
  return codec
}

/** A double that came out of arithmetic and may be beyond the largest one. VALIDATION_ERROR then, as there is no such value. */
export const computed: Codec = {
  ...float,
  decode(value) {
    if (Number.isFinite(value)) return value as number
    throw invalid({ field: 'sum', error: 'Must be within the range of a double' })
  },
}

export function sqliteCodec(type: ValueType): Codec {
  switch (type.type) {
    case 'integer':
      return integer
    case 'float':
      return float
    case 'bigint':
      return bigint
    case 'boolean':
      return boolean
    case 'json':
      return json
    case 'bytes':
      return bytes
    case 'decimal':
      return decimal(type)
    default:
      return text
  }
}
