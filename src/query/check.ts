/**
 * Stage check: a shape becomes a request, its names resolved through the caller's view of the schema and nothing else, so that what
 * the caller may not see answers like what is not there. Must not know values, rules or databases.
 */
import { DBALError, invalid } from '../errors/error.ts'
import { nearest } from '../schema/complaint.ts'
import type { Entity, Operation, Schema } from '../schema/entity.ts'
import { checkAggregate } from './check/aggregate.ts'
import { Context } from './check/context.ts'
import { checkCall } from './check/domain.ts'
import { checkList, checkWhere } from './check/list.ts'
import { checkSelection } from './check/selection.ts'
import { checkId, type Written, writes } from './check/write.ts'
import { readShape, type Shape } from './parse/shape.ts'
import type { Checked, Parsed, Request, View } from './request.ts'

/**
 * The request that a parsed call makes of `schema` as `view` shows it. Depends on `parsed.shape` alone.
 * Throws NOT_FOUND for an entity that is not there (with the nearest name that is), VALIDATION_ERROR with all complaints about names
 * and operators. Values are looked at by `bind`.
 */
export function check(parsed: Parsed, schema: Schema, view: View): Checked {
  const shape = readShape(parsed.shape)
  const entity = findEntity(schema, view, shape.entity)
  const operation = findOperation(entity, shape)
  const context = new Context(schema, view, parsed.values.length)
  const made = make(context, entity, operation, shape)
  context.settle()
  const costs = context.costs.parts
  const request = Object.freeze({ entity, operation, ...made }) as Request
  return { request, slots: context.slots, costs, cost: costs.reduce((sum, part) => sum + part.cost, 0) }
}

function findEntity(schema: Schema, view: View, name: string): Entity {
  const entity = schema.entities.has(name) ? view.entity(name) : undefined
  if (entity !== undefined) return entity
  const known = [...schema.entities.keys()].filter((other) => view.entity(other)?.internal === false)
  const near = nearest(name, known)
  throw new DBALError('NOT_FOUND', {
    reason: `There is no entity ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`,
  })
}

function findOperation(entity: Entity, shape: Shape): Operation {
  const name = shape.operation ?? shape.method
  const operation = entity.operations.get(name)
  if (operation !== undefined) return operation
  const near = nearest(name, entity.operations.keys())
  throw invalid({
    field: 'operation',
    error: `${entity.name} has no operation ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`,
  })
}

function make(context: Context, entity: Entity, operation: Operation, shape: Shape): Written {
  const scope = { entity, operation: operation.name }
  switch (shape.method) {
    case 'read':
      return { kind: 'read', match: checkId(context, entity, shape.id), selection: checkSelection(context, scope, shape) }
    case 'list':
    case 'search':
      return { kind: 'list', ...checkList(context, scope, operation, shape) }
    case 'count':
      return { kind: 'count', where: checkWhere(context, scope, shape) }
    case 'aggregate':
      return checkAggregate(context, scope, shape, operation.maxLimit)
    case 'call': {
      const made = checkCall(context, entity, operation, shape)
      if (made === undefined) throw invalid({ field: 'operation', error: `Use the method ${operation.kind}` })
      return made
    }
    default: {
      const write = writes.get(shape.method)
      if (write === undefined) throw invalid({ field: 'method', error: 'Unknown method' })
      return write(context, entity, operation, shape)
    }
  }
}
