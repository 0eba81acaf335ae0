/** Deletes one row by key: the rule's filter is in the statement. */
import type { DeletePlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { refusing } from './conflict.ts'
import { whyMissed } from './locate.ts'

export async function remove(plan: DeletePlan, params: readonly Value[], running: Running): Promise<Value> {
  const { entity } = plan.query
  return refusing(entity, running, async () => {
    const { affected } = await running.run(plan.query, params)
    if (affected === 0) throw await whyMissed(plan.locate, entity.name, 'delete', params, running)
    return true
  })
}
