/** Writes over a filter: one statement where no rule must be asked again, else keys first, then a constant number of statements per chunk. */
import { DBALError } from '../../errors/error.ts'
import type { BulkPlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { filled, type Row } from '../shape.ts'
import { refusing } from './conflict.ts'
import { type Located, locate } from './locate.ts'
import { checkReferences } from './references.ts'
import { changesOf, withReferences } from './update.ts'
import { keyText, outside, shown, type Verified, verifyRows } from './verify.ts'

const keysPerStatement = 5_000

/** Number of rows deleted: those of the filter that the caller may read and delete. */
export function bulkDelete(plan: BulkPlan, params: readonly Value[], running: Running): Promise<Value> {
  return refusing(plan.entity, running, async () => {
    if (plan.single === undefined) throw new DBALError('INTERNAL_ERROR')
    return (await running.run(plan.single, params)).affected ?? 0
  })
}

/** Number of rows updated, or the rows as the caller may read them. */
export async function bulkUpdate(plan: BulkPlan, returning: boolean, params: readonly Value[], running: Running): Promise<Value> {
  const { single } = plan
  if (plan.writes.length === 0) throw outside(plan.entity.name, 'updateMany')
  if (single !== undefined && plan.references.length === 0) {
    return refusing(plan.entity, running, async () => (await running.run(single, params)).affected ?? 0)
  }
  return running.atomically('write', (inside) =>
    refusing(plan.entity, inside, async () => {
      await checkReferences(plan.references, changesOf(plan, params), params, inside, false)
      if (single !== undefined) return withReferences(plan, params, inside, async () => (await inside.run(single, params)).affected ?? 0)
      const rows = await byKey(plan, await locate(plan.locate, params, inside), params, inside)
      return returning && plan.verify !== undefined ? shown(plan.verify, rows, params, inside) : rows.length
    }),
  )
}

/** Writes each row under the first of its permits' groups, then asks all rows whether that permit still holds. */
async function byKey(plan: BulkPlan, located: readonly Located[], params: readonly Value[], running: Running): Promise<Row[]> {
  const { verify } = plan
  if (located.length === 0 || verify === undefined) return []
  const groupOf = (row: Located) => plan.writes.findIndex(({ group }) => group.permits.some((i) => row.holds[i] === true))
  for (const [n, each] of plan.writes.entries()) {
    const keys = located.filter((row) => groupOf(row) === n).map((row) => row.key)
    for (let at = 0; at < keys.length; at += keysPerStatement) {
      const chunk = filled(params, each.keys, keys.slice(at, at + keysPerStatement))
      await withReferences(plan, params, running, async () => running.run(each.query, chunk))
    }
  }
  const found = await verifyRows(verify, located.map((row) => row.key), params, running, () => 'data')
  return located.map((row) => {
    const verified = found.get(keyText(row.key)) as Verified
    const group = plan.writes[groupOf(row)]?.group
    if (group?.permits.some((i) => row.holds[i] === true && verified.holds[i] === true) !== true) throw outside(plan.entity.name, 'updateMany')
    return verified.row
  })
}
