/** Which types may meet in a comparison, and literals as values of a type. Must not know syntax trees or rules. */

import { suggestion } from '../../schema/complaint.ts'
import type { Field, FieldTypeName, Value, ValueType } from '../../schema/entity.ts'
import { isOrdered, normalise } from '../../schema/field-type.ts'
import { Fault, shown } from './fault.ts'
import type { Term } from './grammar.ts'

export type Literal = Extract<Term, { readonly text: string }>

const textual: ReadonlySet<FieldTypeName> = new Set(['string', 'text', 'email', 'enum', 'cuid'])
const whole: ReadonlySet<FieldTypeName> = new Set(['integer', 'bigint', 'decimal', 'float'])

/** The part of a field that decides what its values are, without the rest of the field. */
export function typeOf(field: Field): ValueType {
  const { type, precision, scale, values } = field
  return {
    type,
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(values === undefined ? {} : { values }),
  }
}

/** May two stored values be compared? Backends keep decimals of different scales differently, so only like meets like. */
export function alike(a: ValueType, b: ValueType): boolean {
  if (textual.has(a.type)) return textual.has(b.type)
  if (a.type !== b.type) return false
  return a.type !== 'decimal' || (a.precision === b.precision && (a.scale ?? 0) === (b.scale ?? 0))
}

/** Can a session's value of type `from` ever be a value of `to`? A single one that is not becomes null. */
export function fits(from: ValueType, to: ValueType): boolean {
  const texts = (t: FieldTypeName) => textual.has(t) || t === 'uuid'
  if (texts(from.type)) return texts(to.type)
  if (from.type === 'integer') return whole.has(to.type)
  if (from.type === 'bigint') return to.type === 'bigint' || to.type === 'decimal'
  return from.type === to.type && from.type !== 'json'
}

/** Less and greater mean something for people; of booleans only the database's order would. */
export const hasOrder = (type: ValueType): boolean => isOrdered(type.type) && type.type !== 'boolean'

/** The JSON type that a path has to have to be compared with `type`; undefined where JSON has no such values. */
export function jsonTypeFor(type: ValueType): 'string' | 'number' | 'boolean' | undefined {
  if (type.type === 'boolean') return 'boolean'
  if (type.type === 'integer' || type.type === 'float') return 'number'
  return textual.has(type.type) || type.type === 'uuid' ? 'string' : undefined
}

/** How the values of a JSON path are typed. */
export const jsonValue = { string: { type: 'string' }, number: { type: 'float' }, boolean: { type: 'boolean' } } as const satisfies Record<
  string,
  ValueType
>

/** The type of a literal that meets nothing but literals, or a JSON path. */
export function ownType(literal: Literal): ValueType {
  if (literal.kind === 'string') return { type: 'string' }
  if (literal.kind === 'boolean') return { type: 'boolean' }
  const fraction = literal.text.split('.')[1]
  return fraction === undefined ? { type: 'bigint' } : { type: 'decimal', precision: 38, scale: Math.min(fraction.length, 38) }
}

/** `literal` as a value of `type`, exactly. `subject` is what it is compared with. Throws Fault. */
export function literalValue(literal: Literal, type: ValueType, subject: string): Value {
  const fail = (why: string): Fault => new Fault(literal.offset, `${why}: ${written(literal)}`)
  if (literal.kind === 'null') throw new Fault(literal.offset, 'A comparison with NULL is never true; write IS NULL or IS NOT NULL')
  if (type.type === 'json') throw fail(`${subject} holds JSON; compare a member of it (${subject}.name)`)
  const wanted = type.type === 'boolean' ? 'boolean' : whole.has(type.type) ? 'number' : 'string'
  if (literal.kind !== wanted) {
    const how = { boolean: 'true or false without quotes', number: 'a number without quotes', string: "a text in single quotes ('…')" }[wanted]
    throw fail(`${subject} is of type ${type.type} and needs ${how}`)
  }
  const result = normalise(type, raw(literal, type, fail, subject))
  if (result.ok) return result.value
  const hint = type.type === 'enum' ? suggestion(literal.text, type.values ?? []) : ''
  throw fail(`${subject} is of type ${type.type}. ${result.error}${hint}`)
}

function raw(literal: Literal, type: ValueType, fail: (why: string) => Fault, subject: string): Value {
  if (literal.kind === 'boolean') return literal.text === 'true'
  if (literal.kind !== 'number') return literal.text
  const fractional = literal.text.includes('.')
  if (fractional && (type.type === 'integer' || type.type === 'bigint')) throw fail(`${subject} is of type ${type.type} and needs a whole number`)
  if (type.type === 'bigint' || type.type === 'decimal') return literal.text
  const number = Number(literal.text)
  if (!fractional && Number.isFinite(number) && BigInt(literal.text) !== BigInt(number))
    throw fail(`${subject} is of type ${type.type}, which has no such number`)
  return number
}

/** A literal as its author wrote it. */
export function written(literal: Literal): string {
  return literal.kind === 'string' ? `'${shown(literal.text.replaceAll("'", "''"))}'` : shown(literal.text)
}
