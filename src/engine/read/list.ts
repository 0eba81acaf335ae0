/** Answers a page: rows, total, whether there are more, and the cursor that goes on from the last row. */
import type { ListPlan, Plan } from '../../policy/plan/plan.ts'
import { decodeCursor, encodeCursor } from '../../query/cursor.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { type Row, shapeFields, shapeRows } from '../shape.ts'

const paramOf = (operand: ListPlan['limit'] | undefined, params: readonly Value[]): number =>
  operand?.kind === 'param' ? Number(params[operand.index]) : operand?.kind === 'const' ? Number(operand.value) : 0

type Named = Readonly<Record<string, unknown>>

/** `{data, total, page, limit, hasMore, nextCursor}`; a cursor is bound to `named`, the caller's own words. */
export async function list(plan: Extract<Plan, { kind: 'list' }>, params: readonly Value[], running: Running, named: Named): Promise<Value> {
  const limit = paramOf(plan.limit, params)
  const offset = paramOf(plan.offset, params)
  const filled = params.slice()
  // One row more than the page tells whether there is another page.
  if (plan.limit.kind === 'param') filled[plan.limit.index] = limit + 1
  if (plan.after !== undefined) seek(plan, filled, running, named)
  const work = async (inside: Running): Promise<Value> => {
    const answer = inside.run(plan.query, filled)
    const { rows, total } = answer instanceof Promise ? await answer : answer
    const hasMore = rows.length > limit
    const page = hasMore ? rows.slice(0, limit) : rows
    const data =
      plan.shape.includes.length === 0 ? page.map((row) => shapeFields(plan.shape, row)) : await shapeRows(plan.shape, page, params, inside)
    const found = {
      data,
      total: plan.total ? (total ?? 0) : null,
      page: plan.after === undefined ? Math.floor(offset / limit) + 1 : null,
      limit,
      hasMore,
    }
    return hasMore ? withCursor(found, plan, page[limit - 1] as Row, inside, named) : { ...found, nextCursor: null }
  }
  return plan.shape.includes.length === 0 ? work(running) : running.atomically('read', work)
}

interface Found {
  readonly data: Value
  readonly total: number | null
  readonly page: number | null
  readonly limit: number
  readonly hasMore: boolean
}

/** Sealing a cursor costs as much as reading the page, and most pages are read without going on: it is made when it is looked at. */
function withCursor(found: Found, plan: Extract<Plan, { kind: 'list' }>, last: Row, running: Running, named: Named): Value {
  const { data, total, page, limit, hasMore } = found
  let token: string | undefined
  return {
    data,
    total,
    page,
    limit,
    hasMore,
    get nextCursor() {
      token ??= encodeCursor(
        plan.cursor.map((c) => last[c.column] as Value),
        running.services.seal,
        bound(plan, running, named),
      )
      return token
    },
  }
}

/** Fills the params that hold the cursor's values. Any cursor that is not this caller's for this query is the same VALIDATION_ERROR. */
function seek(plan: Extract<Plan, { kind: 'list' }>, params: Value[], running: Running, named: Named): void {
  if (plan.after === undefined) return
  const { cursor, values: places } = plan.after
  const values = decodeCursor(params[cursor], places.length, running.services.seal, bound(plan, running, named))
  places.forEach((index, i) => {
    params[index] = values[i] as Value
  })
}

/** Parts of the options that may differ from page to page. */
const free: ReadonlySet<string> = new Set(['after', 'limit', 'page', 'select', 'include', 'total'])

/** Everything that a cursor belongs to: caller, rights, policy and query. */
function bound(plan: Extract<Plan, { kind: 'list' }>, running: Running, named: Named): string {
  const { who, world } = running
  const { options, input, entity: _, operation: __, ...beside } = named
  const given = Array.isArray(input) ? { input } : input
  const query = Object.entries({ ...beside, ...(options as object), ...(given as object) }).filter(([name]) => !free.has(name))
  return canonical([
    who.kind,
    who.id ?? null,
    who.role,
    who.tenantId ?? null,
    world.version,
    plan.entity.name,
    plan.operation.name,
    Object.fromEntries(query),
  ])
}

/** JSON with sorted members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    const members = Object.entries(value).filter(([, v]) => v !== undefined)
    return `{${members
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, v]) => `${JSON.stringify(name)}:${canonical(v)}`)
      .join(',')}}`
  }
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null')
}
