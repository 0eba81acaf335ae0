/**
 * The dialect of PostgreSQL behind a Prisma client, which makes objects of its own of what columns hold, and tells cells by their names.
 * In charge of cells that pass it unaltered, and of columns as Prisma's migrations make them; must not know queries, clients or tables.
 */
import { DBALError } from '../../../../errors/error.ts'
import type { Value, ValueType } from '../../../../schema/entity.ts'
import type { Codec, Dialect, Physical, Typed } from '../../dialect.ts'
import { type PostgresCodec, postgresCodec, quotedElement } from '../postgres/codec.ts'
import { postgresDialect } from '../postgres/dialect.ts'

/** A column of the application that is of another type than DBAL would have made it. */
export type PostgresStored =
  /** Moments of UTC, without a time zone. */
  | { readonly kind: 'timestamp' }
  /** Of a type that has one here (uuid), kept as text. */
  | { readonly kind: 'text' }
  /** An enum of the database; `type` is quoted where it has to be. */
  | { readonly kind: 'enum'; readonly type: string }

type Reading = Pick<Codec, 'select' | 'decode'>

const asText = (sql: string): string => `(${sql})::text`
const moment = (sql: string): string => `to_char(${sql}, 'YYYY-MM-DD HH24:MI:SS.US AD')`

/** What stands before the year 1 is told by its era only. */
function inEra(value: Physical, decode: ((value: Physical) => Value) | undefined): Value {
  const [, text] = /^(.*) AD$/.exec(value as string) ?? []
  if (text === undefined) {
    const hint = 'The database holds a time outside of the years 1 to 9999, which another program must have written'
    throw new DBALError('DATABASE_ERROR', { hint })
  }
  return decode === undefined ? text : decode(text)
}

/** How cells of a type are asked for and understood, whatever the session has its texts look like. Absent where the client leaves them alone. */
const readings: Readonly<Record<string, (codec: PostgresCodec) => Partial<Reading>>> = {
  int8: () => ({ select: asText }),
  numeric: () => ({ select: asText }),
  bool: () => ({ decode: (value) => value === true }),
  jsonb: () => ({ select: asText }),
  bytea: () => ({ select: (sql) => `encode(${sql}, 'base64')`, decode: (value) => (value as string).replaceAll('\n', '') }),
  date: ({ decode }) => ({ select: (sql) => `to_char(${sql}, 'YYYY-MM-DD AD')`, decode: (value) => inEra(value, decode) }),
  timestamptz: ({ decode }) => ({ select: (sql) => moment(`(${sql}) AT TIME ZONE 'UTC'`), decode: (value) => inEra(value, decode) }),
}

const known = new WeakMap<Codec, PostgresCodec>()

/** One codec for each of the dialect below, so that equal types go on being the same object. */
function read(codec: Codec): PostgresCodec {
  const base = codec as PostgresCodec
  const found = known.get(base) ?? { ...base, ...readings[base.cast]?.(base) }
  known.set(base, found)
  known.set(found, found)
  return found
}

const bare = (value: Value): string => (value as string).replace('Z', '')
const datetime = read(postgresCodec({ type: 'datetime' }))
const text = read(postgresCodec({ type: 'text' }))

/** Neither side of a comparison is turned by the session's time zone. */
const timestamp: PostgresCodec = {
  ...datetime,
  form: 'stored:timestamp',
  takes: 'datetime',
  column: 'timestamp(3) without time zone',
  cast: 'timestamp',
  encode: bare,
  element: bare,
  select: moment,
  wide: (sql) => `to_char(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
}

const members = new Map<string, PostgresCodec>()

/** Compared as what it is where both sides are; with anything else as text. */
function member(type: string): PostgresCodec {
  let codec = members.get(type)
  if (codec === undefined) {
    codec = {
      ...text,
      form: `stored:enum ${type}`,
      column: type,
      cast: type,
      select: asText,
      element: (value) => quotedElement(value as string),
      wide: asText,
    }
    members.set(type, codec)
  }
  return codec
}

const isMember = ({ form }: Codec): boolean => form.startsWith('stored:enum')

/** Members of an enum are in the order of their declaration there. */
function unordered(): never {
  const hint = 'This database does not compare members of its own enums by order: use equals or in'
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
}

const typed = ({ codec, ...rest }: Typed): Typed => ({ ...rest, codec: read(codec) })

/** `stored` tells of a field's own object what its column is. */
export function prismaPostgresDialect(stored: (field: ValueType) => PostgresStored | undefined): Dialect {
  const words = postgresDialect
  const below = (sql: string, codec: Codec): string => (isMember(codec) ? asText(sql) : sql)
  const plain = (codec: Codec): Codec => (isMember(codec) ? text : codec)
  return {
    ...words,
    wide: read(words.wide),
    cell: (sql, at) => `${sql} AS c${at}`,
    count: typed(words.count),
    codec(type) {
      const found = stored(type)
      if (found === undefined) return read(postgresCodec(type))
      return found.kind === 'timestamp' ? timestamp : found.kind === 'enum' ? member(found.type) : text
    },
    ordered: (sql, codec) => (isMember(codec) ? unordered() : (words.ordered?.(sql, codec) ?? sql)),
    orderKey: (sql, direction, codec, nullable) => words.orderKey(below(sql, codec), direction, plain(codec), nullable),
    extreme: (fn, sql, codec) => typed(words.extreme(fn, below(sql, codec), plain(codec))),
    fold: (sql) => words.fold(asText(sql)),
    contains: (whole, part) => words.contains(asText(whole), asText(part)),
    startsWith: (whole, part) => words.startsWith(asText(whole), asText(part)),
    endsWith: (whole, part) => words.endsWith(asText(whole), asText(part)),
    sum: (sql, type) => typed(words.sum(sql, type)),
    avg: (sql, type) => typed(words.avg(sql, type)),
    // One transaction of the client holds all of a migration.
    tables: { ...words.tables, online: false },
  }
}
