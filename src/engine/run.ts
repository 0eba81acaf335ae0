/** Stage 6: a plan and its params to an answer. One function per kind of plan; writes are in write/. Must not know wire or rules' text. */
import { DBALError } from '../errors/error.ts'
import type { Plan } from '../policy/plan/plan.ts'
import type { Value } from '../schema/entity.ts'
import { list } from './read/list.ts'
import { tree } from './read/tree.ts'
import type { Running } from './running.ts'
import { type Row, shapeFields, shapeRows } from './shape.ts'
import { bulkDelete, bulkUpdate } from './write/bulk.ts'
import { createMany, createOne } from './write/create.ts'
import { remove } from './write/remove.ts'
import { setSecret, verifySecret } from './write/secret.ts'
import { move } from './write/tree/move.ts'
import { reorder } from './write/tree/reorder.ts'
import { update } from './write/update.ts'
import { upsert } from './write/upsert.ts'

type Of<K extends Plan['kind']> = Extract<Plan, { kind: K }>

const writing: ReadonlySet<Plan['kind']> = new Set([
  'create',
  'createMany',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'upsert',
  'reorder',
  'move',
  'setSecret',
])

/** Does the plan change rows (and so need an intent in the audit, and a reply kept for its idempotency key)? */
export const writes = (plan: Plan): boolean => writing.has(plan.kind)

/** Does what the plan writes follow from rows that it only reads: a position from the siblings', a link from the rows above it? */
export function isSerial(plan: Plan): boolean {
  switch (plan.kind) {
    case 'move':
    case 'reorder':
      return true
    case 'create':
    case 'createMany':
      return plan.create.sequences.length > 0 || plan.create.verify.ties !== undefined
    case 'update':
      return plan.update.verify.ties !== undefined
    case 'upsert':
      return plan.create.sequences.length > 0 || plan.create.verify.ties !== undefined || plan.update.verify.ties !== undefined
    case 'updateMany':
      return plan.bulk.verify?.ties !== undefined
    default:
      return false
  }
}

export function run(plan: Plan, params: readonly Value[], running: Running, named: Readonly<Record<string, unknown>>): Promise<Value> {
  switch (plan.kind) {
    case 'read':
      return read(plan, params, running)
    case 'list':
      return list(plan, params, running, named)
    case 'count':
      return count(plan, params, running)
    case 'aggregate':
      return aggregate(plan, params, running)
    case 'tree':
      return tree(plan.tree, params, running)
    case 'create':
      return createOne(plan.create, params[plan.data] as Value, plan.path, params, running)
    case 'createMany':
      return createMany(plan, params, running)
    case 'update':
      return plan.quiet ? update(plan.update, params, running).then(() => true) : update(plan.update, params, running)
    case 'updateMany':
      return bulkUpdate(plan.bulk, plan.returning, params, running)
    case 'delete':
      return remove(plan.remove, params, running)
    case 'deleteMany':
      return bulkDelete(plan.bulk, params, running)
    case 'upsert':
      return upsert(plan, params, running)
    case 'reorder':
      return reorder(plan.reorder, params, running)
    case 'move':
      return move(plan, params, running)
    case 'setSecret':
      return setSecret(plan, params, running)
    case 'verifySecret':
      return verifySecret(plan, params, running)
  }
}

async function read(plan: Of<'read'>, params: readonly Value[], running: Running): Promise<Value> {
  if (plan.shape.includes.length > 0) return running.atomically('read', (inside) => readWith(plan, params, inside))
  const answer = running.run(plan.query, params)
  const { rows } = answer instanceof Promise ? await answer : answer
  const row = rows[0]
  if (row === undefined) throw new DBALError('NOT_FOUND')
  return returned(plan, shapeFields(plan.shape, row))
}

async function readWith(plan: Of<'read'>, params: readonly Value[], running: Running): Promise<Value> {
  const { rows } = await running.run(plan.query, params)
  if (rows.length === 0) throw new DBALError('NOT_FOUND')
  const [member] = await shapeRows(plan.shape, rows.slice(0, 1), params, running)
  return returned(plan, member as { [name: string]: Value })
}

/** find_by may answer one field instead of the row; one that the row's rules hide is as absent as the row. */
function returned(plan: Of<'read'>, member: { [name: string]: Value }): Value {
  if (plan.returns === undefined) return member
  if (!Object.hasOwn(member, plan.returns)) throw new DBALError('NOT_FOUND')
  return member[plan.returns] as Value
}

async function count(plan: Of<'count'>, params: readonly Value[], running: Running): Promise<Value> {
  const { rows } = await running.run(plan.query, params)
  return (rows[0] as Row)[0] as Value
}

/** Rows of an aggregate: group fields by name, measures by function and field. */
async function aggregate(plan: Of<'aggregate'>, params: readonly Value[], running: Running): Promise<Value> {
  const { groupBy, measures } = plan.query
  const { rows } = await running.run(plan.query, params)
  return rows.map((row) => {
    const out: { [name: string]: Value } = {}
    groupBy.forEach((column, i) => {
      out[column.field] = row[i] as Value
    })
    measures.forEach((measure, i) => {
      const value = row[groupBy.length + i] as Value
      if (measure.fn === 'count') {
        if (!plan.hideCount) out['count'] = value
        return
      }
      const of = (out[measure.fn] ?? {}) as { [name: string]: Value }
      of[measure.column.field] = value
      out[measure.fn] = of
    })
    return out
  })
}
