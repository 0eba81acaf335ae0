/** The ways in which Prisma's client lays moments down in SQLite. In charge of both directions; must not know which column has which. */
import { DBALError } from '../../../../errors/error.ts'
import type { Value } from '../../../../schema/entity.ts'
import type { Codec, Physical } from '../../dialect.ts'

/** `iso8601`: text with `+00:00`. `unixepoch-ms`: whole milliseconds since 1970. Absent: as DBAL's own tables have it. */
export type Stored = 'iso8601' | 'unixepoch-ms'

const text = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00$/
const plain = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Texts that are in the order of time. */
export const storedPattern = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]+00:00'
/** Milliseconds of the years 1 to 9999. */
export const firstMoment = -62_135_596_800_000
export const lastMoment = 253_402_300_799_999

function foreign(): DBALError {
  const hint = 'The database holds a moment in a spelling that is not the one of its column, which another program must have written'
  return new DBALError('DATABASE_ERROR', { hint })
}

function checked(value: Physical, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw foreign()
  return value
}

const toOffset = (value: Value): string => (value as string).replace('Z', '+00:00')
const toMillis = (value: Value): bigint => BigInt(Date.parse(value as string))

function fromMillis(value: Physical): string {
  const millis = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  if (!(millis >= firstMoment && millis <= lastMoment)) throw foreign()
  return new Date(millis).toISOString()
}

/** `base` is the codec of texts; every reading is a text, because the client makes a Date of a DATETIME column. */
export function momentCodecs(base: Codec): { readonly own: Codec } & Readonly<Record<Stored, Codec>> {
  const select = (sql: string): string => `CAST(${sql} AS TEXT)`
  const own: Codec = { ...base, form: 'datetime', select, decode: (value) => checked(value, plain) }
  return {
    own,
    iso8601: {
      ...own,
      form: 'stored:iso8601',
      takes: 'datetime',
      column: 'DATETIME',
      encode: toOffset,
      decode: (value) => checked(value, text).replace('+00:00', 'Z'),
      element: (value) => JSON.stringify(toOffset(value)),
      wide: (sql) => `(substr(${sql}, 1, 23) || 'Z')`,
    },
    'unixepoch-ms': {
      ...own,
      form: 'stored:unixepoch-ms',
      takes: 'datetime',
      column: 'DATETIME',
      encode: toMillis,
      decode: fromMillis,
      element: (value) => String(toMillis(value)),
      wide: (sql) =>
        `(strftime('%Y-%m-%dT%H:%M:%S', (${sql} - ((${sql} % 1000) + 1000) % 1000) / 1000, 'unixepoch') || printf('.%03dZ', ((${sql} % 1000) + 1000) % 1000))`,
    },
  }
}
