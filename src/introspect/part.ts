/** A field while it is being made from a column. In charge of the form and of limits; must not know databases. */
import type { FieldDocument } from '../schema/document/entity.ts'
import type { FieldTypeName, Value, ValueType } from '../schema/entity.ts'
import { compareValues, isText, normalise } from '../schema/field-type.ts'
import { isFlag, type Limit } from './check.ts'

export type FieldPart = { -readonly [K in keyof FieldDocument]: FieldDocument[K] } & { type: FieldTypeName }

/** What a column becomes, or why it becomes nothing. `differs` says in what the column is not what the field type says. */
export type Mapped = { readonly field: FieldPart; readonly differs?: string } | { readonly leftOut: string }

export function exact(type: FieldTypeName, more: Partial<FieldPart> = {}): Mapped {
  return { field: { type, ...more } }
}

export function differing(type: FieldTypeName, differs: string, more: Partial<FieldPart> = {}): Mapped {
  return { field: { type, ...more }, differs }
}

export function leftOut(why: string): Mapped {
  return { leftOut: why }
}

/** A decimal that every backend keeps, or a reason against it. */
export function decimalOf(precision: number | undefined, scale: number | undefined, more: Partial<FieldPart> = {}): Mapped {
  if (precision === undefined) return leftOut('a number without precision has no bound; give it one, such as numeric(18,4)')
  const behind = scale ?? 0
  if (precision > 38 || behind < 0 || behind > precision)
    return leftOut('a decimal has at most 38 digits, none of them before the digits that it keeps')
  return exact('decimal', { precision, scale: behind, ...more })
}

export const integerMin = -2147483648n
export const integerMax = 2147483647n

/** A whole number of the given range as the narrowest type that has all of it; the range itself where the type has more. */
export function wholeOf(min: bigint, max: bigint): Mapped {
  if (min >= integerMin && max <= integerMax)
    return exact('integer', { ...(min === integerMin ? {} : { min: Number(min) }), ...(max === integerMax ? {} : { max: Number(max) }) })
  return exact('bigint', { ...(min <= -(2n ** 63n) ? {} : { min: digits(min) }), ...(max >= 2n ** 63n - 1n ? {} : { max: digits(max) }) })
}

/** As a number where that is exact, so that the file reads well. */
function digits(value: bigint): Value {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
}

const whole = /^-?\d+$/

/** Puts a limit onto a field. False where the field cannot say it. */
export function applyLimit(field: FieldPart, limit: Limit): boolean {
  if (field.type === 'boolean') return isFlag(limit)
  if (limit.of === 'length') return applyLength(field, limit)
  if (limit.values !== undefined) return applyValues(field, limit.values)
  if (limit.json === true) return field.type === 'json'
  if (!['integer', 'bigint', 'decimal', 'float'].includes(field.type)) return false
  const counted = field.type === 'integer' || field.type === 'bigint'
  const min = limit.min ?? (counted && limit.above !== undefined && whole.test(limit.above) ? String(BigInt(limit.above) + 1n) : undefined)
  const max = limit.max ?? (counted && limit.below !== undefined && whole.test(limit.below) ? String(BigInt(limit.below) - 1n) : undefined)
  if ((limit.above !== undefined && min === undefined) || (limit.below !== undefined && max === undefined)) return false
  if ([min, max].some((bound) => bound !== undefined && !(counted ? whole : /^-?\d+(?:\.\d+)?$/).test(bound))) return false
  // A bound of a float that a double has not exactly would be another bound.
  if (field.type === 'float' && [min, max].some((bound) => bound !== undefined && Math.abs(Number(bound)) > Number.MAX_SAFE_INTEGER)) return false
  if (field.type === 'bigint' && min !== undefined && max !== undefined && BigInt(min) >= integerMin && BigInt(max) <= integerMax)
    field.type = 'integer'
  if (min !== undefined) field.min = tighter(field, field.min, min, 1)
  if (max !== undefined) field.max = tighter(field, field.max, max, -1)
  dropUsual(field)
  return true
}

/** The bounds of the type itself need no saying. */
function dropUsual(field: FieldPart): void {
  if (field.type !== 'integer') return
  if (field.min !== undefined && BigInt(String(field.min)) <= integerMin) delete field.min
  if (field.max !== undefined && BigInt(String(field.max)) >= integerMax) delete field.max
}

function tighter(field: FieldPart, old: Value | undefined, next: string, direction: 1 | -1): Value {
  const given = field.type === 'bigint' ? digits(BigInt(next)) : field.type === 'decimal' && !Number.isSafeInteger(Number(next)) ? next : Number(next)
  return old === undefined || (Number(next) - Number(old)) * direction > 0 ? given : old
}

function applyLength(field: FieldPart, limit: Limit): boolean {
  if (!isText(field.type) && field.type !== 'bytes') return false
  const min = limit.min ?? (limit.above === undefined ? undefined : String(Number(limit.above) + 1))
  const max = limit.max ?? (limit.below === undefined ? undefined : String(Number(limit.below) - 1))
  if ([min, max].some((bound) => bound !== undefined && !/^\d+$/.test(bound))) return false
  if (min !== undefined) field.min_length = Math.max(field.min_length ?? 0, Number(min))
  if (max !== undefined) field.max_length = Math.min(field.max_length ?? Number.MAX_SAFE_INTEGER, Number(max))
  return true
}

/** A list of texts makes an enum of a text. */
function applyValues(field: FieldPart, values: readonly string[]): boolean {
  if ((field.type !== 'string' && field.type !== 'text') || values.includes('') || new Set(values).size < values.length) return false
  field.type = 'enum'
  field.values = [...values]
  delete field.max_length
  delete field.min_length
  return true
}

/** Do the limits leave room for a value, and are they values of the type? */
export function isCoherent(field: FieldPart): boolean {
  if ((field.min_length ?? 0) > (field.max_length ?? Number.MAX_SAFE_INTEGER)) return false
  const bounds = [field.min, field.max].map((bound) => (bound === undefined ? undefined : normalise({ ...field, values: field.values ?? [] }, bound)))
  if (bounds.some((bound) => bound?.ok === false)) return false
  const [min, max] = bounds
  return min?.ok !== true || max?.ok !== true || compareValues(field as ValueType, min.value, max.value) <= 0
}
