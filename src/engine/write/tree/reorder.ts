/** Gives siblings a new order, in one statement. All must have the same parent; the caller must be allowed to write each of them. */
import { DBALError, invalid } from '../../../errors/error.ts'
import type { ReorderPlan } from '../../../policy/plan/plan.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Running } from '../../running.ts'
import { filled } from '../../shape.ts'
import { refusing } from '../conflict.ts'
import { type Located, locate } from '../locate.ts'
import { keyText, outside, verifyRows } from '../verify.ts'
import { keptGrouped, writeGrouped } from './grouped.ts'

/** `true`; positions count from 0 in the order of the given keys. */
export function reorder(plan: ReorderPlan, params: readonly Value[], running: Running): Promise<Value> {
  const { entity } = plan.verify.query
  const ids = params[plan.ids] as readonly Value[]
  if (new Set(ids).size !== ids.length) throw invalid({ field: 'input.ids', error: 'Names a row twice' })
  if (ids.length === 0) return Promise.resolve(true)
  const keyed = filled(
    params,
    plan.keys,
    ids.map((id) => [id]),
  )
  return running.atomically('write', (inside) =>
    refusing(entity, inside, async () => {
      const rows = await locate(plan.locate, keyed, inside)
      if (rows.length < ids.length || rows.some((row) => !row.seen && !row.holds.some(Boolean))) throw new DBALError('NOT_FOUND')
      if (rows.some((row) => !row.holds.some(Boolean))) throw outside(entity.name, 'reorder')
      // Rows whose parents the caller may not see are not known to be siblings; whether they are is not told.
      const familyOf = (row: Located, i: number) => (row.told ? JSON.stringify([...plan.locate.columns.keys()].map((name) => row.value(name))) : i)
      const families = new Set(rows.map(familyOf))
      if (families.size > 1) throw invalid({ field: 'input.ids', error: 'All rows must have the same parent' })
      await writeGrouped(plan.writes, rows, params, inside)
      const verified = await verifyRows(
        plan.verify,
        rows.map((row) => row.key),
        params,
        inside,
        () => 'input',
      )
      const kept = rows.every((row) => keptGrouped(plan.writes, row, verified.get(keyText(row.key))?.holds))
      if (!kept) throw outside(entity.name, 'reorder')
      return true
    }),
  )
}
