/** Which Prisma type holds a column. In charge of that mapping, by the words of a dialect's own column types; must not know entities. */
import { DBALError } from '../../errors/error.ts'
import type { FieldTypeName } from '../../schema/entity.ts'

export type Provider = 'sqlite' | 'postgresql' | 'mysql'

export type Scalar = 'String' | 'Int' | 'BigInt' | 'Float' | 'Decimal' | 'Boolean' | 'DateTime' | 'Json' | 'Bytes'

export interface Native {
  readonly scalar: Scalar
  /** `@db.…`, where it is not what Prisma takes by itself. */
  readonly attribute?: string
}

/** By the first word of the column type; `(…)` behind it is kept where the attribute takes it. */
const natives: Readonly<Record<Exclude<Provider, 'sqlite'>, Readonly<Record<string, readonly [Scalar, string]>>>> = {
  postgresql: {
    uuid: ['String', 'Uuid'],
    text: ['String', 'Text'],
    varchar: ['String', 'VarChar'],
    int4: ['Int', 'Integer'],
    integer: ['Int', 'Integer'],
    int8: ['BigInt', 'BigInt'],
    bigint: ['BigInt', 'BigInt'],
    numeric: ['Decimal', 'Decimal'],
    float8: ['Float', 'DoublePrecision'],
    double: ['Float', 'DoublePrecision'],
    bool: ['Boolean', 'Boolean'],
    boolean: ['Boolean', 'Boolean'],
    timestamptz: ['DateTime', 'Timestamptz'],
    date: ['DateTime', 'Date'],
    jsonb: ['Json', 'JsonB'],
    bytea: ['Bytes', 'ByteA'],
  },
  mysql: {
    char: ['String', 'Char'],
    varchar: ['String', 'VarChar'],
    longtext: ['String', 'LongText'],
    mediumtext: ['String', 'MediumText'],
    text: ['String', 'Text'],
    int: ['Int', 'Int'],
    bigint: ['BigInt', 'BigInt'],
    decimal: ['Decimal', 'Decimal'],
    double: ['Float', 'Double'],
    // Prisma's own form of a Boolean here; its attribute would take no size.
    tinyint: ['Boolean', ''],
    datetime: ['DateTime', 'DateTime'],
    date: ['DateTime', 'Date'],
    json: ['Json', 'Json'],
    longblob: ['Bytes', 'LongBlob'],
    varbinary: ['Bytes', 'VarBinary'],
  },
}

/** SQLite has four storage classes; what a field is decides among the types that lie in one. */
function onSqlite(column: string, type: FieldTypeName): Native {
  if (column === 'BLOB') return { scalar: 'Bytes' }
  if (column === 'REAL') return { scalar: 'Float' }
  if (type === 'json') return { scalar: 'Json' }
  // Dates stay text: Prisma would write another spelling of the same moment, which neither compares nor passes the CHECK.
  if (column === 'TEXT') return { scalar: 'String' }
  if (type === 'boolean') return { scalar: 'Boolean' }
  return { scalar: type === 'integer' ? 'Int' : 'BigInt' }
}

/** `column` is the type as the dialect writes it, for example `numeric(10,2)` or `varchar(50) CHARACTER SET ascii`. */
export function nativeOf(provider: Provider, column: string, type: FieldTypeName): Native {
  if (provider === 'sqlite') return onSqlite(column, type)
  const [, word = '', size = '', more = ''] = /^([a-z0-9]+)(\([0-9, ]+\))?(.*)$/is.exec(column) ?? []
  const name = word.toLowerCase() === 'timestamp' && /^ with time zone\b/i.test(more) ? 'timestamptz' : word.toLowerCase()
  const known = natives[provider][name]
  if (known === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `No Prisma type for a column of ${provider}: ${column}` })
  const [scalar, attribute] = known
  // A document that the dialect keeps as text is one for Prisma too only where the database calls it so: MariaDB's json is longtext.
  if (type === 'json' && scalar === 'String') return { scalar: 'Json', attribute: '@db.Json' }
  return attribute === '' ? { scalar } : { scalar, attribute: `@db.${attribute}${size.replaceAll(/,(?! )/g, ', ')}` }
}
