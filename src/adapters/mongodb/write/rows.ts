/** Rows as documents and back. In charge of what a stored row must be; must not know statements. */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Entity, Field, Value } from '../../../schema/entity.ts'
import { normaliseField } from '../../../schema/field-type.ts'
import { fold } from '../../../schema/fold.ts'
import { foldedMember, hasFolded, memberOf, membersOf } from '../compile/scope.ts'
import { decode, encode, formOf } from '../values/form.ts'

/** Logical values of all fields. */
export type Row = ReadonlyMap<string, Value>
export type Document = Record<string, unknown>

/** A stored row: `id` is the `_id` of its document. */
export interface Stored {
  readonly id: unknown
  readonly row: Row
}

/** A row with one state behind the other; absent before an insert and after a delete. */
export interface Change {
  readonly id: unknown
  readonly before?: Row
  readonly after?: Row
}

export function valueIn(row: Row, field: string): Value {
  return row.get(field) ?? null
}

export function tupleOf(row: Row, fields: readonly string[]): readonly Value[] {
  return fields.map((name) => valueIn(row, name))
}

/** Equal exactly for equal tuples of values of equal types; undefined where one is null, because null equals nothing. */
export function signature(values: readonly Value[]): string | undefined {
  return values.includes(null) ? undefined : JSON.stringify(values)
}

/** ConstraintError `other` where the schema does not allow the row. */
export function rowOf(entity: Entity, values: Row): Row {
  const row = new Map<string, Value>()
  for (const field of entity.fields.values()) {
    const result = normaliseField(withoutPattern(field), valueIn(values, field.name))
    if (!result.ok) throw new ConstraintError('other', [field.name])
    row.set(field.name, result.value)
  }
  return row
}

const plain = new WeakMap<Field, Field>()

/** Patterns are the engine's to check; what is written here follows every other limit of the field. */
function withoutPattern(field: Field): Field {
  if (field.pattern === undefined) return field
  let known = plain.get(field)
  if (known === undefined) {
    const { pattern: _, ...rest } = field
    known = rest
    plain.set(field, known)
  }
  return known
}

/** The members that hold one field; none for null. */
export function membersFor(field: Field, value: Value): Document {
  if (value === null) return {}
  const document: Document = { [memberOf(field)]: encode(formOf(field), value) }
  if (hasFolded(field)) document[foldedMember(field)] = fold(value as string)
  if (field.type === 'json') {
    const folded = foldTexts(value)
    if (JSON.stringify(folded) !== JSON.stringify(value)) document[foldedMember(field)] = encode('json', folded)
  }
  return document
}

/** Keys stay: a path names them as they are. */
function foldTexts(value: Value): Value {
  if (typeof value === 'string') return fold(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly Value[]).map(foldTexts)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, foldTexts(member)]))
}

export function documentOf(entity: Entity, row: Row): Document {
  return Object.assign({}, ...[...entity.fields.values()].map((field) => membersFor(field, valueIn(row, field.name)))) as Document
}

export function rowFrom(entity: Entity, document: Readonly<Document>): Row {
  return new Map([...entity.fields.values()].map((field) => [field.name, decode(field, document[memberOf(field)])]))
}

/** What to do to a document so that it holds `after`. Undefined where nothing changes. */
export function updateFor(entity: Entity, before: Row, after: Row): Document | undefined {
  const set: Document = {}
  const unset: Document = {}
  for (const field of entity.fields.values()) {
    const value = valueIn(after, field.name)
    if (JSON.stringify(value) === JSON.stringify(valueIn(before, field.name))) continue
    const members = membersFor(field, value)
    Object.assign(set, members)
    for (const member of membersOf(field)) if (!(member in members)) unset[member] = 1
  }
  const update = { ...(Object.keys(set).length > 0 ? { $set: set } : {}), ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}) }
  return Object.keys(update).length === 0 ? undefined : update
}
