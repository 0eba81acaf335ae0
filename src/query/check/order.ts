/** Sort keys and the tie-break that makes every order total. Must not know filters or selections. */
import type { Entity } from '../../schema/entity.ts'
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
  return withKey(scope.entity, order, sort?.map(([name]) => name) ?? [])
}

function withKey(entity: Entity, order: readonly Order[], given: readonly string[]): readonly Order[] {
  const direction = order.at(-1)?.direction ?? 'asc'
  const rest = entity.key.filter((name) => !given.includes(name))
  return [...order, ...rest.map((name): Order => ({ by: field(name), direction }))]
}
