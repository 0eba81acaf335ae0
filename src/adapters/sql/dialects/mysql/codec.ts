/** How values of each type lie in MySQL and MariaDB. In charge of exactness between both forms; must not know statements. */
import { DBALError, invalid } from '../../../../errors/error.ts'
import type { Field, Value, ValueType } from '../../../../schema/entity.ts'
import { toDouble, toMultiple } from '../../../../schema/value/exact.ts'
import type { Codec, Physical } from '../../dialect.ts'
import { columnType } from './column.ts'
import { type Flavour, mostScale } from './flavour.ts'
import { exactWide, floatWide, toWide } from './wide.ts'

const same = (sql: string): string => sql
const quoted = (value: Value): string => JSON.stringify(value)
const asNumber = (value: Physical): Value => Number(value)
const asText = (value: Physical): Value => String(value)

/** The largest that the driver sends as an integer; it sends others as doubles, which LIMIT refuses. */
const driverInteger = 2 ** 31 - 2

/** `2026-01-31T09:30:00.000Z` as the server writes it. */
const toDatetime = (value: Value): string => `${(value as string).slice(0, 10)} ${(value as string).slice(11, 23)}`

function fromDatetime(value: Physical): Value {
  const [day, time = '00:00:00'] = String(value).split(' ') as [string, string?]
  const [seconds = '', fraction = ''] = time.split('.')
  return `${day}T${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
}

const text: Codec = {
  family: 'text',
  form: 'text',
  column: 'longtext',
  encode: (value) => value as string,
  select: same,
  element: quoted,
  fromElement: same,
  wide: same,
}

const datetime: Codec = {
  ...text,
  form: 'datetime',
  column: 'datetime(3)',
  encode: toDatetime,
  decode: fromDatetime,
  element: (value) => `"${toDatetime(value)}"`,
  wide: (sql) => `CONCAT(LEFT(DATE_FORMAT(${sql}, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')`,
}

const date: Codec = { ...text, form: 'date', column: 'date', decode: asText, wide: (sql) => `DATE_FORMAT(${sql}, '%Y-%m-%d')` }

const boolean: Codec = {
  ...text,
  family: 'boolean',
  form: 'boolean',
  column: 'tinyint(1)',
  encode: (value) => (value === true ? 1 : 0),
  decode: (value) => Number(value) === 1,
  element: (value) => (value === true ? '1' : '0'),
}

const json: Codec = {
  ...text,
  family: 'json',
  form: 'json',
  encode: (value) => JSON.stringify(value),
  decode: (value) => JSON.parse(value as string) as Value,
}

const bytes: Codec = {
  ...text,
  family: 'bytes',
  form: 'bytes',
  column: 'longblob',
  encode: (value) => Buffer.from(value as string, 'base64'),
  decode: (value) => Buffer.from(value as Uint8Array).toString('base64'),
  element: (value) => `"${Buffer.from(value as string, 'base64').toString('hex')}"`,
  fromElement: (sql) => `UNHEX(${sql})`,
}

function numbers(scale: number): Pick<Record<'integer' | 'bigint' | 'float', Codec>, 'integer' | 'bigint' | 'float'> {
  const integer: Codec = {
    ...text,
    family: 'number',
    form: 'integer',
    column: 'int',
    encode: (value) => ((value as number) > driverInteger ? BigInt(value as number) : (value as number)),
    decode: asNumber,
    element: String,
    wide: (sql) => exactWide(sql, scale),
  }
  const bigint: Codec = {
    ...integer,
    form: 'bigint',
    column: 'bigint',
    encode: (value) => BigInt(value as string),
    decode: asText,
    element: (value) => value as string,
  }
  const float: Codec = {
    ...integer,
    form: 'float',
    column: 'double',
    encode: (value) => value as number,
    element: String,
    wide: (sql) => floatWide(sql, scale),
  }
  return { integer, bigint, float }
}

function numeric(precision: number, digits: number, scale: number): Codec {
  return {
    ...text,
    family: 'number',
    form: `numeric:${precision}:${digits}`,
    column: `decimal(${precision},${digits})`,
    decode: asText,
    wide: (sql) => exactWide(sql, scale),
  }
}

/** Sums of whole numbers and of decimals, exact; `decode` tells in which form. */
export function sumCodec(flavour: Flavour, digits: number, decode: (value: Physical) => Value = asText): Codec {
  return { ...numeric(65, digits, mostScale(flavour)), decode }
}

export const asSumOfIntegers = asNumber

function sumOf(list: Physical): { readonly sum: number; readonly count: number } {
  const [head = '', body = ''] = String(list).split(':') as [string, string?]
  const count = Number(head)
  const values = body.split(',')
  if (values.length !== count) {
    const hint = 'There are too many values for an exact sum of floats here: narrow the filter, or use decimal'
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
  }
  const sum = toDouble(values.reduce((total, value) => total + toMultiple(Number(value)), 0n))
  if (!Number.isFinite(sum)) throw invalid({ field: 'sum', error: 'Must be within the range of a double' })
  return { sum, count }
}

/** Values of a group as `count:value,value`: their exact sum is made of them here, as the server rounds at every step. */
export function gathered(sql: string): string {
  return `CASE WHEN count(${sql}) = 0 THEN NULL ELSE COALESCE(CONCAT(count(${sql}), ':', GROUP_CONCAT(${sql})), '0') END`
}

export const sumOfFloats: Codec = { ...text, family: 'number', form: 'float', decode: (value) => sumOf(value).sum }
export const meanOfFloats: Codec = { ...sumOfFloats, decode: (value) => sumOf(value).sum / sumOf(value).count }

/** The form in which doubles meet exact numbers. */
export function wideCodec(flavour: Flavour): Codec {
  const scale = mostScale(flavour)
  const encode = (value: Value): string => toWide(String(value), scale)
  return { ...text, family: 'decimal', form: 'wide', encode, element: (value) => `"${encode(value)}"` }
}

/** The codec of each type on one flavour of server; columns of fields are as long as their limits say. */
export function codecs(flavour: Flavour): (type: ValueType) => Codec {
  const scale = mostScale(flavour)
  const { integer, bigint, float } = numbers(scale)
  const made = new Map<string, Codec>()
  const remembered = (base: Codec, column: string): Codec => {
    if (column === base.column) return base
    const key = `${base.form} ${column}`
    const known = made.get(key) ?? { ...base, column }
    made.set(key, known)
    return known
  }
  const fixed = {
    integer,
    bigint,
    float,
    boolean,
    datetime,
    date,
    json: { ...json, column: flavour.kind === 'mysql' ? 'json' : 'longtext' },
  } as const
  return (type) => {
    switch (type.type) {
      case 'decimal': {
        const { precision = 38, scale: digits = 0 } = type
        const column = `decimal(${precision},${digits})`
        const codec = made.get(column) ?? numeric(precision, digits, scale)
        made.set(column, codec)
        return codec
      }
      case 'bytes':
        return remembered(bytes, columnType(type as Field))
      case 'uuid':
      case 'cuid':
      case 'string':
      case 'text':
      case 'email':
      case 'enum':
        return remembered(text, columnType(type as Field))
      default:
        return fixed[type.type]
    }
  }
}
