/** Answers a tree: rows of one statement, nested by parent and sorted among siblings. Must not know rules. */
import { DBALError } from '../../errors/error.ts'
import type { TreePlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import { compareValues } from '../../schema/field-type.ts'
import type { Running } from '../running.ts'
import { type Member, type Row, shapeRows } from '../shape.ts'

/** Every node carries `children`, ordered by the order field, then by key. NOT_FOUND where the scope's own row is not visible. */
export function tree(plan: TreePlan, params: readonly Value[], running: Running): Promise<Value> {
  if (plan.scope === undefined && plan.shape.includes.length === 0) return nested(plan, params, running)
  return running.atomically('read', async (inside) => {
    if (plan.scope !== undefined && (await inside.run(plan.scope, params)).rows.length === 0) throw new DBALError('NOT_FOUND')
    return nested(plan, params, inside)
  })
}

async function nested(plan: TreePlan, params: readonly Value[], running: Running): Promise<Value> {
  const { rows } = await running.run(plan.query, params)
  const members = await shapeRows(plan.shape, rows, params, running)
  const order = siblingOrder(plan, rows)
  const children = new Map<Value, Member[]>()
  for (const i of order) (members[i] as Member)['children'] = listOf(children, (rows[i] as Row)[plan.key] as Value)
  const roots: Member[] = []
  for (const i of order) {
    const parent = (rows[i] as Row)[plan.parent] as Value
    ;(parent === null ? roots : listOf(children, parent)).push(members[i] as Member)
  }
  return roots
}

function listOf(map: Map<Value, Member[]>, key: Value): Member[] {
  const known = map.get(key)
  if (known !== undefined) return known
  const made: Member[] = []
  map.set(key, made)
  return made
}

/** Indexes of the rows by order value (nulls first), then key. */
function siblingOrder(plan: TreePlan, rows: readonly Row[]): number[] {
  const { entity } = plan.query
  const keyField = entity.fields.get(entity.key[0] as string)
  const order = (i: number): number => Number((rows[i] as Row)[plan.order] ?? Number.NEGATIVE_INFINITY)
  const key = (i: number): Value => (rows[i] as Row)[plan.key] as Value
  return rows
    .map((_, i) => i)
    .sort((a, b) => {
      const [x, y] = [order(a), order(b)]
      if (x !== y) return x < y ? -1 : 1
      return keyField === undefined ? 0 : compareValues(keyField, key(a), key(b))
    })
}
