/**
 * Tells a developer what the rules made of a call: whether, by which rule and clause, with which values, as which statement. A write is made and
 * taken back. In charge of who may ask and of the parts of the answer; the parts have files in ../explain.
 */
import { DBALError, invalid } from '../../errors/error.ts'
import { rolesFor } from '../../policy/explain/role.ts'
import { systemPrincipal } from '../../policy/principal.ts'
import type { Rights } from '../../policy/rights.ts'
import { parameters } from '../../protocol/message.ts'
import { nameParams } from '../../query/parse.ts'
import { printPredicate } from '../../query/print.ts'
import type { Request } from '../../query/request.ts'
import { nearest } from '../../schema/complaint.ts'
import type { Entity, Operation, Value } from '../../schema/entity.ts'
import { dataMethods } from '../data.ts'
import { callerOf, refuse } from '../explain/caller.ts'
import { boundFor, outcomeOf } from '../explain/outcome.ts'
import { explainRow } from '../explain/row.ts'
import { assertNoSecret } from '../explain/secrets.ts'
import { statementsOf } from '../explain/statements.ts'
import { subjectOf } from '../explain/subject.ts'
import { entitiesOf, mayAskAs } from '../explain/tenant.ts'
import { ruleValue } from '../explain/view.ts'
import { type Bound, entityOf, permitted } from '../prepare.ts'
import { type Running, SessionValues } from '../running.ts'
import type { Scene } from '../scene.ts'

/** FORBIDDEN (UNAUTHORIZED without identity) for all but developer roles, whatever they ask about. */
function assertDeveloper({ world, who }: Scene): void {
  if (who.kind === 'public') throw new DBALError('UNAUTHORIZED')
  if (who.kind !== 'system' && !world.schema.developerRoles.includes(who.role))
    throw new DBALError('FORBIDDEN', { reason: 'Explanations are for developer roles' })
}

/** See docs/reference/access-rules.md, "Asking why". */
export async function explain(scene: Scene, developer: Running): Promise<Value> {
  assertDeveloper(scene)
  const { services, world, who, call } = scene
  const named = nameParams(parameters.explain, call.params)
  const { method, params: asked, row } = named
  const engine = { ...systemPrincipal('explain'), ...(who.tenantId === undefined ? {} : { tenantId: who.tenantId }) }
  const time = services.clock.now()
  const system = developer.as(engine, world.rights(engine), new SessionValues(engine, undefined, time))
  const principal = await callerOf(named['as'], developer, system)
  const caller = developer.as(principal, world.rights(principal), new SessionValues(principal, world.schema.roles.get(principal.role), time))
  if (typeof method !== 'string' || !dataMethods.has(method)) throw unknownMethod(method)
  const { entity, operation } = permitted(world, system.rights, method, asked)
  if (entity.internal) entityOf(world, developer.rights, entity.name)
  const made = boundFor(method, asked, caller)
  const refused = made instanceof DBALError
  const touched = refused ? [] : entitiesOf(made.prepared.plan, world.schema)
  if (principal !== who && !mayAskAs(developer, caller, [...new Set([entity, ...touched])])) refuse(developer, named['as'])
  const bound = boundFor(method, asked, system)
  assertNoSecret(requestOf(made), requestOf(bound), developer)
  const outcome = await outcomeOf(made, caller)
  const about =
    bound instanceof DBALError
      ? missing(outcome)
      : await explainRow({ entity, operation, subject: subjectOf(bound, row, system), params: bound.params, caller, system, developer })
  return {
    role: principal.role,
    ...(principal.id === undefined ? {} : { user: principal.id }),
    ...(principal.username === undefined ? {} : { username: principal.username }),
    ...(principal.tenantId === undefined ? {} : { tenantId: principal.tenantId }),
    entity: entity.name,
    operation: operation.name,
    allowed: caller.rights.allows(entity, operation),
    ...rulesOf(caller.rights, entity, operation),
    outcome,
    ...about,
    statements: refused ? [] : await statementsOf(made.prepared.plan, made.params, caller),
    policyVersion: world.policy.version,
    adapter: services.adapter.name,
  }
}

const requestOf = (bound: Bound | DBALError): Request | undefined => (bound instanceof DBALError ? undefined : bound.prepared.checked.request)

function unknownMethod(method: unknown): DBALError {
  const near = typeof method === 'string' ? nearest(method, [...dataMethods]) : undefined
  const what = `Expected a method that reads or writes rows${near === undefined ? '' : `; did you mean '${near}'?`}`
  return invalid({ field: 'method', error: what })
}

/** An id that no row can have names none; anything else that is wrong with the call is about no row. */
const missing = (outcome: { readonly [name: string]: Value }): { readonly [name: string]: Value } =>
  (outcome['error'] as { readonly name?: Value } | undefined)?.name === 'NOT_FOUND' ? { row: { exists: false } } : {}

/** The rules that govern the operation, and where there is no permit those that would be one for the role if they named it. */
function rulesOf(rights: Rights, entity: Entity, operation: Operation): { readonly [name: string]: Value } {
  const names = operation.kind === 'upsert' ? ['create', 'update'] : [operation.name]
  const rules = names.flatMap((name) => {
    const kind = entity.operations.get(name)?.kind ?? name
    const found = rights.system ? [] : rights.policy.governing(entity.name, rights.role, name, kind)
    return found.map((rule) => ruleValue(rule, name))
  })
  const missing = rights.system ? [] : names.filter((name) => !rights.grant(entity, name).allowed)
  const closest = missing.flatMap((name) => rolesFor(rights, entity, name).map((rule) => ruleValue(rule, name)))
  return {
    rules,
    ...(closest.length === 0 ? {} : { closest }),
    predicate: printPredicate(rights.grant(entity, operation.kind === 'upsert' ? 'update' : operation.name).rows),
  }
}
