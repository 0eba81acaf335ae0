/** Judges whether rows just written still hang in a tree: no ring, and no row under a parent of another tree. Same transaction, before commit. */
import { type FieldError, invalid } from '../../../errors/error.ts'
import type { TiesPlan } from '../../../policy/plan/plan.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Running } from '../../running.ts'
import { filled, type Row } from '../../shape.ts'

/** Throws VALIDATION_ERROR naming the link of each written row that ties a ring or leaves its tree. */
export async function checkTies(
  plan: TiesPlan,
  keys: readonly Row[],
  params: readonly Value[],
  running: Running,
  pathOf: (index: number) => string,
): Promise<void> {
  const { rows } = await running.run(plan.below, filled(params, plan.belowKeys, keys))
  if (rows.every((row) => row[1] === null)) return
  const known = new Map(rows.map((row) => [row[0] as Value, row]))
  await addParents(plan, known, params, running)
  const complaints: FieldError[] = []
  keys.forEach(([key], i) => {
    const error = ringed(known, key as Value)
      ? 'A row cannot stand under itself or one of its descendants'
      : strays(plan, known, known.get(key as Value))
        ? 'Belongs to another tree'
        : undefined
    if (error !== undefined) complaints.push({ field: `${pathOf(i)}.${plan.parent}`, error })
  })
  if (complaints.length === 0 && rows.some((row) => strays(plan, known, row)))
    complaints.push({ field: `${pathOf(0)}.${plan.scope ?? plan.parent}`, error: 'Rows below it belong to another tree' })
  if (complaints.length > 0) throw invalid(...complaints)
}

async function addParents(plan: TiesPlan, known: Map<Value, Row>, params: readonly Value[], running: Running): Promise<void> {
  const above = new Set([...known.values()].map((row) => row[1] as Value).filter((parent) => parent !== null && !known.has(parent)))
  if (above.size === 0 || plan.scope === undefined) return
  const { rows } = await running.run(
    plan.parents,
    filled(
      params,
      plan.parentKeys,
      [...above].map((key) => [key]),
    ),
  )
  for (const row of rows) known.set(row[0] as Value, row)
}

/** Every member of a ring through the row is below the row, so following parents within what is known decides. */
function ringed(known: ReadonlyMap<Value, Row>, key: Value): boolean {
  let at = known.get(key)?.[1] ?? null
  for (let steps = 0; at !== null && steps <= known.size; steps++) {
    if (at === key) return true
    at = known.get(at)?.[1] ?? null
  }
  return false
}

function strays(plan: TiesPlan, known: ReadonlyMap<Value, Row>, row: Row | undefined): boolean {
  if (plan.scope === undefined || row === undefined || row[1] === null) return false
  const parent = known.get(row[1] as Value)
  return parent !== undefined && parent[2] !== row[2]
}
