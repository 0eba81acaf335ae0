/** How logical values lie in a document, and come back. In charge of exactness (contract 2.2); must not know queries. */
import { Binary, Decimal128, Double } from 'mongodb'
import { DBALError } from '../../../errors/error.ts'
import type { Value, ValueType } from '../../../schema/entity.ts'
import { fromStored, toStored } from './json.ts'
import { fromSortable, sortable } from './sortable.ts'

/** `digits`: a text that sorts like its number (sortable.ts). */
export type Form = 'text' | 'time' | 'int' | 'long' | 'double' | 'digits' | 'bool' | 'bytes' | 'json'

export function formOf({ type }: ValueType): Form {
  switch (type) {
    case 'integer':
      return 'int'
    case 'bigint':
      return 'long'
    case 'float':
      return 'double'
    case 'decimal':
      return 'digits'
    case 'boolean':
      return 'bool'
    case 'datetime':
      return 'time'
    case 'bytes':
    case 'json':
      return type
    default:
      return 'text'
  }
}

const numbers: ReadonlySet<Form> = new Set(['int', 'long', 'double', 'digits'])

/** Values of these two forms compare in the database as the contract says, as they are. */
export function compareAsTheyAre(a: Form, b: Form): boolean {
  if (a === b) return a !== 'json'
  return (a === 'int' && (b === 'long' || b === 'double')) || (b === 'int' && (a === 'long' || a === 'double'))
}

/** The form in which values of two different forms can be compared. INTERNAL_ERROR where there is none, as the definition has it. */
export function commonForm(a: Form, b: Form): Form {
  if (numbers.has(a) && numbers.has(b)) return 'digits'
  if ((a === 'time' && b === 'text') || (a === 'text' && b === 'time')) return 'text'
  throw new DBALError('INTERNAL_ERROR', {}, { message: `Values in the forms ${a} and ${b} do not compare` })
}

/** A non-null logical value in a form that fits it. */
export function encode(form: Form, value: Value): unknown {
  switch (form) {
    case 'int':
    case 'bool':
    case 'text':
      return value
    case 'long':
      return BigInt(value as string)
    case 'double':
      return new Double(value as number)
    case 'digits':
      return sortable(value as string | number)
    case 'time':
      return new Date(value as string)
    case 'bytes':
      return new Binary(Buffer.from(value as string, 'base64'))
    case 'json':
      return toStored(value)
  }
}

/** The logical value behind what a document holds; nothing is null. */
export function decode(type: ValueType, stored: unknown): Value {
  if (stored === null || stored === undefined) return null
  switch (formOf(type)) {
    case 'int':
    case 'double':
      return Number(stored)
    case 'long':
      return String(stored)
    case 'digits':
      return fromSortable(stored as string, type.scale ?? 0)
    case 'time':
      return (stored as Date).toISOString()
    case 'bytes':
      return Buffer.from((stored as Binary).buffer.subarray(0, (stored as Binary).length())).toString('base64')
    case 'json':
      return fromStored(stored)
    default:
      return stored as Value
  }
}

/** A whole number that the database counted or summed. */
export function wholeOf(stored: unknown): bigint {
  return BigInt(stored instanceof Decimal128 ? stored.toString() : String(stored ?? 0))
}
