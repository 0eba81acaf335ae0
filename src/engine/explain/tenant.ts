/** How far a developer may look into tenants: into its own, and into others where a rule lets it read across them. In charge of that question; must not know how explanations are made. */
import type { Plan } from '../../policy/plan/plan.ts'
import type { Rights } from '../../policy/rights.ts'
import type { Entity, Schema, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'

/** May whoever asks be told of rows of this entity in any tenant? */
export function seesAllTenants({ who, rights }: Running, entity: Entity): boolean {
  if (entity.tenant === undefined || who.kind === 'system') return true
  return rights.grant(entity, 'read').permits.some((permit) => permit.rule?.acrossTenants === true)
}

/** Is a row with this value in its tenant field one of the tenant of whoever asks? */
export const isOfOwnTenant = ({ who }: Running, tenant: Value | undefined): boolean => who.tenantId !== undefined && tenant === who.tenantId

/** May the developer be told how `caller` is answered, where the answer hangs on rows of `touched`? */
export function mayAskAs(developer: Running, caller: Running, touched: readonly Entity[]): boolean {
  if (developer.who.kind === 'system') return true
  const closed = touched.filter((entity) => !seesAllTenants(developer, entity))
  if (closed.some((entity) => reachesAcross(caller.rights, entity))) return false
  const own = developer.who.tenantId
  if (own === caller.who.tenantId) return true
  // Rules compare the caller's tenant with rows that have none, too: who belongs to a tenant needs a rule that says that tenants are no bar to it.
  return closed.length === 0 && (own === undefined || touched.some((entity) => entity.tenant !== undefined))
}

const reachesAcross = (rights: Rights, entity: Entity): boolean =>
  rights.system ||
  rights.policy.rules.some((rule) => rule.entity === entity.name && rule.effect === 'permit' && rule.acrossTenants && rule.roles.has(rights.role))

/** Every entity whose rows the plan reads or writes, those that its rules look at among them. */
export function entitiesOf(plan: Plan, schema: Schema): Entity[] {
  const found = new Set<Entity>()
  const met = new Set<object>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || met.has(node)) return
    met.add(node)
    const { name } = node as { readonly name?: unknown }
    const entity = typeof name === 'string' ? schema.entities.get(name) : undefined
    if (entity === node) found.add(entity)
    else for (const member of node instanceof Map || node instanceof Set ? node.values() : Object.values(node)) walk(member)
  }
  walk(plan)
  return [...found]
}
