/** How values lie in a SQLite database that Prisma's client reads and writes, and how each passes its conversions unaltered. Must not know queries. */
import { DBALError, invalid } from '../../../../errors/error.ts'
import type { Value, ValueType } from '../../../../schema/entity.ts'
import { toDouble, toMultiple } from '../../../../schema/value/exact.ts'
import type { Codec, Physical, Typed } from '../../dialect.ts'
import { computed, digitsOf, scaledPrecision, sqliteCodec, wideCodec } from '../sqlite/codec.ts'
import { fromScaled, fromWide } from '../sqlite/decimal.ts'
import { momentCodecs, type Stored } from './stored.ts'
import { noDigits, sortableParts, totalOf, wideInteger, wideSortable, wideSum } from './wide.ts'

const own = (type: ValueType['type']): Codec => sqliteCodec({ type })
/** The client turns what a column declares into an object of its own; a text stays what it is. */
const asText = (sql: string): string => `CAST(${sql} AS TEXT)`

const text = own('text')
const moments = momentCodecs(text)

/** A plain number is bound as a double, a bigint as an integer; both come back, by what the column declares. */
const integer: Codec = {
  ...own('integer'),
  encode: (value) => BigInt(value as number),
  decode: Number,
  wide: (sql) => wideInteger(sql, 0),
}

/** A number without a point in a list is an integer to SQLite, however large the double is that it was. */
const float: Codec = { ...own('float'), element: String, fromElement: (sql) => `CAST(${sql} AS REAL)`, wide: noDigits }

const bigint: Codec = { ...own('bigint'), wide: (sql) => wideInteger(sql, 0) }

const boolean: Codec = {
  ...own('boolean'),
  encode: (value) => (value === true ? 1n : 0n),
  decode: (value) => value === true || Number(value) === 1,
}

const json: Codec = { ...own('json'), select: asText }

/** The client refuses bytes that no column declares. */
const bytes: Codec = {
  ...own('bytes'),
  select: (sql) => `CASE WHEN ${sql} IS NOT NULL THEN hex(${sql}) END`,
  decode: (value) => Buffer.from(value as string, 'hex').toString('base64'),
}

const decimals = new Map<string, Codec>()

function decimal(type: ValueType): Codec {
  const { precision, scale } = digitsOf(type)
  const key = `${precision}:${scale}`
  let codec = decimals.get(key)
  if (codec === undefined) {
    const wide = (sql: string): string => (precision <= scaledPrecision ? wideInteger(sql, scale) : wideSortable(sql, precision, scale))
    codec = { ...sqliteCodec(type), wide }
    decimals.set(key, codec)
  }
  return codec
}

/** `stored`: how the column of that very field has its moments. */
export function prismaSqliteCodec(stored: (field: ValueType) => Stored | undefined): (type: ValueType) => Codec {
  return (type) => {
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
      case 'datetime': {
        const how = stored(type)
        return how === undefined ? moments.own : moments[how]
      }
      default:
        return text
    }
  }
}

export const countCodec = integer

/** A list of doubles is remembered whole until it is added up: about 25 bytes each. */
const mostFloats = 1_000_000

function gathered(sql: string): string {
  return `CASE WHEN count(${sql}) = 0 THEN NULL WHEN count(${sql}) > ${mostFloats} THEN '' ELSE json_group_array(${sql}) FILTER (WHERE ${sql} IS NOT NULL) END`
}

/** Beyond the largest double there is no answer. */
const finite = (value: number): Value => (computed.decode as (value: Physical) => Value)(value)

function addedUp(list: Physical): { readonly sum: number; readonly count: number } {
  if (list === '') {
    const hint = 'There are too many values for an exact sum of floats here: narrow the filter, or use decimal'
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
  }
  const values = JSON.parse(list as string) as readonly number[]
  const sum = toDouble(values.reduce((total, value) => total + toMultiple(value), 0n))
  if (!Number.isFinite(sum)) throw invalid({ field: 'sum', error: 'Must be within the range of a double' })
  return { sum, count: values.length }
}

const listed: Codec = { ...text, family: 'number', form: 'float' }

/** The exact sum: a text that compares where SQLite can make one, else parts that only decoding puts together. */
export function sumOf(sql: string, type: ValueType): Typed {
  if (type.type === 'float') return { sql: gathered(sql), codec: { ...listed, decode: (value) => addedUp(value).sum }, undecided: true }
  if (type.type === 'integer') return { sql: `CAST(sum(${sql}) AS REAL)`, codec: computed }
  const { precision, scale } = type.type === 'decimal' ? digitsOf(type) : { precision: scaledPrecision, scale: 0 }
  if (precision <= scaledPrecision) return { sql: wideSum(sql, scale), codec: wideCodec(scale) }
  const decode = (value: Physical): Value => fromScaled(totalOf(value as string, precision).sum, scale)
  return { sql: sortableParts(sql, precision), codec: { ...listed, decode }, undecided: true }
}

/** The mean: the sum as a double by the count, as everywhere. */
export function meanOf(sql: string, type: ValueType): Typed {
  const mean = (decode: (value: Physical) => Value): Codec => ({ ...listed, decode })
  if (type.type === 'float') {
    const decode = (value: Physical): Value => finite(addedUp(value).sum / addedUp(value).count)
    return { sql: gathered(sql), codec: mean(decode), undecided: true }
  }
  if (type.type === 'integer') return { sql: `CAST(sum(${sql}) AS REAL) / count(${sql})`, codec: computed }
  const { precision, scale } = type.type === 'decimal' ? digitsOf(type) : { precision: scaledPrecision, scale: 0 }
  if (precision > scaledPrecision) {
    const decode = (value: Physical): Value => {
      const { sum, count } = totalOf(value as string, precision)
      return Number(fromScaled(sum, scale)) / count
    }
    return { sql: sortableParts(sql, precision), codec: mean(decode), undecided: true }
  }
  const decode = (value: Physical): Value => {
    const [sum = '', count = '1'] = (value as string).split(' ')
    return Number(fromWide(sum, scale)) / Number(count)
  }
  return { sql: `(${wideSum(sql, scale)} || ' ' || count(${sql}))`, codec: mean(decode), undecided: true }
}
