/**
 * Which unique value of new rows is taken. In charge of asking before anything is written: a refused write would end the whole
 * transaction in the database. What others commit meanwhile collides there, and the transaction is run again.
 */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Entity, Value } from '../../../schema/entity.ts'
import { fold } from '../../../schema/fold.ts'
import { amongTuples } from '../compile/match.ts'
import { fieldOf, foldedMember, memberOf } from '../compile/scope.ts'
import type { Unique } from '../model/shape.ts'
import type { Channel } from '../run/channel.ts'
import { encode, formOf } from '../values/form.ts'
import { type Change, type Row, rowFrom, signature, tupleOf } from './rows.ts'

const rowsAtOnce = 1000

/** ConstraintError `unique` with the fields of the first unique that the first such row offends. */
export async function refuseTaken(channel: Channel, entity: Entity, uniques: readonly Unique[], changes: readonly Change[]): Promise<void> {
  const written = changes.filter((change) => change.after !== undefined && uniques.some((unique) => isNew(unique, change)))
  if (written.length === 0) return
  const own = new Set(changes.flatMap(({ id, before }) => (before === undefined ? [] : [String(id)])))
  const taken = uniques.map(() => new Set<string>())
  const note = (row: Row): void => {
    for (const [i, unique] of uniques.entries()) {
      const mark = markOf(unique, row)
      if (mark !== undefined) taken[i]?.add(mark)
    }
  }
  for (let at = 0; at < written.length; at += rowsAtOnce) {
    const match = conditionOn(entity, uniques, written.slice(at, at + rowsAtOnce))
    if (match === undefined) continue
    for (const found of await channel.find(entity.table, [{ $match: match }])) if (!own.has(String(found['_id']))) note(rowFrom(entity, found))
  }
  for (const change of changes) {
    const { after } = change
    if (after === undefined) continue
    const offended = uniques.find((unique, i) => {
      const mark = markOf(unique, after)
      return mark !== undefined && taken[i]?.has(mark) === true
    })
    if (offended !== undefined) throw new ConstraintError('unique', offended.fields)
    note(after)
  }
}

function valuesOf(unique: Unique, row: Row): readonly Value[] {
  return tupleOf(row, unique.fields).map((value, i) =>
    unique.folded.has(unique.fields[i] as string) && typeof value === 'string' ? fold(value) : value,
  )
}

function markOf(unique: Unique, row: Row): string | undefined {
  return signature(valuesOf(unique, row))
}

function isNew(unique: Unique, { before, after }: Change): boolean {
  return after !== undefined && (before === undefined || markOf(unique, before) !== markOf(unique, after))
}

/** Whether a change is of a kind that the order of single writes could trip over. */
export function changesUnique(uniques: readonly Unique[], change: Change): readonly string[] {
  return uniques.filter((unique) => isNew(unique, change)).flatMap((unique) => unique.fields)
}

function conditionOn(entity: Entity, uniques: readonly Unique[], changes: readonly Change[]): Readonly<Record<string, unknown>> | undefined {
  const any = uniques.flatMap((unique) => {
    const tuples = changes.filter((change) => isNew(unique, change)).map(({ after }) => valuesOf(unique, after as Row))
    const whole = tuples.filter((tuple) => !tuple.includes(null))
    return whole.length === 0 ? [] : [tupleCondition(entity, unique.fields, whole, unique.folded)]
  })
  if (any.length === 0) return undefined
  return any.length === 1 ? any[0] : { $or: any }
}

/** Rows whose fields are one of the tuples, none of which has a null. */
export function tupleCondition(
  entity: Entity,
  names: readonly string[],
  tuples: readonly (readonly Value[])[],
  folded: ReadonlySet<string> = new Set(),
): Readonly<Record<string, unknown>> {
  const fields = names.map((name) => fieldOf(entity, name))
  const members = fields.map((field) => (folded.has(field.name) ? foldedMember(field) : memberOf(field)))
  const stored = tuples.map((tuple) => tuple.map((value, i) => encode(formOf(fields[i] as (typeof fields)[number]), value)))
  return amongTuples(members, stored)
}
