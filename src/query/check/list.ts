/** Pages of rows: filter, order, paging, search. Must not know how a call came to ask for a page. */
import type { Field, Operation } from '../../schema/entity.ts'
import { isText } from '../../schema/field-type.ts'
import { always, type Operand, type Order, type Predicate } from '../ast.ts'
import { and, field, or } from '../build.ts'
import { operatorWeight, weights } from '../cost.ts'
import type { ListOptions } from '../parse/shape.ts'
import type { ListShape } from '../request.ts'
import { type Context, type Scope, valueType } from './context.ts'
import { checkFilter } from './filter.ts'
import { checkSort } from './order.ts'
import { checkLimit, checkSelection } from './selection.ts'

/** `given`: what the operation itself fixes. */
export function checkList(context: Context, scope: Scope, operation: Operation, options: ListOptions, given: Predicate = always): ListShape {
  const order = checkSort(context, scope, options.sort, 'sort')
  const limit = checkLimit(context, options.limit, operation, 'limit')
  const total = options.total !== false
  if (total) context.costs.add('total', weights.total)
  const list = {
    where: and(given, checkWhere(context, scope, options), checkSearch(context, scope, operation, options.search)),
    order,
    limit,
    total,
    selection: checkSelection(context, scope, options),
  }
  if (options.after !== undefined) return { ...list, after: { cursor: cursor(context, options.after), values: reserved(context, scope, order) } }
  const page = { use: 'page', path: 'page', limit: (limit as Operand & { kind: 'param' }).index } as const
  const type = { type: 'integer' } as const
  return { ...list, offset: options.page === undefined ? context.extra(page, type) : context.fill(options.page, page, type) }
}

export function checkWhere(context: Context, scope: Scope, { filter }: ListOptions): Predicate {
  return filter === undefined ? always : checkFilter(context, scope, filter, 'filter')
}

function cursor(context: Context, slot: number): number {
  context.fill(slot, { use: 'cursor', path: 'after' }, { type: 'text' })
  return slot
}

/** A place for each value of the cursor. */
function reserved(context: Context, { entity }: Scope, order: readonly Order[]): readonly Operand[] {
  return order.map(({ by }) => context.extra({ use: 'reserved' }, valueType(entity.fields.get((by as Operand & { kind: 'field' }).field) as Field)))
}

/** Every term occurs, whatever its case, in one of the fields that are searched. */
function checkSearch(context: Context, scope: Scope, operation: Operation, terms: readonly number[] | undefined): Predicate {
  if (terms === undefined) return always
  const fields = searched(context, scope, operation)
  if (fields.length === 0) context.complain('search', `There is no text of ${scope.entity.name} to search`)
  context.costs.add('search', terms.length * fields.length * (operatorWeight('contains') + weights.insensitive))
  return and(
    ...terms.map((slot) => {
      const right = context.value(slot, 'search', { type: 'text' })
      return or(...fields.map((name): Predicate => ({ kind: 'compare', op: 'contains', left: field(name), right, insensitive: true })))
    }),
  )
}

function searched(context: Context, scope: Scope, operation: Operation): readonly string[] {
  const declared = operation.searchFields ?? scope.entity.operations.get('search')?.searchFields
  const readable = context.fields(scope).filter((known) => isText(known.type) && !known.sensitive)
  return readable.map((known) => known.name).filter((name) => declared === undefined || declared.includes(name))
}
