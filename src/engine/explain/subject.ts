/** What a call is about, for its rules: which row, which data, and the questions that its answer hangs on. In charge of that reading of a call; must not run it. */
import { invalid } from '../../errors/error.ts'
import { matching } from '../../policy/plan/read.ts'
import type { Predicate } from '../../query/ast.ts'
import type { Match, Request } from '../../query/request.ts'
import type { Value } from '../../schema/entity.ts'
import { type Bound, prepare } from '../prepare.ts'
import type { Running } from '../running.ts'

export interface Subject {
  /** The row that exists, as a condition that names it. */
  readonly where?: { readonly predicate: Predicate; readonly params: readonly Value[] }
  /** Reading, or one of the writes; an upsert is what its row makes it. */
  readonly does: 'read' | 'create' | 'update' | 'delete' | 'upsert' | 'nothing'
  readonly create?: unknown
  readonly change?: unknown
  /** The caller's own filter, as it wrote it. */
  readonly filter?: Predicate
}

type Named = Readonly<Record<string, unknown>>

/** `row`: the key of the row that the developer asks about, or the number of the item of a list of new rows. */
export function subjectOf({ prepared, params, named }: Bound, row: unknown, system: Running): Subject {
  const { request } = prepared.checked
  const options = (typeof named['options'] === 'object' && named['options'] !== null ? named['options'] : named) as Named
  const own = (match: Match) => (row === undefined ? { predicate: matching(match, request.entity), params } : keyed(request, row, system))
  // Of new rows it is a number in a list, and the key of none.
  const given = row === undefined || request.kind === 'createMany' ? {} : { where: keyed(request, row, system) }
  switch (request.kind) {
    case 'read':
      return { does: 'read', where: own(request.match) }
    case 'list':
    case 'count':
    case 'aggregate':
      return row === undefined ? { does: 'nothing' } : { does: 'read', ...given, filter: request.where }
    case 'tree':
      return row === undefined ? { does: 'nothing' } : { does: 'read', ...given, filter: matching(request.scope, request.entity) }
    case 'create':
      return { does: 'create', create: named['data'] }
    case 'createMany':
      return { does: 'create', create: itemOf(named['items'], row) }
    case 'update':
      return { does: 'update', where: own(request.match), change: changeOf(request, params) }
    case 'updateMany':
      return row === undefined ? { does: 'nothing' } : { does: 'update', ...given, change: named['data'], filter: request.where }
    case 'delete':
      return { does: 'delete', where: own(request.match) }
    case 'deleteMany':
      return row === undefined ? { does: 'nothing' } : { does: 'delete', ...given, filter: request.where }
    case 'upsert':
      return { does: 'upsert', where: own(request.match), create: options['create'], change: options['update'] }
    case 'reorder':
      return row === undefined ? { does: 'nothing' } : { does: 'update', ...given, change: {} }
    case 'move':
      return { does: 'update', where: own(request.match), change: {} }
    case 'setSecret':
    case 'verifySecret':
      return { does: 'nothing' }
  }
}

/** By name: an operation of its own may bring the data in another form. */
const changeOf = (request: Extract<Request, { kind: 'update' }>, params: readonly Value[]): unknown =>
  Object.fromEntries(request.changes.map(({ field, value }) => [field, value.kind === 'param' ? (params[value.index] as Value) : null]))

function itemOf(items: unknown, row: unknown): unknown {
  const at = row ?? 0
  if (!Array.isArray(items) || typeof at !== 'number' || items[at] === undefined)
    throw invalid({ field: 'row', error: 'Expected the number of an item, from 0' })
  return items[at]
}

/** The row of this key, judged as `read` judges it. */
function keyed({ entity }: Request, row: unknown, system: Running): NonNullable<Subject['where']> {
  const { services, world, rights } = system
  const { prepared, params } = prepare(services, world, rights, 'read', { entity: entity.name, id: row })
  const { request } = prepared.checked
  return { predicate: request.kind === 'read' ? matching(request.match, entity) : { kind: 'or', any: [] }, params }
}
