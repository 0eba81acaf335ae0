/** Tells a developer what the rules made of a call: allowed or not, by which rules, with which predicate. Runs nothing. */
import { DBALError, invalid } from '../../errors/error.ts'
import type { Rights } from '../../policy/rights.ts'
import { parameters } from '../../protocol/message.ts'
import { nameParams } from '../../query/parse.ts'
import { printPredicate } from '../../query/print.ts'
import type { Value } from '../../schema/entity.ts'
import { dataMethods } from '../data.ts'
import { entityOf, permitted } from '../prepare.ts'
import type { Scene } from '../scene.ts'

/** `{role, entity, operation, allowed, rules: [{id, effect, rows}], predicate}`. FORBIDDEN for all but developer roles. */
export function explain(scene: Scene, rights: Rights): Value {
  const { world, who, call } = scene
  if (who.kind === 'public') throw new DBALError('UNAUTHORIZED')
  if (who.kind !== 'system' && !world.schema.developerRoles.includes(who.role))
    throw new DBALError('FORBIDDEN', { reason: 'Explanations are for developer roles' })
  const named = nameParams(parameters.explain, call.params)
  const as = named['as']
  const role = as === undefined ? who.role : typeof as === 'string' ? as : (as as { role?: unknown } | null)?.role
  if (typeof role !== 'string' || (role !== 'system' && !world.schema.roles.has(role)))
    throw invalid({ field: 'as', error: 'Expected a role of the schema' })
  const asked = role === who.role ? rights : world.rights({ kind: role === 'public' ? 'public' : 'user', role, attributes: {} })
  const method = named['method']
  if (typeof method !== 'string' || !dataMethods.has(method)) throw invalid({ field: 'method', error: 'Expected a method that reads or writes rows' })
  const system = world.rights({ kind: 'system', role: 'system', attributes: {} })
  const { entity, operation } = permitted(world, system, method, named['params'])
  if (entity.internal) entityOf(world, rights, entity.name)
  const rules = world.policy.governing(entity.name, role, operation.name, operation.kind)
  const grant = asked.grant(entity, operation.name)
  return {
    role,
    entity: entity.name,
    operation: operation.name,
    allowed: asked.allows(entity, operation),
    rules: rules.map((rule) => ({
      id: rule.id,
      effect: rule.effect,
      rows: printPredicate(rule.rows),
      ...(rule.reason === undefined ? {} : { reason: rule.reason }),
    })),
    predicate: printPredicate(grant.rows),
  }
}
