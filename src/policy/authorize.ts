/**
 * The only mint of authorised queries: a checked request and the rights of a role become a plan whose every query carries the rules.
 * In charge of whether an operation is allowed at all; rows and fields are the business of the plans. Knows no values and no database.
 */
import { DBALError } from '../errors/error.ts'
import type { Delete, Insert, Predicate, Read } from '../query/ast.ts'
import { type Authorized, takeMint } from '../query/authorized.ts'
import { compare, constant, field, session } from '../query/build.ts'
import type { Checked, Request } from '../query/request.ts'
import type { Entity, Operation } from '../schema/entity.ts'
import { planMove, planReorder, planSecret } from './plan/domain.ts'
import { type Making, Params } from './plan/layout.ts'
import type { Plan } from './plan/plan.ts'
import { planAggregate, planCount, planList, planRead, planTree } from './plan/read.ts'
import { planCreate, planDelete, planDeleteMany, planUpdate, planUpdateMany, planUpsert } from './plan/write.ts'
import { type Rights, reasonOf } from './rights.ts'
import { lineage } from './rules/governing.ts'
import { live } from './sight.ts'

const mint = takeMint()

export interface Authorization {
  readonly plan: Plan
  /** How many params the plan's queries use; those past the caller's own are filled by the engine. */
  readonly params: number
}

/** UNAUTHORIZED for a caller without identity, FORBIDDEN with a public reason for one with. */
export function refuse(rights: Rights, entity: Entity, operation: Operation): DBALError {
  if (rights.role === 'public') return new DBALError('UNAUTHORIZED')
  const why = rights.grant(entity, operation.name).reason ?? reasonForOthers(rights, entity, operation)
  const reason = why ?? `Insufficient permissions for operation '${operation.name}' on entity '${entity.name}'`
  return new DBALError('FORBIDDEN', { reason, entity: entity.name, operation: operation.name })
}

/** What the rules say that let other roles do it: a rule's reason is written for those whom it leaves out. */
function reasonForOthers({ policy }: Rights, entity: Entity, { name, kind }: Operation): string | undefined {
  const rules = policy.rules.filter((rule) => rule.entity === entity.name)
  for (const step of lineage(name, kind)) {
    const naming = rules.filter((rule) => rule.operations.has(step))
    if (naming.length > 0) return reasonOf(naming)
  }
  return undefined
}

/** Throws unless the role may call the operation at all: a question of the rules' existence, never of values. */
export function permit(rights: Rights, entity: Entity, operation: Operation): void {
  if (!rights.allows(entity, operation)) throw refuse(rights, entity, operation)
}

/** The plan of a checked request for one role. Throws UNAUTHORIZED or FORBIDDEN; never depends on values or rows. */
export function authorize(checked: Checked, rights: Rights): Authorization {
  const { request } = checked
  permit(rights, request.entity, request.operation)
  const making: Making = { rights, params: new Params(checked.slots.length), mint }
  const plan = planOf(request, making)
  return { plan, params: making.params.count }
}

function planOf(request: Request, making: Making): Plan {
  const { entity, operation } = request
  const grant = making.rights.grant(entity, operation.name)
  switch (request.kind) {
    case 'read':
      return planRead(request, grant, making)
    case 'list':
      return planList(request, grant, making)
    case 'count':
      return planCount(request, grant, making)
    case 'aggregate':
      return planAggregate(request, grant, making)
    case 'tree':
      return planTree(request, grant, making)
    case 'create':
      return {
        entity,
        operation,
        kind: 'create',
        create: planCreate(entity, operation.name, request.selection, making),
        data: request.data.param,
        path: request.data.path,
      }
    case 'createMany': {
      const create = planCreate(entity, operation.name, request.returning ?? { fields: [], include: [] }, making)
      return {
        entity,
        operation,
        kind: 'createMany',
        create,
        items: request.items.param,
        path: request.items.path,
        returning: request.returning !== undefined,
      }
    }
    case 'update':
      return { entity, operation, kind: 'update', update: planUpdate(request, operation.name, making), quiet: request.quiet }
    case 'updateMany':
      return { entity, operation, kind: 'updateMany', bulk: planUpdateMany(request, making), returning: request.returning !== undefined }
    case 'delete':
      return { entity, operation, kind: 'delete', remove: planDelete(request, making) }
    case 'deleteMany':
      return { entity, operation, kind: 'deleteMany', bulk: planDeleteMany(request, making) }
    case 'upsert':
      return planUpsert(request, making)
    case 'reorder':
      return planReorder(request, making)
    case 'move':
      return planMove(request, making)
    case 'setSecret':
    case 'verifySecret':
      return planSecret(request, making)
  }
}

/** The engine's own removal of rows past their time; they are invisible to everybody, so no caller's query reaches them. */
export function authorizeSweep(entity: Entity): Authorized<Delete> | undefined {
  if (entity.ttl?.autoDelete !== true) return undefined
  const where = compare('lte', field(entity.ttl.field), session('context.now', { type: 'datetime' }))
  return mint({ kind: 'delete', entity, where, reach: 'many' })
}

/**
 * Rows that a database of its own begins with (policy tests): nobody asks for them, so no rule binds them, and they bring their keys along.
 * Must never be run in a database that others use.
 */
export function authorizeGiven(entity: Entity, fields: readonly string[]): Authorized<Insert> {
  return mint({ kind: 'insert', entity, fields })
}

/**
 * Questions about every row of an entity, for an operator who compares policies: the answer has the key, then each question's truth.
 * No rule narrows the rows, so whoever runs it must not be serving a caller.
 */
export function authorizeSurvey(entity: Entity, questions: readonly Predicate[], most: number): Authorized<Read> {
  return mint({
    kind: 'read',
    entity,
    where: live(entity),
    columns: entity.key.map((name) => ({ field: name })),
    probes: questions,
    order: entity.key.map((name) => ({ by: field(name), direction: 'asc' })),
    limit: constant(most, { type: 'integer' }),
    total: false,
    reach: 'many',
  })
}

/** A row as it is, for a developer's explanation: which clauses hold of it, and with which values. Only the engine's own rights may ask so. */
export function authorizeLook(
  rights: Rights,
  entity: Entity,
  where: Predicate,
  columns: readonly string[],
  probes: readonly Predicate[],
): Authorized<Read> {
  if (!rights.system) throw new DBALError('INTERNAL_ERROR', {}, { message: 'Only the engine itself looks past the rules' })
  return mint({
    kind: 'read',
    entity,
    where,
    columns: columns.map((field) => ({ field })),
    probes,
    order: [],
    total: false,
    reach: 'many',
  })
}
