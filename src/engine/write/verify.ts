/** Asks the row after a write: does a rule's check hold, do the validations, and what may the caller see? Same transaction, before commit. */
import { DBALError, invalid } from '../../errors/error.ts'
import type { VerifyPlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { filled, type Member, type Row, shapeRows } from '../shape.ts'
import { missing } from './conflict.ts'
import { checkStored } from './scripts.ts'
import { checkTies } from './tree/ties.ts'

/** Rows by the text of their key. */
export const keyText = (key: Row): string => (key.length === 1 ? String(key[0]) : JSON.stringify(key))

export interface Verified {
  readonly row: Row
  /** By permit of the plan: its check holds. */
  readonly holds: readonly boolean[]
}

/** Keys asked for at once: one JSON parameter, bounded so that it stays far below a statement's limits. */
const keysPerStatement = 5_000

/** The rows of these keys as they are now. Throws VALIDATION_ERROR where a validation of the schema is false (unknown passes, as a CHECK does), and what scripts are refused with. */
export async function verifyRows(
  plan: VerifyPlan,
  keys: readonly Row[],
  params: readonly Value[],
  running: Running,
  pathOf: (index: number) => string,
): Promise<Map<string, Verified>> {
  const out = new Map<string, Verified>()
  const indexes = new Map(keys.map((key, i) => [keyText(key), i]))
  const probe = (row: Row, n: number) => row[plan.shape.probesAt + n]
  for (let at = 0; at < keys.length; at += keysPerStatement) {
    const { rows } = await running.run(plan.query, filled(params, plan.keys, keys.slice(at, at + keysPerStatement)))
    for (const row of rows) {
      const key = keyText(plan.key.map((column) => row[column] as Value))
      const broken = plan.validations.filter((v) => probe(row, v.probe) === false)
      const path = pathOf(indexes.get(key) ?? 0)
      if (broken.length > 0) throw invalid(...broken.map((v) => ({ field: `${path}.${v.validation.name}`, error: v.validation.message })))
      const strange = plan.kinships.filter((k) => probe(row, k.probe) !== true)
      if (strange.length > 0) throw missing(strange.map(({ field }) => `${path}.${field}`))
      for (const script of plan.scripts ?? []) checkStored(plan.query.entity, script, row, probe(row, script.seen) === true, path)
      out.set(key, { row, holds: plan.checks.map((n) => probe(row, n) === true) })
    }
  }
  if (plan.ties !== undefined) await checkTies(plan.ties, keys, params, running, pathOf)
  return out
}

/** FORBIDDEN: the row after the write is outside of every rule that could have permitted it. */
export function outside(entity: string, operation: string): DBALError {
  return new DBALError('FORBIDDEN', { reason: `No single rule permits this '${operation}' on entity '${entity}'`, entity, operation })
}

/** What the caller may see of written rows: fields, or the key and `$visible: false`. */
export async function shown(plan: VerifyPlan, rows: readonly Row[], params: readonly Value[], running: Running): Promise<Member[]> {
  const members = await shapeRows(plan.shape, rows, params, running)
  const { key } = plan.query.entity
  return rows.map((row, i) => {
    if (row[plan.shape.probesAt + plan.seen] === true) return members[i] as Member
    const hidden: Member = {}
    key.forEach((name, k) => {
      hidden[name] = row[plan.key[k] as number] as Value
    })
    hidden['$visible'] = false
    return hidden
  })
}
