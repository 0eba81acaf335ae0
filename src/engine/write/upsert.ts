/** Updates the row that a unique value names, or creates it. The row decides the branch; each branch keeps its own rules. */
import { DBALError } from '../../errors/error.ts'
import type { Plan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { refusing } from './conflict.ts'
import { checkItem, createOne } from './create.ts'
import { locate } from './locate.ts'
import { checkChanges, updateInside } from './update.ts'

/** A row that the caller may not update is a plain CONFLICT, whether or not the caller could see it. */
export async function upsert(plan: Extract<Plan, { kind: 'upsert' }>, params: readonly Value[], running: Running): Promise<Value> {
  const { create, update } = plan
  // Before any row is looked at: the order of checks is the same whichever branch it comes to.
  checkItem(create, params[plan.data], plan.path)
  checkChanges(update, params)
  return running.atomically('write', (inside) =>
    refusing(plan.entity, inside, async () => {
      const [row] = await locate(update.locate, params, inside)
      if (row === undefined) return createOne(create, params[plan.data] as Value, plan.path, params, inside)
      if (!row.holds.some(Boolean)) throw new DBALError('CONFLICT')
      return updateInside(update, params, inside)
    }),
  )
}
