/** PostgreSQL's physical forms of logical values: every value goes and comes as text that says it exactly. Must not know queries or drivers. */
import { DBALError, invalid } from '../../../../errors/error.ts'
import type { Value, ValueType } from '../../../../schema/entity.ts'
import type { Codec, Physical } from '../../dialect.ts'

/** What a bound value is cast to, beside what the seam asks of a codec. */
export interface PostgresCodec extends Codec {
  readonly cast: string
}

const same = (sql: string): string => sql
const plain = (value: Value): string => String(value)

/** An element of an array's text, whatever is in it. */
export function quotedElement(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

/** Bytewise in UTF-8 is by code point. */
const text: PostgresCodec = {
  family: 'text',
  form: 'text',
  column: 'text COLLATE "C"',
  cast: 'text',
  encode: (value) => value as string,
  select: same,
  element: (value) => quotedElement(value as string),
  fromElement: same,
  wide: same,
}

const uuid: PostgresCodec = { ...text, form: 'uuid', column: 'uuid', cast: 'uuid', element: plain, wide: (sql) => `(${sql})::text` }

function toDay(value: Physical): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value as string)) throw foreign('a day outside of the years 1 to 9999')
  return value as string
}

const date: PostgresCodec = {
  ...text,
  form: 'date',
  column: 'date',
  cast: 'date',
  decode: toDay,
  element: plain,
  wide: (sql) => `to_char(${sql}, 'YYYY-MM-DD')`,
}

/** `2026-01-15 10:30:00.12+00`, as a session in UTC with ISO dates tells it. A finer or foreign value has no logical form. */
const instant = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00)?$/

function toInstant(value: Physical): string {
  const [, day, time, fraction = ''] = instant.exec(value as string) ?? []
  if (day === undefined) throw foreign('a time outside of the years 1 to 9999')
  return `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
}

const datetime: PostgresCodec = {
  ...text,
  form: 'datetime',
  column: 'timestamp(3) with time zone',
  cast: 'timestamptz',
  decode: toInstant,
  element: plain,
  wide: (sql) => `to_char((${sql}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
}

const integer: PostgresCodec = {
  family: 'number',
  form: 'integer',
  column: 'integer',
  cast: 'int4',
  encode: plain,
  decode: Number,
  select: same,
  element: plain,
  fromElement: same,
  wide: (sql) => `(${sql})::numeric`,
}

/** The shortest digits of a double say it exactly, here as in JavaScript; the cast between the two types would keep fifteen of them. */
const float: PostgresCodec = {
  ...integer,
  form: 'float',
  column: 'double precision',
  cast: 'float8',
  decode: toDouble,
  wide: (sql) => `(${sql})::text::numeric`,
}

function toDouble(value: Physical): number {
  const number = Number(value)
  if (!Number.isFinite(number)) throw foreign('a number that is not finite')
  return number
}

const bigint: PostgresCodec = { ...integer, form: 'bigint', column: 'bigint', cast: 'int8', decode: plain as (value: Physical) => string }

const boolean: PostgresCodec = {
  family: 'boolean',
  form: 'boolean',
  column: 'boolean',
  cast: 'bool',
  encode: (value) => (value === true ? 't' : 'f'),
  decode: (value) => value === 't',
  select: same,
  element: (value) => (value === true ? 't' : 'f'),
  fromElement: same,
  wide: same,
}

const json: PostgresCodec = {
  family: 'json',
  form: 'json',
  column: 'jsonb',
  cast: 'jsonb',
  encode: (value) => JSON.stringify(value),
  decode: (value) => JSON.parse(value as string) as Value,
  select: same,
  element: (value) => quotedElement(JSON.stringify(value)),
  fromElement: same,
  wide: same,
}

const hex = (value: Value): string => `\\x${Buffer.from(value as string, 'base64').toString('hex')}`

const bytes: PostgresCodec = {
  family: 'bytes',
  form: 'bytes',
  column: 'bytea',
  cast: 'bytea',
  encode: hex,
  decode: (value) => Buffer.from((value as string).slice(2), 'hex').toString('base64'),
  select: same,
  element: (value) => quotedElement(hex(value)),
  fromElement: same,
  wide: same,
}

/** Numbers of every scale compare exactly as `numeric`, so decimals are in the wide form already. */
function numeric(column: string, decode: (value: Physical) => Value): PostgresCodec {
  return {
    family: 'decimal',
    form: 'wide',
    column,
    cast: 'numeric',
    encode: plain,
    decode,
    select: same,
    element: plain,
    fromElement: same,
    wide: same,
  }
}

/** Exactly `scale` digits behind the point; what a foreign column has beyond them is no value of the type. */
function padded(scale: number): (value: Physical) => string {
  return (value) => {
    const [whole = '', fraction = ''] = (value as string).split('.')
    if (!/^-?\d+$/.test(whole) || /[1-9]/.test(fraction.slice(scale))) throw foreign('a number of another scale')
    return scale === 0 ? whole : `${whole}.${fraction.slice(0, scale).padEnd(scale, '0')}`
  }
}

/** The form in which numbers of all kinds meet; `scale` is what it is read back with. */
export function wideCodec(scale: number): PostgresCodec {
  return numeric('numeric', padded(scale))
}

const decimals = new Map<string, PostgresCodec>()

/** Without a precision as many digits as every backend keeps. */
function decimal({ precision = 38, scale = 0 }: ValueType): PostgresCodec {
  const key = `${precision}:${scale}`
  let codec = decimals.get(key)
  if (codec === undefined) {
    codec = numeric(`numeric(${precision},${scale})`, padded(scale))
    decimals.set(key, codec)
  }
  return codec
}

/** A double that came out of arithmetic and may be beyond the largest one. */
export const computed: PostgresCodec = {
  ...float,
  decode(value) {
    const number = Number(value)
    if (Number.isFinite(number)) return number
    throw beyond()
  },
}

/** VALIDATION_ERROR: there is no such double. */
export function beyond(): DBALError {
  return invalid({ field: 'sum', error: 'Must be within the range of a double' })
}

/** Somebody else wrote it: the schema has no such value, and none may be made up for it. */
function foreign(what: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: `The database holds ${what}, which another program must have written` })
}

export function postgresCodec(type: ValueType): PostgresCodec {
  switch (type.type) {
    case 'uuid':
      return uuid
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
    case 'datetime':
      return datetime
    case 'date':
      return date
    case 'decimal':
      return decimal(type)
    default:
      return text
  }
}
