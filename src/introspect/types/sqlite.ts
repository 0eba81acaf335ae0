/**
 * Which field type has the values of a SQLite column. SQLite holds what was written, whatever the column says, so the declaration
 * is taken for what it means and the form in which DBAL keeps such values is told. Must not know entities.
 */
import type { Column } from '../../catalog/catalog.ts'
import { isFlag, type Limit } from '../check.ts'
import { decimalOf, differing, exact, leftOut, type Mapped } from '../part.ts'

const wholes = new Set(['integer', 'int', 'tinyint', 'smallint', 'mediumint', 'int2', 'int4'])
const longs = new Set(['bigint', 'int8', 'unsigned big int'])
const texts = new Set(['varchar', 'nvarchar', 'char', 'nchar', 'character', 'varying character', 'native character', 'character varying'])

/** `wide`: the column holds whole numbers of more than 32 bits. */
export function sqliteField(column: Column, limits: readonly Limit[], wide: boolean): Mapped {
  const { base, length } = column
  if (wholes.has(base)) return limits.some(isFlag) ? exact('boolean') : exact(wide || limits.some(isWide) ? 'bigint' : 'integer')
  if (longs.has(base)) return exact('bigint')
  if (texts.has(base)) return exact('string', length === undefined ? {} : { max_length: length })
  switch (base) {
    case 'text':
    case 'clob':
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
      return exact('boolean')
    case 'json':
      return exact('json')
    case 'decimal':
    case 'numeric':
      return decimalField(column)
    case 'date':
      return differing('date', 'DBAL keeps a date as text YYYY-MM-DD; bring other values into that form')
    case 'datetime':
    case 'timestamp':
      return differing('datetime', 'DBAL keeps a datetime as text YYYY-MM-DDTHH:mm:ss.sssZ; bring other values into that form')
    case 'uuid':
    case 'guid':
      return differing('uuid', 'DBAL keeps a uuid as text in lower case; bring other values into that form')
    default:
      return leftOut(column.type === '' ? 'the column has no type' : `no field type has the values of ${column.type}`)
  }
}

function decimalField({ precision, scale }: Column): Mapped {
  const found = decimalOf(precision, scale)
  if ('leftOut' in found) return found
  const digits = found.field.precision ?? 0
  // 18 digits fit a signed 64-bit integer; longer ones are kept as text (dialects/sqlite/codec.ts).
  const form = digits <= 18 ? 'a whole number of its smallest unit' : 'text that sorts as the number does'
  return { ...found, differs: `DBAL keeps such a decimal as ${form}; write its values anew through DBAL` }
}

function isWide({ of, min, max }: Limit): boolean {
  return (
    of === 'value' && [min, max].some((bound) => bound !== undefined && /^-?\d+$/.test(bound) && BigInt.asIntN(32, BigInt(bound)) !== BigInt(bound))
  )
}
