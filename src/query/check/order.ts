/** Sort keys and the tie-break that makes every order total. Must not know filters or selections. */
import { isOrdered } from '../../schema/field-type.ts'
import type { Order } from '../ast.ts'
import { field } from '../build.ts'
import { weights } from '../cost.ts'
import type { SortShape } from '../parse/shape.ts'
import type { Context, Scope } from './context.ts'
import { isIndexed } from './filter.ts'

/** The given keys, then the entity's key in the direction of the last given one (ascending without one). */
export function checkSort(context: Context, scope: Scope, sort: SortShape | undefined, path: string): readonly Order[] {
  const order: Order[] = []
  for (const [name, direction] of sort ?? []) {
    const place = `${path}.${name}`
    const known = context.known(scope, name, place)
    if (known === undefined) continue
    if (!isOrdered(known.type)) context.complain(place, `Values of type ${known.type} have no order`)
    context.costs.add('sort', weights.sortKey + (isIndexed(scope.entity, known) ? 0 : weights.unindexed))
    order.push({ by: field(name), direction })
  }
  return withKey(context, scope, order, sort?.map(([name]) => name) ?? [])
}

/** Fields that the caller knows of come first: what it never sees only settles what would else be equal to it. */
function withKey(context: Context, scope: Scope, order: readonly Order[], given: readonly string[]): readonly Order[] {
  const direction = order.at(-1)?.direction ?? 'asc'
  const known = (name: string): boolean => context.field(scope, name) !== undefined
  const implied = scope.entity.key.filter((name) => !given.includes(name))
  const rest = [...implied.filter(known), ...implied.filter((name) => !known(name))]
  return [...order, ...rest.map((name): Order => ({ by: field(name), direction }))]
}
