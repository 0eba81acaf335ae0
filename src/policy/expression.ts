/** The expression language of rules and validations (contract 6.2): text to predicate, with complaints that name places. Must not know rules. */
import { invalid } from '../errors/error.ts'
import type { Operand, Predicate } from '../query/ast.ts'
import type { Entity, Field, Place, Schema } from '../schema/entity.ts'
import { Fault } from './expression/fault.ts'
import { parseSyntax, parseTerm } from './expression/grammar.ts'
import { Typechecker } from './expression/typecheck.ts'

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly place: Place; readonly error: string }

/**
 * `text` as a predicate over rows of `entity`, as written (nothing is simplified but bare true and false). `place` is where the
 * text begins. Literals become constants of the type that they are compared with, session references session operands of it.
 */
export function readExpression(text: string, entity: Entity, schema: Schema, place: Place): Outcome<Predicate> {
  return attempt(text, place, () => new Typechecker(schema).condition(parseSyntax(text), entity))
}

/** `$user.x` or `$context.x` as the value of a field of `entity`. */
export function readSessionValue(text: string, field: Field, entity: Entity, schema: Schema, place: Place): Outcome<Operand> {
  return attempt(text, place, () => new Typechecker(schema).sessionFor(parseTerm(text), field, entity))
}

/** As `readExpression`; throws VALIDATION_ERROR with one field `file:line:column`. */
export function parseExpression(text: string, entity: Entity, schema: Schema, place: Place): Predicate {
  const outcome = readExpression(text, entity, schema, place)
  if (outcome.ok) return outcome.value
  const { file, line, column } = outcome.place
  throw invalid({ field: `${file}:${line}:${column}`, error: outcome.error })
}

function attempt<T>(text: string, place: Place, work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ok: false, place: placeAt(text, error.offset, place), error: error.message }
  }
}

/** Line breaks survive in block texts only, whose later lines begin in the column of the first. */
function placeAt(text: string, offset: number, place: Place): Place {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) as string
  return { file: place.file, line: place.line + before.length - 1, column: place.column + last.length }
}
