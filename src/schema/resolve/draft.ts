/** An entity while it is being resolved: still open, its complaints at hand. Must not outlive the resolving. */
import { type Complaints, quote, suggestion } from '../complaint.ts'
import type { EntityDocument } from '../document/entity.ts'
import type { Entity, Field, Index, Operation, Place, Relation } from '../entity.ts'
import type { Document } from '../source.ts'

export interface EntitySource {
  readonly name: string
  readonly document: Document
  readonly doc: EntityDocument
  readonly internal: boolean
}

type Settled = Omit<Entity, 'fields' | 'key' | 'relations' | 'indexes' | 'operations' | 'name' | 'internal'>

export interface Draft {
  readonly name: string
  readonly source: EntitySource
  readonly complaints: Complaints
  readonly settled: Settled
  readonly fields: Map<string, Field>
  readonly key: readonly string[]
  readonly relations: Map<string, Relation>
  readonly indexes: readonly Index[]
  readonly operations: Map<string, Operation>
}

/** Words of the filter language: a field or relation of that name could not be filtered by. */
export const filterWords: ReadonlySet<string> = new Set(['and', 'or', 'not'])

export type Drafts = ReadonlyMap<string, Draft>

export type At = { readonly source: EntitySource; readonly complaints: Complaints }

/** A complaint about the value at `path` in the entity's document. */
export function complain(draft: At, path: string, error: string): void {
  draft.complaints.add(draft.source.document.place(path), error)
}

export function complainKey(draft: At, path: string, error: string): void {
  draft.complaints.add(draft.source.document.keyPlace(path), error)
}

/** The field, or a complaint with the nearest name. */
export function known(at: At, fields: ReadonlyMap<string, Field>, name: string, path: string): Field | undefined {
  const field = fields.get(name)
  if (field === undefined) complain(at, path, `${at.source.name} has no field ${quote(name)}${suggestion(name, fields.keys())}`)
  return field
}

/** Do these fields together name at most one row? Order does not matter. */
export function isUnique(draft: Pick<Draft, 'fields' | 'key' | 'indexes'>, names: readonly string[]): boolean {
  const covers = (unique: readonly string[]): boolean =>
    unique.length > 0 && unique.length === names.length && unique.every((name) => names.includes(name))
  if (covers(draft.key)) return true
  if (names.length === 1 && (draft.fields.get(names[0]!)?.unique ?? false) !== false) return true
  return draft.indexes.some((index) => index.unique && covers(index.fields))
}

/** For messages: every way to name one row. */
export function uniqueWays(draft: Pick<Draft, 'fields' | 'key' | 'indexes'>): string {
  const single = [...draft.fields.values()].filter((field) => field.unique !== false).map((field) => field.name)
  const several = draft.indexes.filter((index) => index.unique).map((index) => index.fields.join(' + '))
  return [...new Set([draft.key.join(' + '), ...single, ...several])].join(', ')
}

export type { Place }
