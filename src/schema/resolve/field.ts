/** One field of an entity from its document: its type, its limits, its default, and whether these fit together. Must not know other entities. */
import { quote } from '../complaint.ts'
import { type FieldDocument, typeAliases } from '../document/entity.ts'
import type { Field, FieldTypeName, Value } from '../entity.ts'
import { compareValues, isOrdered, isText, normalise, normaliseField } from '../field-type.ts'
import { snakeCase } from '../names.ts'
import { patternFault } from '../pattern/check.ts'
import type { Document } from '../source.ts'

export type Complain = (keyword: string, error: string) => void

/** Contract 2.2: an e-mail address has at most 255 characters. */
const emailLength = 255

const generatedTypes: readonly FieldTypeName[] = ['uuid', 'cuid', 'integer', 'bigint', 'datetime', 'date']

/** `partOfKey`: named by primary_key or marked primary. Complaints carry the keyword that they are about. */
export function resolveField(
  name: string,
  doc: FieldDocument,
  partOfKey: boolean,
  neverExposed: boolean,
  document: Document,
  complain: Complain,
): Field {
  const type = typeOf(doc.type)
  if (doc.type !== undefined) checkKeywords(doc, type, complain)
  const written = (keyword: 'default' | 'min' | 'max'): Value | undefined => {
    // Digits of a decimal or bigint are text; as numbers they may already have lost some.
    const text = type === 'decimal' || type === 'bigint' ? document.written(`fields.${name}.${keyword}`) : undefined
    return text ?? doc[keyword]
  }
  const values = { ...(doc.type === undefined ? {} : typeDetails(doc, type, complain)), type }
  const given = written('default')
  const hasDefault = given !== undefined && given !== null
  const byEngine = doc.generated === true || doc.auto_update === true
  const nullable = !partOfKey && (doc.nullable ?? (doc.optional === true && !hasDefault && !byEngine))
  const maxLength = type === 'email' ? Math.min(doc.max_length ?? emailLength, emailLength) : doc.max_length
  const min = bound(values, written('min'), 'min', complain)
  const max = bound(values, written('max'), 'max', complain)
  const field: Field = {
    ...values,
    name,
    column: doc.column ?? snakeCase(name),
    ...(doc.description === undefined ? {} : { description: doc.description }),
    primary: partOfKey,
    generated: doc.generated === true,
    required: !hasDefault && !byEngine && (partOfKey || doc.required === true),
    nullable,
    unique: doc.unique === 'insensitive' ? 'insensitive' : doc.unique === true ? 'exact' : false,
    index: doc.index === true || doc.foreign_key !== undefined,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(doc.min_length === undefined ? {} : { minLength: doc.min_length }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(doc.pattern === undefined || !patternHolds(doc.pattern, maxLength, complain) ? {} : { pattern: doc.pattern }),
    immutable: doc.immutable === true || partOfKey,
    autoUpdate: doc.auto_update === true,
    sensitive: doc.sensitive === true || neverExposed,
    neverExposed,
    ...(doc.renamed_from === undefined ? {} : { renamedFrom: doc.renamed_from }),
  }
  if (doc.renamed_from === name) complain('renamed_from', `${quote(name)} is the name of this field now; renamed_from is the name that it had before`)
  if (doc.type === undefined) return field
  checkPresence(field, doc, hasDefault, complain)
  if (given === null && !nullable) complain('default', 'The default is null, but the field is not nullable')
  return hasDefault ? withDefault(field, given, complain) : field
}

function typeOf(word: string | undefined): FieldTypeName {
  if (word === undefined) return 'string'
  return Object.hasOwn(typeAliases, word) ? typeAliases[word]! : (word as FieldTypeName)
}

function patternHolds(pattern: string, maxLength: number | undefined, complain: Complain): boolean {
  const fault = patternFault(pattern, maxLength)
  if (fault !== undefined) complain('pattern', `${quote(pattern)}: ${fault}`)
  return fault === undefined
}

/** Keywords that mean nothing for the type. */
function checkKeywords(doc: FieldDocument, type: FieldTypeName, complain: Complain): void {
  const only = (keyword: keyof FieldDocument, fits: boolean, where: string): void => {
    if (doc[keyword] !== undefined && doc[keyword] !== false && !fits) complain(keyword, `${quote(keyword)} is for ${where}, not for ${type}`)
  }
  const measured = isText(type) || type === 'bytes'
  const ranged = ['integer', 'bigint', 'decimal', 'float', 'datetime', 'date'].includes(type)
  only('values', type === 'enum', 'enum')
  only('precision', type === 'decimal', 'decimal')
  only('scale', type === 'decimal', 'decimal')
  only('min', ranged, 'numbers and times')
  only('max', ranged, 'numbers and times')
  only('min_length', measured, 'text and bytes')
  only('max_length', measured, 'text and bytes')
  only('pattern', isText(type), 'text')
  only('generated', generatedTypes.includes(type), generatedTypes.join(', '))
  only('auto_update', type === 'datetime', 'datetime')
  only(
    'unique',
    doc.unique === 'insensitive' ? isText(type) : type !== 'json',
    doc.unique === 'insensitive' ? 'text, when insensitive' : 'fields that compare',
  )
  only('index', isOrdered(type), 'fields that have an order')
  if (doc.min_length !== undefined && doc.max_length !== undefined && doc.min_length > doc.max_length) {
    complain('min_length', `min_length ${doc.min_length} is more than max_length ${doc.max_length}`)
  }
  if (type === 'email' && (doc.max_length ?? 0) > emailLength) complain('max_length', `An email has at most ${emailLength} characters`)
}

function typeDetails(doc: FieldDocument, type: FieldTypeName, complain: Complain): Pick<Field, 'precision' | 'scale' | 'values'> {
  if (type === 'enum') {
    const values = doc.values ?? []
    if (doc.values === undefined) complain('', 'An enum needs "values"')
    else if (values.length === 0) complain('values', 'An enum needs at least one value')
    values.forEach((value, i) => {
      if (value === '') complain(`values.${i}`, 'A value of an enum cannot be empty')
      else if (values.indexOf(value) !== i) complain(`values.${i}`, `${quote(value)} stands twice among the values`)
      else {
        const text = normalise({ type: 'string' }, value)
        if (!text.ok) complain(`values.${i}`, text.error)
      }
    })
    return { values: Object.freeze([...values]) }
  }
  if (type !== 'decimal') return {}
  const scale = doc.scale ?? 0
  if (doc.precision === undefined) complain('', 'A decimal needs "precision" (1 to 38)')
  else if (scale > doc.precision) complain('scale', `scale ${scale} is more than precision ${doc.precision}`)
  return { precision: doc.precision ?? 38, scale }
}

function bound(
  type: Pick<Field, 'type' | 'precision' | 'scale' | 'values'>,
  given: Value | undefined,
  keyword: 'min' | 'max',
  complain: Complain,
): number | string | undefined {
  if (given === undefined || !isOrdered(type.type)) return undefined
  const result = normalise(type, given)
  if (!result.ok) complain(keyword, `${quote(given)} is no ${type.type}: ${lower(result.error)}`)
  return result.ok && (typeof result.value === 'number' || typeof result.value === 'string') ? result.value : undefined
}

/** Whether a new row always gets a value. */
function checkPresence(field: Field, doc: FieldDocument, hasDefault: boolean, complain: Complain): void {
  if (doc.required === true && doc.optional === true) complain('optional', 'A field is either required or optional')
  if (field.primary && (doc.optional === true || doc.nullable === true))
    complain(doc.nullable === true ? 'nullable' : 'optional', 'A key field is neither optional nor nullable')
  if (field.generated && doc.default !== undefined) complain('default', 'A generated field takes no default')
  if (field.autoUpdate && doc.default !== undefined) complain('default', 'A field with auto_update takes no default')
  const filled = hasDefault || field.generated || field.autoUpdate || field.required || field.nullable
  if (!filled) complain('', `A new row would have no value for ${quote(field.name)}: write required: true, optional: true, or a default`)
  if (field.min !== undefined && field.max !== undefined && compareValues(field, field.min, field.max) > 0)
    complain('min', `min ${field.min} is more than max ${field.max}`)
}

function withDefault(field: Field, given: Value, complain: Complain): Field {
  // The time of the write: the engine puts it in.
  if (given === 'now' && (field.type === 'datetime' || field.type === 'date')) return { ...field, default: 'now' }
  const result = normaliseField(field, given)
  if (!result.ok) {
    complain('default', `The default ${quote(given)} is no valid value: ${lower(result.error)}`)
    return field
  }
  return { ...field, default: result.value }
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
