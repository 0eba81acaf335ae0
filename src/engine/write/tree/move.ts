/** Moves a row under a new parent at a position; siblings behind it make room. Never under itself or a descendant, never to another scope. */
import { invalid } from '../../../errors/error.ts'
import type { MovePlan, Plan } from '../../../policy/plan/plan.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Running } from '../../running.ts'
import { filled, type Member, type Row } from '../../shape.ts'
import { missing, refusing } from '../conflict.ts'
import { type Located, locate, refusal } from '../locate.ts'
import { keyText, outside, shown, type Verified, verifyRows } from '../verify.ts'
import { type Held, keptGrouped, writeGrouped } from './grouped.ts'

/** The moved row as the caller may read it. */
export function move(plan: Extract<Plan, { kind: 'move' }>, params: readonly Value[], running: Running): Promise<Value> {
  const { entity } = plan
  return running.atomically('write', (inside) =>
    refusing(entity, inside, async () => {
      const [row] = await locate(plan.move.locate, params, inside)
      const refused = refusal(row, entity.name, plan.operation.name)
      if (refused !== undefined || row === undefined) throw refused
      const links = plan.operation.tree as NonNullable<typeof plan.operation.tree>
      const scope = links.scope === undefined ? undefined : row.value(links.scope)
      await checkParent(plan, row, scope, params, inside)
      const shifted = await makeRoom(plan, scope, params, inside)
      await writeGrouped(plan.move.writes, [row], params, inside)
      return verifyMoved(plan.move, entity.name, row, shifted, params, inside)
    }),
  )
}

async function checkParent(
  plan: Extract<Plan, { kind: 'move' }>,
  row: Located,
  scope: Value | undefined,
  params: readonly Value[],
  running: Running,
): Promise<void> {
  const parent = params[plan.parent] as Value
  if (parent === null) return
  const field = `input.${plan.operation.tree?.parent ?? 'parent'}`
  const { rows } = await running.run(plan.move.parent, params)
  if (rows.length === 0) throw missing([field])
  if (scope !== undefined && (rows[0] as Row)[1] !== scope) throw invalid({ field, error: 'Belongs to another tree' })
  const below = await running.run(plan.move.below, params)
  if (below.rows.some((under) => under[0] === parent) || row.key[0] === parent)
    throw invalid({ field, error: 'A row cannot move under itself or one of its descendants' })
}

/** Where another sibling stands at the position, it and all behind it that the caller may write move up by one. */
async function makeRoom(
  plan: Extract<Plan, { kind: 'move' }>,
  scope: Value | undefined,
  params: readonly Value[],
  running: Running,
): Promise<readonly Held[]> {
  const { crowd, shift } = plan.move
  const with_ = crowd.scope === undefined ? params : filled(params, crowd.scope, scope ?? null)
  const { rows } = await running.run(crowd.query, with_)
  const width = plan.entity.key.length
  const taken = rows.some((row) => row[width] === params[plan.order])
  if (!taken) return []
  const crowding = rows.map((row) => ({ key: row.slice(0, width), holds: row.slice(width + 1).map((held) => held === true) }))
  await writeGrouped(shift, crowding, params, running)
  return crowding
}

async function verifyMoved(
  plan: MovePlan,
  entity: string,
  row: Located,
  shifted: readonly Held[],
  params: readonly Value[],
  running: Running,
): Promise<Member> {
  const verified = await verifyRows(plan.verify, [row.key, ...shifted.map((s) => s.key)], params, running, () => 'input')
  const moved = verified.get(keyText(row.key)) as Verified
  if (!keptGrouped(plan.writes, row, moved.holds)) throw outside(entity, 'move')
  if (!shifted.every((s) => keptGrouped(plan.shift, s, verified.get(keyText(s.key))?.holds))) throw outside(entity, 'move')
  return (await shown(plan.verify, [moved.row], params, running))[0] as Member
}
