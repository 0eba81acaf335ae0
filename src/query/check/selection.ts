/** What an answer shows: fields and included relations. Must not know which rows. */
import type { Operation } from '../../schema/entity.ts'
import { always, type Operand } from '../ast.ts'
import { weights } from '../cost.ts'
import type { IncludeShape, IncludesShape } from '../parse/shape.ts'
import type { Include, Selection } from '../request.ts'
import type { Context, Scope } from './context.ts'
import { checkFilter } from './filter.ts'
import { checkSort } from './order.ts'

interface Shown {
  readonly select?: readonly string[]
  readonly include?: IncludesShape
}

/** Exactly the selected fields in their order, or all that the caller may see. `path` is empty, or ends with a point. */
export function checkSelection(context: Context, scope: Scope, { select, include }: Shown, path = ''): Selection {
  const fields = select === undefined ? context.fields(scope).map((known) => known.name) : select
  for (const [i, name] of (select ?? []).entries()) context.known(scope, name, `${path}select[${i}]`)
  const included = Object.entries(include ?? {}).map(([name, shape]) => checkInclude(context, scope, name, shape, `${path}include.${name}`))
  return { fields, include: included.filter((one) => one !== undefined) }
}

function checkInclude(context: Context, scope: Scope, name: string, shape: IncludeShape, path: string): Include | undefined {
  const link = context.relation(scope, name)
  if (link === undefined) {
    context.complain(path, 'Unknown relation')
    return undefined
  }
  context.costs.add(path, weights.include)
  const { relation, target } = link
  if (relation.kind === 'one' && shape.sort !== undefined) context.complain(`${path}.sort`, 'Applies to lists only')
  if (relation.kind === 'one' && shape.limit !== undefined) context.complain(`${path}.limit`, 'Applies to lists only')
  const operation = target.entity.operations.get('list')
  return {
    name,
    relation,
    target: target.entity,
    selection: checkSelection(context, target, shape, `${path}.`),
    where: shape.filter === undefined ? always : checkFilter(context, target, shape.filter, `${path}.filter`),
    order: checkSort(context, target, shape.sort, `${path}.sort`),
    ...(relation.kind === 'one' ? {} : { limit: checkLimit(context, shape.limit, operation, `${path}.limit`) }),
  }
}

/** contract 2.3, where an entity has no operation of its own to say so. */
const standard = { defaultLimit: 20, maxLimit: 100 }

/** Rows of a page or of each parent; the slot gives the operation's default where the caller names none. */
export function checkLimit(context: Context, slot: number | undefined, operation: Operation | undefined, path: string): Operand {
  const { defaultLimit, maxLimit } = operation ?? standard
  const use = { use: 'limit', path, default: defaultLimit, max: maxLimit } as const
  return slot === undefined ? context.extra(use, { type: 'integer' }) : context.fill(slot, use, { type: 'integer' })
}
