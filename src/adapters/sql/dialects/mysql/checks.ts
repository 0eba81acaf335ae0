/** Conditions on columns that follow from their fields, and literals of DDL. In charge of their words; must not know tables or statements. */
import type { Field } from '../../../../schema/entity.ts'
import { normalise } from '../../../../schema/field-type.ts'
import type { Codec, Physical } from '../../dialect.ts'
import type { Flavour } from './flavour.ts'

/** A backslash begins an escape in the mode that sessions are told (not in NO_BACKSLASH_ESCAPES, where MariaDB cannot write a condition down). */
export function literal(value: Physical): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  if (typeof value === 'object') return `x'${Buffer.from(value).toString('hex')}'`
  return String(value)
}

/** Columns of references have none: no server checks what ON DELETE SET NULL writes. */
export function checks(flavour: Flavour, codecOf: (field: Field) => Codec): (column: string, field: Field) => readonly string[] {
  return (column, field) =>
    field.foreignKey === undefined ? [...forms(column, field, flavour), ...ranges(column, field, codecOf(field)), ...lengths(column, field)] : []
}

function forms(column: string, field: Field, { kind }: Flavour): string[] {
  switch (field.type) {
    case 'enum':
      return [`${column} IN (${(field.values ?? []).map((value) => literal(value)).join(', ')})`]
    case 'boolean':
      return [`${column} IN (0, 1)`]
    case 'json':
      // MariaDB calls what is 32 levels deep invalid. A type of its own needs no condition.
      return kind === 'mysql' ? [] : [`(json_valid(${column}) OR left(${column}, 1) IN ('[', '{'))`]
    case 'uuid':
      return [`char_length(${column}) = 36`]
    default:
      return []
  }
}

function ranges(column: string, field: Field, codec: Codec): string[] {
  const found: string[] = []
  for (const [sign, given] of [
    ['>=', field.min],
    ['<=', field.max],
  ] as const) {
    if (given === undefined) continue
    const limit = normalise(field, given)
    if (!limit.ok) continue
    const physical = codec.encode(limit.value)
    // Digits in quotes would be compared as a double.
    found.push(`${column} ${sign} ${codec.family === 'number' ? String(physical) : literal(physical)}`)
  }
  return found
}

function lengths(column: string, field: Field): string[] {
  const length = field.type === 'bytes' ? 'octet_length' : 'char_length'
  const found: string[] = []
  if (field.minLength !== undefined) found.push(`${length}(${column}) >= ${field.minLength}`)
  if (field.maxLength !== undefined) found.push(`${length}(${column}) <= ${field.maxLength}`)
  return found
}
