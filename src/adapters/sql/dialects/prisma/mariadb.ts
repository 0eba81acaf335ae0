/**
 * The dialect of MariaDB behind a Prisma client, which makes objects of its own of what columns hold.
 * In charge of cells that pass it unaltered, and of decimals with more digits than a field has; must not know queries, clients or tables.
 */
import { DBALError } from '../../../../errors/error.ts'
import type { Value, ValueType } from '../../../../schema/entity.ts'
import type { Codec, Dialect, Physical, Typed } from '../../dialect.ts'
import { mysqlDialect } from '../mysql/dialect.ts'
import type { Flavour } from '../mysql/flavour.ts'
import type { ForeignColumns } from '../mysql/stored.ts'

const asText = (sql: string): string => `CAST(${sql} AS CHAR)`

/** Exactly `scale` digits behind the point: Prisma's own column for decimals has thirty. */
function digits(scale: number): (value: Physical) => Value {
  return (value) => {
    const [whole = '', fraction = ''] = String(value).split('.')
    if (/[1-9]/.test(fraction.slice(scale))) {
      const hint = 'The database holds a number of another scale, which another program must have written'
      throw new DBALError('DATABASE_ERROR', { hint })
    }
    const cut = fraction.slice(0, scale).padEnd(scale, '0')
    // Of what is cut to zero the sign goes too.
    const sign = /^-0*$/.test(whole) && !/[1-9]/.test(cut) ? '0' : whole
    return scale === 0 ? sign : `${sign}.${cut}`
  }
}

const fromHex = (value: Physical): string => Buffer.from(value as string, 'hex').toString('base64')
const known = new WeakMap<Codec, Codec>()

/** One codec for each of the dialect below. */
function read(codec: Codec): Codec {
  const found = known.get(codec) ?? { ...codec, ...readingOf(codec) }
  known.set(codec, found)
  known.set(found, found)
  return found
}

function readingOf({ family, form }: Codec): Partial<Codec> {
  if (family === 'json' || form === 'bigint' || form === 'datetime' || form === 'date') return { select: asText }
  if (family === 'bytes') return { select: (sql) => `HEX(${sql})`, decode: fromHex }
  const [, scale] = /^numeric:\d+:(\d+)$/.exec(form) ?? []
  return scale === undefined ? {} : { select: asText, decode: digits(Number(scale)) }
}

function summed({ codec, ...rest }: Typed, type: ValueType): Typed {
  if (!codec.form.startsWith('numeric:')) return { ...rest, codec }
  // A sum of whole numbers is a number, which the codec below makes of the digits.
  return { ...rest, codec: type.type === 'integer' ? { ...codec, select: asText } : read(codec) }
}

/** `foreign`: text columns with another collation than DBAL's. */
export function prismaMariadbDialect(flavour: Flavour, foreign: ForeignColumns): Dialect {
  const words = mysqlDialect(flavour, foreign)
  return {
    ...words,
    wide: read(words.wide),
    codec: (type) => read(words.codec(type)),
    extreme: (fn, sql, codec) => words.extreme(fn, sql, codec),
    sum: (sql, type) => summed(words.sum(sql, type), type),
  }
}
