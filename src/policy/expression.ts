/** The expression language of rules and validations (contract 6.2): text to predicate, with complaints that name places. Must not know rules. */
import { invalid } from '../errors/error.ts'
import type { Operand, Predicate } from '../query/ast.ts'
import type { Entity, Field, Place, Schema } from '../schema/entity.ts'
import { Fault } from './expression/fault.ts'
import { parseSyntax, parseTerm } from './expression/grammar.ts'
import { Typechecker } from './expression/typecheck.ts'

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly place: Place; readonly error: string }

/** Place of the character at an offset of the text. */
export type Locate = (offset: number) => Place

/**
 * `text` as a predicate over rows of `entity`, as written (nothing is simplified but bare true and false). Literals become
 * constants of the type that they are compared with, session references session operands of it.
 */
export function readExpression(text: string, entity: Entity, schema: Schema, locate: Locate): Outcome<Predicate> {
  return attempt(locate, () => new Typechecker(schema).condition(parseSyntax(text), entity))
}

/** `$user.x` or `$context.x` as the value of a field of `entity`. */
export function readSessionValue(text: string, field: Field, entity: Entity, schema: Schema, locate: Locate): Outcome<Operand> {
  return attempt(locate, () => new Typechecker(schema).sessionFor(parseTerm(text), field, entity))
}

/** As `readExpression`, for a text that begins at `place`. Throws VALIDATION_ERROR with one field `file:line:column`. */
export function parseExpression(text: string, entity: Entity, schema: Schema, place: Place): Predicate {
  const outcome = readExpression(text, entity, schema, (offset) => placeAt(text, offset, place))
  if (outcome.ok) return outcome.value
  const { file, line, column } = outcome.place
  throw invalid({ field: `${file}:${line}:${column}`, error: outcome.error })
}

/** Where a text keeps its line breaks, its later lines begin in the column of the first. */
export function placeAt(text: string, offset: number, place: Place): Place {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) as string
  return { file: place.file, line: place.line + before.length - 1, column: place.column + last.length }
}

function attempt<T>(locate: Locate, work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ok: false, place: locate(error.offset), error: error.message }
  }
}
