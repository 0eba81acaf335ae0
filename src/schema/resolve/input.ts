/** An operation's document at hand, its input and the fields that it names. Must not know kinds. */
import { quote, suggestion } from '../complaint.ts'
import type { OperationDocument } from '../document/operations.ts'
import type { Field, Operation } from '../entity.ts'
import type { Document } from '../source.ts'
import type { Draft } from './draft.ts'

export interface OperationSource {
  readonly name: string
  readonly document: Document
  readonly doc: OperationDocument
}

export interface At {
  readonly draft: Draft
  readonly source: OperationSource
  /** About a keyword of the operation; '' is its name. */
  complain(keyword: string, error: string): void
}

/** Words that an input may name beside fields. */
const inputWords = [
  'id',
  'ids',
  'filter',
  'sort',
  'page',
  'limit',
  'after',
  'select',
  'include',
  'search',
  'total',
  'query',
  'items',
  'data',
  'all',
  'where',
  'create',
  'update',
  'groupBy',
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'having',
  'expectedVersion',
  'returning',
  'password',
]

/** The field, or a complaint with the nearest name. */
export function fieldOf(at: At, name: string, keyword: string): Field | undefined {
  const field = at.draft.fields.get(name)
  if (field === undefined) at.complain(keyword, `${at.draft.name} has no field ${quote(name)}${suggestion(name, at.draft.fields.keys())}`)
  return field
}

/** The input as written, each name checked against the fields and the known words. */
export function declaredInput(at: At): Pick<Operation, 'input'> | undefined {
  const given = at.source.doc.input
  if (given === undefined) return undefined
  const input = { required: given.required ?? [], optional: given.optional ?? [] }
  const seen = new Set<string>()
  for (const part of ['required', 'optional'] as const) {
    input[part].forEach((name, i) => {
      if (seen.has(name)) at.complain(`input.${part}.${i}`, `The input ${quote(name)} stands twice`)
      seen.add(name)
      if (!at.draft.fields.has(name) && !inputWords.includes(name)) {
        at.complain(
          `input.${part}.${i}`,
          `The input ${quote(name)} is no field of ${at.draft.name} and no known word${suggestion(name, [...at.draft.fields.keys(), ...inputWords])}`,
        )
      }
    })
  }
  return { input }
}
