/**
 * Which field type has the values of a SQLite column. SQLite holds what was written, whatever the column says, so the declaration
 * is taken for what it means as long as the values that are there agree. Must not know entities.
 */
import type { Column } from '../../catalog/catalog.ts'
import { doubleDigits, goes, isDigits } from '../../catalog/sqlite-values.ts'
import { isFlag, type Limit } from '../check.ts'
import { decimalOf, differing, exact, leftOut, type Mapped } from '../part.ts'

const wholes = new Set(['integer', 'int', 'tinyint', 'smallint', 'mediumint', 'int2', 'int4'])
const longs = new Set(['bigint', 'int8', 'unsigned big int'])
const texts = new Set(['varchar', 'nvarchar', 'char', 'nchar', 'character', 'varying character', 'native character', 'character varying'])

/** What is known of the column's values. */
export interface Held {
  /** Whole numbers of more than 32 bits are among them. */
  readonly wide: boolean
  /** Some are not what the column declares; `whole`: all are whole numbers. */
  readonly odd?: 'whole' | 'other' | undefined
}

export function sqliteField(column: Column, limits: readonly Limit[], { wide, odd }: Held): Mapped {
  const { base, length } = column
  if (odd === 'whole')
    return differing('bigint', `the column is declared ${column.type} and holds whole numbers; what they count is for its programs to say`)
  if (odd === 'other')
    return leftOut(`the column is declared ${column.type} and holds values that are none, or none that are kept exactly; bring them into one form`)
  if (wholes.has(base)) return limits.some(isFlag) ? exact('boolean') : exact(wide || limits.some(isWide) ? 'bigint' : 'integer')
  if (longs.has(base)) return exact('bigint')
  if (texts.has(base)) return exact('string', length === undefined ? {} : { max_length: length })
  switch (base) {
    case 'text':
    case 'clob':
    case 'ntext':
    case 'tinytext':
    case 'mediumtext':
    case 'longtext':
      return exact(limits.some((limit) => limit.json === true) ? 'json' : 'text')
    case 'real':
    case 'double':
    case 'double precision':
    case 'float':
      return exact('float')
    case 'blob':
      return exact('bytes')
    case 'boolean':
    case 'bool':
    case 'bit':
      return exact('boolean')
    case 'json':
    case 'jsonb':
      return exact('json')
    case 'image':
    case 'binary':
    case 'varbinary':
      return exact('bytes')
    case 'date':
      return exact('date')
    case 'uuid':
    case 'guid':
    case 'uniqueidentifier':
      return exact('uuid')
    default:
      if (goes('digits', base)) return numberField(column)
      if (goes('moment', base)) return momentField()
      return leftOut(column.type === '' ? 'the column has no type' : `no field type has the values of ${column.type}`)
  }
}

function momentField(): Mapped {
  return differing('datetime', 'times that say no zone are taken as UTC, and new ones are written as CURRENT_TIMESTAMP does: YYYY-MM-DD HH:MM:SS')
}

/** SQLite keeps the numbers of such columns as doubles, or as whole numbers. */
function numberField(column: Column): Mapped {
  if (isDigits(column)) return decimalOf(column.precision, column.scale)
  const why = column.precision === undefined ? 'it says no precision' : `more than ${doubleDigits} digits are not kept`
  return differing('float', `SQLite keeps doubles there, and ${why}; declare it NUMERIC(15,2) or the like for decimals`)
}

function isWide({ of, min, max }: Limit): boolean {
  return (
    of === 'value' && [min, max].some((bound) => bound !== undefined && /^-?\d+$/.test(bound) && BigInt.asIntN(32, BigInt(bound)) !== BigInt(bound))
  )
}
