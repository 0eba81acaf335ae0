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
  readonly name: string
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
  /** Names of all tables of the catalogue. */
  readonly tables: ReadonlySet<string>
  /** By the lower-case name of their table. */
  readonly drafts: Map<string, EntityDraft>
}

/** The field of a column. Databases may write it in other letters than the table does, unless the table tells two columns apart by them. */
export function fieldOf(table: Table, fields: ReadonlyMap<string, FieldDraft>, column: string | undefined): FieldDraft | undefined {
  const found = column === undefined ? undefined : fields.get(column.toLowerCase())
  return found !== undefined && found.column.name !== column && table.columns.some(({ name }) => name === column) ? undefined : found
}

export function fieldAt(draft: EntityDraft, column: string | undefined): FieldDraft | undefined {
  return fieldOf(draft.table, draft.fields, column)
}

/** The entity of a table, by the same measure. */
export function draftAt(work: Work, table: string): EntityDraft | undefined {
  const found = work.drafts.get(table.toLowerCase())
  return found !== undefined && found.table.name !== table && work.tables.has(table) ? undefined : found
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
