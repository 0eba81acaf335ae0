/** Says which unique value a refused write clashed on: the same one on every backend, whichever its database met first. Errors only. */
import { ConstraintError } from '../../adapter/adapter.ts'
import type { UniquePlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import type { Running } from '../running.ts'
import { filled, type Row } from '../shape.ts'
import { keyText } from './verify.ts'

/** The new value of a field of one row, as far as the write gives it. */
export type NewValues = (field: string) => Value | undefined

/** Runs a write; where a unique refuses it, names the first one that is taken. `rows`: new values by field; `own`: the key of an updated row. */
export async function clashing<T>(
  plans: readonly UniquePlan[],
  rows: () => readonly NewValues[] | Promise<readonly NewValues[]>,
  own: Row | undefined,
  params: readonly Value[],
  running: Running,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ConstraintError) || error.constraint !== 'unique') throw error
    const given = plans.length === 0 ? [] : await rows()
    for (const plan of plans) {
      if (await taken(plan, given, own, params, running)) throw new ConstraintError('unique', plan.fields, error)
    }
    throw error
  }
}

async function taken(
  plan: UniquePlan,
  rows: readonly NewValues[],
  own: Row | undefined,
  params: readonly Value[],
  running: Running,
): Promise<boolean> {
  const tuples = rows.map((value) => plan.fields.map((name) => value(name) ?? null)).filter((tuple) => !tuple.includes(null))
  if (tuples.length === 0) return false
  const texts = tuples.map((tuple) => JSON.stringify(plan.folded ? [...tuple.slice(0, -1), fold(String(tuple.at(-1)))] : tuple))
  if (new Set(texts).size < texts.length) return true
  const given = filled(params, plan.values, plan.folded ? tuples.map((tuple) => tuple.at(-1) as Value) : tuples)
  const asked =
    plan.tenants === undefined
      ? given
      : filled(
          given,
          plan.tenants,
          tuples.map((tuple) => [tuple[0] as Value]),
        )
  const found = await running.run(plan.query, asked)
  return found.rows.some((key) => own === undefined || keyText(key) !== keyText(own))
}
