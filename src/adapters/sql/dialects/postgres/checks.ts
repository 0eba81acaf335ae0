/** What PostgreSQL itself guards of a field, and literals for that. In charge of DDL's conditions; must not know statements. */
import type { Field } from '../../../../schema/entity.ts'
import { normalise } from '../../../../schema/field-type.ts'
import type { Physical } from '../../dialect.ts'
import { postgresCodec } from './codec.ts'

/** Needs standard_conforming_strings, which is the default since version 9.1. */
export function literal(value: Physical): string {
  if (value === null) return 'NULL'
  if (typeof value === 'object') return `'\\x${Buffer.from(value).toString('hex')}'::bytea`
  return `'${String(value).replaceAll("'", "''")}'`
}

/** The types guard their own form; what is left is what they allow and the schema does not. */
export function checks(column: string, field: Field): readonly string[] {
  return [...formChecks(column, field), ...rangeChecks(column, field), ...lengthChecks(column, field)]
}

function formChecks(column: string, field: Field): string[] {
  switch (field.type) {
    case 'enum':
      return [`${column} IN (${(field.values ?? []).map((value) => literal(value)).join(', ')})`]
    case 'float':
      // Not-a-number is above infinity here.
      return [`${column} > '-Infinity'::float8`, `${column} < 'Infinity'::float8`]
    case 'decimal':
      return [`${column} <> 'NaN'::numeric`]
    case 'datetime':
      return [`${column} >= '0001-01-01 00:00:00+00'::timestamptz`, `${column} < '10000-01-01 00:00:00+00'::timestamptz`]
    case 'date':
      return [`${column} >= '0001-01-01'::date`, `${column} < '10000-01-01'::date`]
    default:
      return []
  }
}

function rangeChecks(column: string, field: Field): string[] {
  const found: string[] = []
  const codec = postgresCodec(field)
  for (const [sign, given] of [
    ['>=', field.min],
    ['<=', field.max],
  ] as const) {
    if (given === undefined) continue
    const limit = normalise(field, given)
    if (limit.ok) found.push(`${column} ${sign} ${literal(codec.encode(limit.value))}::${codec.cast}`)
  }
  return found
}

/** Code points of text and bytes of bytes, as the engine counts. */
function lengthChecks(column: string, field: Field): string[] {
  const length = field.type === 'bytes' ? 'octet_length' : 'char_length'
  const found: string[] = []
  if (field.minLength !== undefined) found.push(`${length}(${column}) >= ${field.minLength}`)
  if (field.maxLength !== undefined) found.push(`${length}(${column}) <= ${field.maxLength}`)
  return found
}
