/** Uniques and indexes of a table as marks of fields and as indexes of its entity. In charge of what a schema can say of them; must not know SQL. */
import type { Index, Unique } from '../catalog/catalog.ts'
import { isOrdered } from '../schema/field-type.ts'
import { snakeCase } from '../schema/names.ts'
import { type EntityDraft, type FieldDraft, fieldAt, fieldsAt, type Work } from './draft.ts'
import { foldedOf, oneLine } from './fields.ts'
import { free, nameFault } from './names.ts'

/** Characters of a name in a schema. */
const longest = 63

/** Uniques of one column mark their field, others become indexes. Before references, which need to know what is unique. */
export function settleUniques(draft: EntityDraft, work: Work): void {
  for (const unique of draft.table.uniques) {
    const folded = unique.columns.length === 1 ? foldedOf(draft.table, unique.columns[0] ?? '') : undefined
    const fields = fieldsAt(draft, unique.columns)
    const fault = indexFault(unique) ?? (nullsMatter(unique, fields) ? 'nulls are equal in it, and in a schema they are not' : undefined)
    if (folded !== undefined && fault === undefined) mark(fieldAt(draft, folded), 'insensitive')
    else if (fault !== undefined || fields === undefined || fields.some(({ part }) => part.type === 'json'))
      leaveOut(draft, unique, work, `${fault ?? 'one of its columns is no field that compares'}; the database alone holds it`, 'unique')
    else if (fields.length === 1) mark(fields[0], true)
    else if (!sameNames(fields, draft.key)) keep(draft, unique, fields, work, true)
  }
  for (const field of draft.fields.values())
    if (draft.key.length === 1 && field.name === draft.key[0] && field.part.unique === true) delete field.part.unique
}

function mark(field: FieldDraft | undefined, unique: true | 'insensitive'): void {
  if (field !== undefined && field.part.unique !== 'insensitive') field.part.unique = unique
}

function nullsMatter(unique: Unique, fields: readonly FieldDraft[] | undefined): boolean {
  return unique.nullsEqual === true && (fields === undefined || fields.some(({ column }) => column.nullable))
}

function sameNames(fields: readonly FieldDraft[], names: readonly string[]): boolean {
  return fields.length === names.length && fields.every(({ name }) => names.includes(name))
}

function indexFault(index: Index): string | undefined {
  if (index.where !== undefined) return `it is over some rows only (${oneLine(index.where)})`
  if (index.method !== undefined) return `it is of the kind ${index.method}`
  return index.columns.includes(undefined) ? 'it is over an expression or a part of a column' : undefined
}

function leaveOut(draft: EntityDraft, index: Index, work: Work, why: string, word: string): void {
  work.findings.push({ kind: 'left out', table: draft.table.name, about: `${word} ${index.name}`, why })
}

export function settleIndexes(draft: EntityDraft, work: Work): void {
  for (const index of draft.table.indexes) {
    const fields = fieldsAt(draft, index.columns)
    const only = fields?.length === 1 ? fields[0] : undefined
    const fault = indexFault(index)
    if (fault !== undefined || fields === undefined || fields.some(({ part }) => part.type === 'json'))
      leaveOut(draft, index, work, fault ?? 'one of its columns is no field that can be indexed', 'index')
    else if (only === undefined || !isOrdered(only.part.type)) keep(draft, index, fields, work)
    // A foreign key has an index, and so has a unique field.
    else if (only.part.foreign_key === undefined && only.part.unique === undefined) only.part.index = true
  }
}

function keep(draft: EntityDraft, index: Index, fields: readonly FieldDraft[], work: Work, unique?: true): void {
  const names = fields.map(({ name }) => name)
  const same = draft.indexes.find((other) => other.fields.join() === names.join() && other.unique === unique)
  if (same === undefined) draft.indexes.push({ fields: names, ...(unique === undefined ? {} : { unique }), name: index.name })
  else leaveOut(draft, index, work, `${same.name} is over the same columns`, unique === undefined ? 'index' : 'unique')
}

/** Names of indexes are one space in a schema; in MySQL each table has its own, and SQLite makes some up. */
export function settleIndexNames(drafts: readonly EntityDraft[]): void {
  const taken = new Set<string>()
  const usable = (name: string): boolean => nameFault(name) === undefined && !/^(?:sqlite|pg)_/i.test(name)
  for (const draft of drafts) {
    const named = draft.indexes.map((index) => {
      const columns = index.fields.map(snakeCase).join('_')
      const usual = `${draft.table.name}_${columns}_${index.unique === true ? 'key' : 'idx'}`.slice(0, longest)
      const wanted = [index.name, `${draft.table.name}_${index.name}`].filter(usable)
      const name = free([...wanted, usual], (each) => taken.has(each.toLowerCase()))
      taken.add(name.toLowerCase())
      return { ...index, name }
    })
    draft.indexes.splice(0, draft.indexes.length, ...named)
  }
}
