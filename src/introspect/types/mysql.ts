/** Which field type has the values of a MySQL or MariaDB column. In charge of that table; must not know entities. */
import type { Column } from '../../catalog/catalog.ts'
import { isFlag, type Limit } from '../check.ts'
import { decimalOf, differing, exact, type FieldPart, leftOut, type Mapped, wholeOf } from '../part.ts'

const bits: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, mediumint: 24n, int: 32n, integer: 32n, bigint: 64n }

/** `linked`: a number that the database counts up, or that a reference ties to one. */
export function mysqlField(column: Column, limits: readonly Limit[], linked: boolean): Mapped {
  const more: Partial<FieldPart> = column.unsigned === true ? { min: 0 } : {}
  if (Object.hasOwn(bits, column.base)) return wholeField(column, limits, linked)
  const text = textField(column) ?? bytesField(column)
  if (text !== undefined) return text
  switch (column.base) {
    case 'decimal':
    case 'numeric':
      return decimalOf(column.precision, column.scale, more)
    case 'double':
      return exact('float', more)
    case 'float':
      return differing('float', 'the column keeps 24 bits of a number and rounds the rest; make it double', more)
    case 'year':
      // What is less is taken for the end of another century: 5 becomes 2005.
      return exact('integer', { min: 1901, max: 2155 })
    case 'date':
      return exact('date')
    case 'datetime':
    case 'timestamp':
      return timeField(column)
    case 'json':
      return exact('json')
    case 'uuid':
      return exact('uuid')
    default:
      return leftOut(`no field type has the values of ${column.type}`)
  }
}

function wholeField(column: Column, limits: readonly Limit[], linked: boolean): Mapped {
  if (column.base === 'tinyint' && column.length === 1 && column.unsigned !== true)
    return limits.some(isFlag) ? exact('boolean') : differing('boolean', 'the column can hold other numbers than 0 and 1; add CHECK (… IN (0, 1))')
  const size = bits[column.base] as bigint
  if (column.unsigned !== true) return wholeOf(-(2n ** (size - 1n)), 2n ** (size - 1n) - 1n)
  if (size < 64n) return wholeOf(0n, 2n ** size - 1n)
  if (!linked) return exact('decimal', { precision: 20, scale: 0, min: 0, max: '18446744073709551615' })
  return differing('bigint', 'the column has numbers up to 2^64 - 1, and a bigint to 2^63 - 1; make it bigint without unsigned', { min: 0 })
}

function textField(column: Column): Mapped | undefined {
  switch (column.base) {
    case 'char':
      return differing('string', 'the database drops spaces at the end of the text; make it varchar', { max_length: column.length ?? 1 })
    case 'varchar':
      return exact('string', column.length === undefined ? {} : { max_length: column.length })
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return exact('text')
    case 'enum':
      return (column.values ?? []).includes('') ? leftOut('a member of its enum is empty') : exact('enum', { values: column.values ?? [] })
    default:
      return undefined
  }
}

function bytesField(column: Column): Mapped | undefined {
  switch (column.base) {
    case 'binary':
      return exact('bytes', { min_length: column.length ?? 1, max_length: column.length ?? 1 })
    case 'varbinary':
      return exact('bytes', column.length === undefined ? {} : { max_length: column.length })
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return exact('bytes')
    default:
      return undefined
  }
}

/** A TIMESTAMP begins and ends with 31 bits of seconds, and is kept as UTC. */
function timeField(column: Column): Mapped {
  const range: Partial<FieldPart> = column.base === 'timestamp' ? { min: '1970-01-01T00:00:01.000Z', max: '2038-01-19T03:14:07.999Z' } : {}
  const fraction = column.precision ?? 0
  if (fraction === 3) return exact('datetime', range)
  const fault = fraction < 3 ? 'the column rounds milliseconds' : 'the column keeps microseconds, and a datetime has milliseconds'
  return differing('datetime', `${fault}; make it ${column.base}(3)`, range)
}
