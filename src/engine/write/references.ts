/** Checks that rows named in data exist for the caller. In charge of that question only. */
import type { ReferencePlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { filled } from '../shape.ts'
import { missing } from './conflict.ts'

/** Values of one reference field, each with the path that a complaint about it points to. */
export type References = ReadonlyMap<string, readonly { readonly value: Value; readonly path: string }[]>

/**
 * Throws VALIDATION_ERROR naming each value that refers to no row visible to the caller.
 * `all`: also the references that the database's own constraint would catch (used to name the field after it has).
 */
export async function checkReferences(
  plans: readonly ReferencePlan[],
  references: References,
  params: readonly Value[],
  running: Running,
  all: boolean,
): Promise<void> {
  const complaints: string[] = []
  for (const plan of plans) {
    const given = references.get(plan.field)?.filter((r) => r.value !== null) ?? []
    if (given.length === 0 || (plan.trivial && !all)) continue
    const keys = [...new Set(given.map((r) => r.value))].map((value) => [value])
    const { rows } = await running.run(plan.query, filled(params, plan.values, keys))
    const found = new Set(rows.map((row) => row[0]))
    complaints.push(...given.filter((r) => !found.has(r.value)).map((r) => r.path))
  }
  if (complaints.length > 0) throw missing(complaints)
}
