/** Which field type has the values of a PostgreSQL column. In charge of that table; must not know entities. */
import type { Column } from '../../catalog/catalog.ts'
import { decimalOf, differing, exact, leftOut, type Mapped, wholeOf } from '../part.ts'

/** 63 bytes of a name, in a database whose names are at most that (NAMEDATALEN). */
const nameLength = 63

export function postgresField(column: Column): Mapped {
  if (column.array === true) return leftOut(`${column.type} is an array; keep the members in a table of their own, or as jsonb`)
  if (column.values !== undefined)
    return column.values.includes('') ? leftOut('a member of its enum is empty') : exact('enum', { values: column.values })
  const text = textField(column)
  if (text !== undefined) return text
  switch (column.base) {
    case 'smallint':
      return wholeOf(-32768n, 32767n)
    case 'integer':
      return exact('integer')
    case 'bigint':
      return exact('bigint')
    case 'numeric':
      return decimalOf(column.precision, column.scale)
    case 'double precision':
      return exact('float')
    case 'real':
      return differing('float', 'the column keeps 24 bits of a number and rounds the rest; make it double precision')
    case 'boolean':
      return exact('boolean')
    case 'uuid':
      return exact('uuid')
    case 'date':
      return exact('date')
    case 'json':
    case 'jsonb':
      return exact('json')
    case 'bytea':
      return exact('bytes')
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return timeField(column)
    default:
      return leftOut(`no field type has the values of ${column.type}`)
  }
}

function timeField(column: Column): Mapped {
  const zone = column.base === 'timestamp with time zone'
  const fine = column.precision !== 3
  if (zone && !fine) return exact('datetime')
  const faults = [...(zone ? [] : ['the column has no time zone: its times are taken as UTC']), ...(fine ? [precisionFault(column.precision)] : [])]
  return differing('datetime', `${faults.join('; ')}; make it timestamptz(3)`)
}

function precisionFault(precision: number | undefined): string {
  return precision !== undefined && precision < 3 ? 'it rounds milliseconds' : 'it keeps microseconds, and a datetime has milliseconds'
}

function textField(column: Column): Mapped | undefined {
  switch (column.base) {
    case 'text':
      return exact('text')
    case 'character varying':
      return exact('string', column.length === undefined ? {} : { max_length: column.length })
    case 'name':
      return exact('string', { max_length: nameLength })
    case 'character':
      // `bpchar` without a length has any; `char` alone has the length 1 already.
      return column.length === undefined
        ? differing('string', 'the database drops spaces at the end of the text; make it varchar')
        : differing('string', 'the database drops spaces at the end of the text; make it varchar', { max_length: column.length })
    case 'citext':
      return differing('string', 'where it has to be unique, the database takes texts for equal that differ in case; make it text')
    default:
      return undefined
  }
}
