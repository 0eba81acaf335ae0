/** Writes rows by key, each under the first group of permits that holds for it, and judges afterwards by that group alone. Must not know kinds of plans. */
import type { PermitGroup, ReorderPlan } from '../../../policy/plan/plan.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Running } from '../../running.ts'
import { filled, type Row } from '../../shape.ts'

/** A row before the write: its key, and per permit whether its row filter holds. */
export interface Held {
  readonly key: Row
  readonly holds: readonly boolean[]
}

type Writes = ReorderPlan['writes']

const groupOf = (writes: Writes, { holds }: Held): PermitGroup | undefined =>
  writes.find(({ group }) => group.permits.some((i) => holds[i] === true))?.group

export async function writeGrouped(writes: Writes, rows: readonly Held[], params: readonly Value[], running: Running): Promise<void> {
  for (const { group, query, keys } of writes) {
    const mine = rows.filter((row) => groupOf(writes, row) === group).map((row) => row.key)
    if (mine.length > 0) await running.run(query, filled(params, keys, mine))
  }
}

/** Did one rule that let the row be written, and gave it its presets, hold for it afterwards too? */
export function keptGrouped(writes: Writes, before: Held, after: readonly boolean[] | undefined): boolean {
  return groupOf(writes, before)?.permits.some((i) => before.holds[i] === true && after?.[i] === true) === true
}
