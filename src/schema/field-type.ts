/**
 * The table of field types: which values each has, how they compare and which operators apply (contract 2.2).
 * The one home of what a value means; must not know queries, databases or wire formats.
 */
import { DBALError } from '../errors/error.ts'
import type { Field, FieldTypeName, Value, ValueType } from './entity.ts'
import { compareText } from './fold.ts'
import { normaliseJson } from './value/json.ts'
import { compareDigits, normaliseBigint, normaliseDecimal, normaliseFloat, normaliseInteger } from './value/number.ts'
import { type Normalised, refuse } from './value/result.ts'
import { bytesLength, normaliseBytes, normaliseCuid, normaliseEmail, normaliseEnum, normaliseText, normaliseUuid } from './value/text.ts'
import { normaliseDate, normaliseDatetime } from './value/time.ts'

export type { Normalised } from './value/result.ts'

/** Operators of the query language that compare one field with one value or a list. */
export type FieldOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'notIn' | 'contains' | 'startsWith' | 'endsWith' | 'isNull'

interface FieldType {
  readonly normalise: (value: unknown, type: ValueType) => Normalised
  /** Of two non-null normalised values. Absent where the type has no order. */
  readonly compare?: (a: never, b: never) => number
  readonly operators: ReadonlySet<FieldOperator>
  /** Free text: may be searched, compared insensitively and by its parts. */
  readonly text?: true
}

const equal = ['eq', 'ne', 'in', 'notIn', 'isNull'] as const
const ordered: ReadonlySet<FieldOperator> = new Set([...equal, 'gt', 'gte', 'lt', 'lte'])
const textual: ReadonlySet<FieldOperator> = new Set([...ordered, 'contains', 'startsWith', 'endsWith'])

function byNumber(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function byBoolean(a: boolean, b: boolean): number {
  return Number(a) - Number(b)
}

const table: Readonly<Record<FieldTypeName, FieldType>> = {
  uuid: { normalise: normaliseUuid, compare: compareText, operators: ordered },
  cuid: { normalise: normaliseCuid, compare: compareText, operators: ordered },
  string: { normalise: normaliseText, compare: compareText, operators: textual, text: true },
  text: { normalise: normaliseText, compare: compareText, operators: textual, text: true },
  email: { normalise: normaliseEmail, compare: compareText, operators: textual, text: true },
  integer: { normalise: normaliseInteger, compare: byNumber, operators: ordered },
  bigint: { normalise: normaliseBigint, compare: compareDigits, operators: ordered },
  decimal: { normalise: normaliseDecimal, compare: compareDigits, operators: ordered },
  float: { normalise: normaliseFloat, compare: byNumber, operators: ordered },
  boolean: { normalise: normaliseBoolean, compare: byBoolean, operators: ordered },
  datetime: { normalise: normaliseDatetime, compare: compareText, operators: ordered },
  date: { normalise: normaliseDate, compare: compareText, operators: ordered },
  json: { normalise: normaliseJson, operators: new Set<FieldOperator>(['isNull']) },
  enum: { normalise: normaliseEnum, compare: compareText, operators: ordered },
  bytes: { normalise: normaliseBytes, operators: new Set<FieldOperator>(equal) },
}

/** All field types, in the order of the documentation. */
export const fieldTypeNames = Object.freeze(Object.keys(table)) as readonly FieldTypeName[]

function normaliseBoolean(value: unknown): Normalised {
  return typeof value === 'boolean' ? { ok: true, value } : refuse('Must be true or false')
}

/** The logical form of a non-null `value`, or why it has none. Nothing is rounded, cut or guessed. */
export function normalise(type: ValueType, value: unknown): Normalised {
  if (value === null) return refuse('Must not be null')
  return table[type.type].normalise(value, type)
}

/** As `normalise`, with null and the limits that the field sets on itself. */
export function normaliseField(field: Field, value: unknown): Normalised {
  if (value === null) return field.nullable ? { ok: true, value } : refuse('Must not be null')
  const result = table[field.type].normalise(value, field)
  if (!result.ok || !isLimited(field)) return result
  const fault = rangeFault(field, result.value) ?? lengthFault(field, result.value)
  return fault === undefined ? result : refuse(fault)
}

function isLimited(field: Field): boolean {
  return (
    field.min !== undefined ||
    field.max !== undefined ||
    field.minLength !== undefined ||
    field.maxLength !== undefined ||
    field.pattern !== undefined
  )
}

function rangeFault(field: Field, value: Value): string | undefined {
  if (field.min !== undefined && compareValues(field, value, limit(field, field.min)) < 0) return `Must be at least ${field.min}`
  if (field.max !== undefined && compareValues(field, value, limit(field, field.max)) > 0) return `Must be at most ${field.max}`
  return undefined
}

/** The schema writes limits as it likes (`min: 0` of a decimal); they compare in the form of the type. */
function limit(field: Field, given: number | string): Value {
  const result = normalise(field, given)
  return result.ok ? result.value : given
}

function lengthFault(field: Field, value: Value): string | undefined {
  if (typeof value !== 'string') return undefined
  const unit = field.type === 'bytes' ? 'bytes' : 'characters'
  const { minLength, maxLength } = field
  if (maxLength !== undefined && value.length > maxLength && lengthOf(field, value) > maxLength) return `Must have at most ${maxLength} ${unit}`
  if (minLength !== undefined && lengthOf(field, value) < minLength) return `Must have at least ${minLength} ${unit}`
  return field.pattern === undefined || patternOf(field, field.pattern).test(value) ? undefined : `Must match ${field.pattern}`
}

/** Characters are code points, so that every backend counts alike. */
function lengthOf(field: Field, text: string): number {
  if (field.type === 'bytes') return bytesLength(text)
  let points = text.length
  for (let i = 1; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xdc00 && unit <= 0xdfff) points--
  }
  return points
}

const patterns = new WeakMap<Field, RegExp>()

function patternOf(field: Field, source: string): RegExp {
  let pattern = patterns.get(field)
  if (pattern === undefined) {
    pattern = new RegExp(source, 'u')
    patterns.set(field, pattern)
  }
  return pattern
}

export function operatorsOf(type: FieldTypeName): ReadonlySet<FieldOperator> {
  return table[type].operators
}

/** True where the values of the type are free text: search, `contains` and `insensitive` apply. */
export function isText(type: FieldTypeName): boolean {
  return table[type].text === true
}

/** True where values have an order: they can be sorted and compared with gt and lt, and have a least and a greatest. */
export function isOrdered(type: FieldTypeName): boolean {
  return table[type].compare !== undefined
}

/**
 * Negative, zero or positive as `a` stands before, with or behind `b`; null is smallest. Values are normalised ones of `type`.
 * Throws INTERNAL_ERROR for json and bytes, which have no order: who asks should have looked at `isOrdered`.
 */
export function compareValues(type: ValueType, a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  const compare = table[type.type].compare
  if (compare === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `Values of type ${type.type} have no order` })
  return compare(a as never, b as never)
}
