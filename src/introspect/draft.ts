/** An entity while it is being made from a table. In charge of the form; must not outlive the making. */
import type { Column, Table } from '../catalog/catalog.ts'
import type { RelationDocument } from '../schema/document/entity.ts'
import type { Finding } from './finding.ts'
import type { EntityNames } from './names.ts'
import type { FieldPart } from './part.ts'

export interface FieldDraft {
  readonly name: string
  readonly column: Column
  /** Where the name does not say it. */
  readonly renamed?: string
  readonly part: FieldPart
}

export interface IndexDraft {
  readonly fields: readonly string[]
  readonly unique?: true
  readonly name?: string
}

export interface EntityDraft {
  readonly names: EntityNames
  readonly table: Table
  /** By the lower-case name of their column, in the order of the table. */
  readonly fields: Map<string, FieldDraft>
  /** Fields. Empty until it is known. */
  key: readonly string[]
  readonly indexes: IndexDraft[]
  readonly relations: Map<string, RelationDocument>
}

/** Findings as they come, and who is asked for entities by table. */
export interface Work {
  readonly findings: Finding[]
  /** By the lower-case name of their table. */
  readonly drafts: Map<string, EntityDraft>
}

export function fieldAt(draft: EntityDraft, column: string | undefined): FieldDraft | undefined {
  return column === undefined ? undefined : draft.fields.get(column.toLowerCase())
}

/** The fields of all these columns, or undefined where one of them has none. */
export function fieldsAt(draft: EntityDraft, columns: readonly (string | undefined)[]): readonly FieldDraft[] | undefined {
  const found = columns.map((column) => fieldAt(draft, column))
  return found.includes(undefined) ? undefined : (found as readonly FieldDraft[])
}

/** Do these fields together name at most one row? */
export function isUnique(draft: EntityDraft, names: readonly string[]): boolean {
  const covers = (unique: readonly string[]): boolean => unique.length === names.length && unique.every((name) => names.includes(name))
  if (covers(draft.key)) return true
  if (names.length === 1 && [...draft.fields.values()].some(({ name, part }) => name === names[0] && part.unique !== undefined)) return true
  return draft.indexes.some((index) => index.unique === true && covers(index.fields))
}
