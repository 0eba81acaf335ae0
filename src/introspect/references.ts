/**
 * References between tables as foreign keys of fields, or as relations where they span several columns.
 * In charge of what a schema accepts of them, circles included; the names that they give are in relations.ts.
 */
import type { Reference } from '../catalog/catalog.ts'
import type { FieldTypeName } from '../schema/entity.ts'
import { camelCase } from '../schema/names.ts'
import { draftAt, type EntityDraft, type FieldDraft, fieldsAt, isUnique, type Work } from './draft.ts'
import { free, isReservedWord } from './names.ts'

export function settleReferences(work: Work): void {
  for (const draft of work.drafts.values()) {
    // Those over one column first: relations over several take what names are left.
    const sorted = [...draft.table.references].sort((a, b) => Number(a.columns.length > 1) - Number(b.columns.length > 1))
    for (const reference of sorted) {
      const fault = settle(work, draft, reference)
      if (fault !== undefined) say(work, draft, reference, 'left out', fault)
    }
  }
}

function say(work: Work, draft: EntityDraft, reference: Reference, kind: 'left out' | 'differs', why: string): void {
  work.findings.push({ kind, table: draft.table.name, about: `reference ${reference.columns.join(', ')} → ${reference.table}`, why })
}

/** The fault that keeps the reference out of the schema, or undefined. */
function settle(work: Work, draft: EntityDraft, reference: Reference): string | undefined {
  if (reference.elsewhere !== undefined) return `it leads to the schema ${reference.elsewhere}; the database alone holds it`
  const target = draftAt(work, reference.table)
  if (target === undefined) return 'its target is no entity'
  const fields = fieldsAt(draft, reference.columns)
  const ends = fieldsAt(target, reference.targets)
  if (fields === undefined || ends === undefined || fields.length !== ends.length || fields.length === 0) return 'one of its columns is no field'
  const unlike = fields.find((field, i) => !sameType(field, ends[i] as FieldDraft))
  if (unlike !== undefined) return `${unlike.name} is of another type than what it refers to`
  if (reference.deferred === true) say(work, draft, reference, 'differs', 'the database asks at the end of a transaction, DBAL with each row')
  return fields.length === 1
    ? single(work, draft, reference, fields[0] as FieldDraft, target, ends[0] as FieldDraft)
    : several(work, draft, reference, fields, target, ends)
}

/** Types whose values are compared as the same text: schema/resolve/references.ts. */
const kin = (type: FieldTypeName): string => (type === 'text' || type === 'email' ? 'string' : type)

function sameType({ part: a }: FieldDraft, { part: b }: FieldDraft): boolean {
  return kin(a.type) === kin(b.type) && a.precision === b.precision && a.scale === b.scale
}

function single(work: Work, draft: EntityDraft, reference: Reference, field: FieldDraft, target: EntityDraft, end: FieldDraft): string | undefined {
  if (!isUnique(target, [end.name])) return `${end.name} of ${target.names.name} is not unique, so a value could name several rows`
  if (field.part.foreign_key !== undefined) return `the column already refers to ${field.part.foreign_key.entity}`
  if (reference.onDelete === 'set default') return 'on delete set default has no word in a schema; the database alone holds it'
  if (!isEmptiable(field) && reaches(work, target, draft, new Set())) {
    return 'with it, references would form a circle in which none may be null, and no first row could be written; let one of its columns be null'
  }
  if (reference.onUpdate === 'set null' || reference.onUpdate === 'set default')
    say(work, draft, reference, 'differs', `on update ${reference.onUpdate} has no word in a schema; the database does it`)
  const empty = reference.onDelete === 'set null'
  if (empty && !isEmptiable(field))
    say(work, draft, reference, 'differs', 'on delete set null cannot be, as the column is never null: a delete is refused')
  const nulled = empty && isEmptiable(field)
  const action = reference.onDelete === 'cascade' ? ('cascade' as const) : nulled ? ('set_null' as const) : undefined
  const isKey = target.key.length === 1 && target.key[0] === end.name
  field.part.foreign_key = {
    entity: target.names.name,
    ...(isKey ? {} : { field: end.name }),
    ...(action === undefined ? {} : { on_delete: action }),
  }
  delete field.part.index
  return undefined
}

/** A key is never null in a schema, whatever its columns allow. */
function isEmptiable({ part }: FieldDraft): boolean {
  return part.nullable === true || part.optional === true
}

/** Does a chain of references that are never null lead from `from` to `to`? */
function reaches(work: Work, from: EntityDraft, to: EntityDraft, seen: Set<EntityDraft>): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return [...from.fields.values()].some((field) => {
    const { part } = field
    if (isEmptiable(field) || part.foreign_key === undefined) return false
    const next = [...work.drafts.values()].find((draft) => draft.names.name === part.foreign_key?.entity)
    return next !== undefined && reaches(work, next, to, seen)
  })
}

/** 63 characters, as for every name in a schema. */
const longest = 63

/** A relation to the key, and one back. What the database does on delete, it does by itself. */
function several(
  work: Work,
  draft: EntityDraft,
  reference: Reference,
  fields: readonly FieldDraft[],
  target: EntityDraft,
  ends: readonly FieldDraft[],
): string | undefined {
  const inOrder = target.key.map((name) => fields[ends.findIndex((end) => end.name === name)])
  if (inOrder.length !== fields.length || inOrder.includes(undefined))
    return 'a relation over several fields leads to a key, and these columns are none'
  const via = inOrder.map((field) => (field as FieldDraft).name)
  const there = free(
    [camelCase(target.names.name), `${camelCase(target.names.name)}Of${draft.names.name}`],
    (name) => isTaken(draft, name) || name.length > longest,
  )
  draft.relations.set(there, { to: target.names.name, via })
  const back = free(
    [`${camelCase(draft.names.name)}Rows`, `${camelCase(draft.names.name)}RowsBy${target.names.name}`],
    (name) => isTaken(target, name) || name.length > longest,
  )
  target.relations.set(back, { many: draft.names.name, via })
  const action = reference.onDelete === 'no action' ? 'restrict' : reference.onDelete
  say(
    work,
    draft,
    reference,
    'differs',
    `it spans several columns, so it is the relation ${there} and no foreign key; the database alone holds it (on delete ${action})`,
  )
  return undefined
}

function isTaken(draft: EntityDraft, name: string): boolean {
  return isReservedWord(name) || draft.relations.has(name) || [...draft.fields.values()].some((field) => field.name === name)
}
