/** Defaults of columns as defaults of fields. In charge of literals and of the few functions that the engine has too; must not know databases. */
import type { Value } from '../schema/entity.ts'
import { compareValues, isText, normalise } from '../schema/field-type.ts'
import type { FieldPart } from './part.ts'
import { Scanner } from './scan.ts'

export type Given = { readonly is: 'value'; readonly value: Value } | { readonly is: 'now' | 'uuid' | 'null' }

const nows = /^(?:now\(\)|current_timestamp(?:\(\d*\))?|localtimestamp(?:\(\d*\))?|statement_timestamp\(\)|transaction_timestamp\(\))$/i
const todays = /^(?:current_date(?:\(\))?|curdate\(\))$/i
const uuids = /^(?:gen_random_uuid\(\)|uuid_generate_v\d\w*\(\)|uuid\(\))$/i

/** A call or a word without casts behind it and parentheses around it. */
function bare(expression: string): string {
  const text = expression
    .trim()
    .replace(/(?:::[a-z][\w ]*(?:\(\d+\))?(?: with(?:out)? time zone)?)+$/i, '')
    .replace(/^\((.*)\)$/s, '$1')
  return text === expression ? text : bare(text)
}

/** What the expression gives a field of that kind. Undefined where a field cannot say it. */
export function givenBy(expression: string, field: FieldPart): Given | undefined {
  const text = bare(expression)
  if (field.type === 'datetime' && nows.test(text)) return { is: 'now' }
  if (field.type === 'date' && (todays.test(text) || nows.test(text))) return { is: 'now' }
  if (field.type === 'uuid' && uuids.test(text)) return { is: 'uuid' }
  if (/^NULL$/i.test(text)) return { is: 'null' }
  const value = literalOf(expression, field)
  return value === undefined ? undefined : { is: 'value', value }
}

function literalOf(expression: string, field: FieldPart): Value | undefined {
  const scanner = new Scanner(expression.replace(/^b'([01])'$/, '$1'))
  const word = scanner.takeWord('TRUE', 'FALSE')
  const literal = word === undefined ? scanner.takeLiteral() : { text: word.toLowerCase(), quoted: false }
  if (literal === undefined || !scanner.done) return undefined
  const wanted = logical(literal.text, literal.quoted, field)
  if (wanted === undefined) return undefined
  const result = normalise({ ...field, values: field.values ?? [] }, wanted)
  return result.ok && within(field, result.value) ? result.value : undefined
}

function logical(text: string, quoted: boolean, field: FieldPart): Value | undefined {
  switch (field.type) {
    case 'integer':
    case 'float':
      return text.trim() === '' ? undefined : Number(text)
    case 'boolean':
      return /^(?:1|t|true|y|yes|on)$/i.test(text) ? true : /^(?:0|f|false|n|no|off)$/i.test(text) ? false : undefined
    case 'datetime':
      return timeOf(text)
    case 'json':
      return jsonOf(text, quoted)
    case 'bytes':
      return undefined
    default:
      return text
  }
}

/** PostgreSQL writes an offset of whole hours without minutes; without any, the time is taken as UTC, as such columns are. */
function timeOf(text: string): string {
  const [, day = '', clock = '00:00:00', offset = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[ T]([\d:.]+)(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text) ?? []
  return `${day}T${clock}${/^[+-]\d\d$/.test(offset) ? `${offset}:00` : offset}`
}

function jsonOf(text: string, quoted: boolean): Value | undefined {
  try {
    return quoted ? (JSON.parse(text) as Value) : Number(text)
  } catch {
    return undefined
  }
}

/** A default beyond the limits of its own field would be refused when the schema is read. */
function within(field: FieldPart, value: Value): boolean {
  const bound = (limit: Value | undefined): Value | undefined => {
    const result = limit === undefined ? undefined : normalise(field, limit)
    return result?.ok === true ? result.value : undefined
  }
  const min = bound(field.min)
  const max = bound(field.max)
  if (min !== undefined && compareValues(field, value, min) < 0) return false
  if (max !== undefined && compareValues(field, value, max) > 0) return false
  if (!isText(field.type) || typeof value !== 'string') return true
  const length = [...value].length
  return length <= (field.max_length ?? length) && length >= (field.min_length ?? 0)
}
