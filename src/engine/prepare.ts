/** Stages 2 to 4: unknown input to a plan and its params. Pure but for the memo of plans by shape. Must not know databases. */
import { DBALError, invalid } from '../errors/error.ts'
import { authorize, permit } from '../policy/authorize.ts'
import type { Rights } from '../policy/rights.ts'
import { type Method, parameters } from '../protocol/message.ts'
import { bind } from '../query/bind.ts'
import { check } from '../query/check.ts'
import { nameParams, parse } from '../query/parse.ts'
import { nearest } from '../schema/complaint.ts'
import type { Entity, Operation, Value } from '../schema/entity.ts'
import { assertCapable, needsOf } from './capable.ts'
import type { Services } from './services.ts'
import type { Prepared, World } from './world.ts'

export interface Bound {
  readonly prepared: Prepared
  readonly params: Value[]
  /** The call by name, as it came; cursors are bound to it. */
  readonly named: Readonly<Record<string, unknown>>
}

/** The entity that a call names. Strangers learn nothing of which names exist. */
export function entityOf(world: World, rights: Rights, name: unknown): Entity {
  if (typeof name !== 'string') throw invalid({ field: 'entity', error: 'Expected the name of an entity' })
  const entity = world.schema.entities.get(name)
  if (entity !== undefined && (!entity.internal || rights.system)) return entity
  if (rights.role === 'public') throw new DBALError('UNAUTHORIZED')
  const known = [...world.schema.entities.values()].filter((e) => rights.entity(e.name) !== undefined).map((e) => e.name)
  const near = nearest(name, known)
  throw new DBALError('NOT_FOUND', { reason: `There is no entity '${name.slice(0, 60)}'${near === undefined ? '' : `; did you mean '${near}'?`}` })
}

/** Whoever may do nothing with the entity learns nothing of its operations. */
function operationOf(rights: Rights, entity: Entity, method: string, named: Readonly<Record<string, unknown>>): Operation {
  const name = method === 'call' ? named['operation'] : method
  if (typeof name !== 'string') throw invalid({ field: 'operation', error: 'Expected the name of an operation' })
  const operation = entity.operations.get(name)
  if (operation !== undefined) return operation
  if (rights.entity(entity.name) === undefined) {
    if (rights.role === 'public') throw new DBALError('UNAUTHORIZED')
    throw new DBALError('FORBIDDEN', { reason: `Insufficient permissions on entity '${entity.name}'`, entity: entity.name })
  }
  const near = nearest(
    name,
    [...entity.operations.values()].filter((known) => rights.allows(entity, known)).map((known) => known.name),
  )
  throw invalid({
    field: 'operation',
    error: `Entity '${entity.name}' has no operation '${name.slice(0, 60)}'${near === undefined ? '' : `; did you mean '${near}'?`}`,
  })
}

/** What a call is about, before anybody has said that it may happen. */
export interface Meant {
  readonly entity: Entity
  readonly operation: Operation
  readonly named: Record<string, unknown>
}

/** Which entity and operation a call means, and that the role may call it. Before anything else of the call is looked at.
 * `learn` hears the meaning first: a refusal has to be written down with it. */
export function permitted(world: World, rights: Rights, method: string, params: unknown, learn?: (meant: Meant) => void): Meant {
  const named = nameParams(parameters[method as Method], params)
  const entity = entityOf(world, rights, named['entity'])
  const operation = operationOf(rights, entity, method, named)
  const meant = { entity, operation, named }
  learn?.(meant)
  permit(rights, entity, operation)
  return meant
}

export function prepare(
  { limits, adapter }: Pick<Services, 'limits' | 'adapter'>,
  world: World,
  rights: Rights,
  method: string,
  named: Record<string, unknown>,
): Bound {
  const parsed = parse(method, named)
  const key = `${rights.role}\n${parsed.shape}`
  let prepared = world.plans.get(key)
  if (prepared === undefined) {
    const checked = check(parsed, world.schema, rights)
    prepared = { ...authorize(checked, rights), checked }
    assertCapable(adapter.capabilities, needsOf(checked.request))
    world.plans.set(key, prepared)
  }
  const params = bind(prepared.checked, parsed.values, limits.maxComplexity)
  while (params.length < prepared.params) params.push(null)
  return { prepared, params, named }
}
