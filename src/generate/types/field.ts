/** A field's types as TypeScript text: what is read, what may be given, how it is asked about. Must not know entities. */
import type { Field, FieldTypeName } from '../../schema/entity.ts'

/** `dbal` is the namespace that generated files import; entity names start with a capital, so none can be in its way. */
export interface Texts {
  readonly output: string
  readonly input: string
  readonly filter: string
  readonly ordered: boolean
}

const text: Texts = { output: 'string', input: 'string', filter: 'dbal.StringFilter', ordered: true }
const id: Texts = { ...text, filter: 'dbal.IdFilter' }
const number: Texts = { output: 'number', input: 'number', filter: 'dbal.NumberFilter', ordered: true }
const digits: Texts = { output: 'string', input: 'dbal.BigintInput', filter: 'dbal.BigintFilter', ordered: true }

const table: Readonly<Record<Exclude<FieldTypeName, 'enum'>, Texts>> = {
  uuid: id,
  cuid: id,
  string: text,
  text,
  email: text,
  date: id,
  integer: number,
  float: number,
  bigint: digits,
  decimal: { ...digits, input: 'dbal.DecimalInput' },
  boolean: { output: 'boolean', input: 'boolean', filter: 'dbal.BooleanFilter', ordered: true },
  datetime: { output: 'string', input: 'dbal.DatetimeInput', filter: 'dbal.DatetimeFilter', ordered: true },
  json: { output: 'dbal.Json', input: 'dbal.Json', filter: 'dbal.JsonFilter', ordered: false },
  bytes: { output: 'string', input: 'dbal.BytesInput', filter: 'dbal.BytesFilter', ordered: false },
}

/** Types of a field. `enums`: names of the type and the filter interface of an enum's values. */
export function textsOf(field: Field, enums: { readonly type: string; readonly filter: string }): Texts {
  return field.type === 'enum' ? { output: enums.type, input: enums.type, filter: enums.filter, ordered: true } : table[field.type]
}

export function isNumeric(field: Field): boolean {
  return field.type === 'integer' || field.type === 'float' || field.type === 'bigint' || field.type === 'decimal'
}

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/

export function propertyName(name: string): string {
  return identifier.test(name) ? name : quoted(name)
}

/** A string literal in single quotes. */
export function quoted(value: string): string {
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

/** A doc comment in one line, or nothing. No description can end the comment. */
export function comment(indent: string, description: string | undefined): string {
  const told = description?.replace(/\s+/gu, ' ').replaceAll('*/', '*\\/').trim()
  return told === undefined || told === '' ? '' : `${indent}/** ${told} */\n`
}

/** Members `name?: type` or `name: type`, one a line. */
export function member(name: string, type: string, optional: boolean): string {
  return `  ${propertyName(name)}${optional ? '?' : ''}: ${type}\n`
}
