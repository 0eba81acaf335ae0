/** Writes: the row meant, the fields set, what is shown afterwards. Must not know rules; rows of data are looked at by `bindRow`. */
import type { Entity, Operation } from '../../schema/entity.ts'
import type { Operand } from '../ast.ts'
import { isAlways } from '../build.ts'
import type { Shape, SlotsByName } from '../parse/shape.ts'
import type { Changes, DataSlot, Match, Request, Selection } from '../request.ts'
import { type Context, comparisonType, type Scope, valueType } from './context.ts'
import { checkWhere } from './list.ts'
import { checkSelection } from './selection.ts'

/** What a write answers is what the caller may read. */
function shown(entity: Entity): Scope {
  return { entity, operation: 'read' }
}

/** The key: one value, or an object of its fields. */
export function checkId(context: Context, entity: Entity, id: number | SlotsByName | undefined): Match {
  const { key } = entity
  if (typeof id === 'number') {
    if (key.length === 1) return [matched(context, entity, key[0] as string, id, 'id')]
    context.complain('id', `Must be an object with ${key.join(', ')}`)
    return []
  }
  const given: SlotsByName = id ?? {}
  if (Object.keys(given).length !== key.length || !key.every((name) => Object.hasOwn(given, name))) {
    context.complain('id', key.length === 1 ? `Must be the value of ${key[0]}` : `Must be an object with ${key.join(', ')}`)
    return []
  }
  return key.map((name) => matched(context, entity, name, given[name] as number, `id.${name}`))
}

/** One field of a match. `key`: an id that cannot be one finds no row, rather than being a mistake. */
export function matched(context: Context, entity: Entity, name: string, slot: number, path: string, key = true): Match[number] {
  const known = entity.fields.get(name)
  const type = known === undefined ? ({ type: 'text' } as const) : comparisonType(known)
  return { field: name, value: context.fill(slot, { use: 'value', path, type, nullable: false, list: false, ...(key ? { key } : {}) }, type) }
}

/** Fields to set. Fields that the caller may see but not set are told apart from unknown ones. */
export function checkChanges(context: Context, entity: Entity, changes: SlotsByName, path: string, operation = 'update'): Changes {
  const writable = context.view.writable(entity, 'update', operation)
  return Object.entries(changes).flatMap(([name, slot]) => {
    const known = entity.fields.get(name)
    const place = `${path}.${name}`
    if (known === undefined || !writable.has(name)) {
      context.complain(place, context.field(shown(entity), name) === undefined ? 'Unknown field' : 'Field is not writable')
      return []
    }
    const type = valueType(known)
    const value = context.fill(slot, { use: 'value', path: place, type, nullable: known.nullable, list: false, field: known }, type)
    return [{ field: name, value }]
  })
}

function data(context: Context, slot: number | undefined, path: string): DataSlot {
  const param = slot ?? context.slots.length
  context.fill(param, { use: 'data', path }, { type: 'json' })
  return { param, path }
}

function checkVersion(context: Context, entity: Entity, slot: number | undefined): { expectedVersion?: Operand } {
  if (slot === undefined) return {}
  // Whoever may not read the version has none: a guess that is told apart from a hit would be reading it.
  const known = entity.versioned === undefined ? undefined : context.field(shown(entity), entity.versioned)
  if (known === undefined) context.complain('expectedVersion', `${entity.name} has no version`)
  return { expectedVersion: context.value(slot, 'expectedVersion', { type: 'integer' }) }
}

function returning(context: Context, entity: Entity, shape: Shape): { returning?: Selection } {
  return shape.returning === true ? { returning: checkSelection(context, shown(entity), {}) } : {}
}

/** Rows of a bulk write. A filter without conditions needs `all`, however deep it is nested; what its values restrict is not looked at. */
function scoped(context: Context, entity: Entity, operation: Operation, shape: Shape) {
  const before = context.complained
  const where = checkWhere(context, { entity, operation: operation.name }, shape)
  if (isAlways(where) && shape.all !== true && context.complained === before)
    context.complain('filter', 'Must not be empty; say {all: true} to mean every row')
  return where
}

/** The unique key that `where` names, whole and nothing else. The tenant's part of a key may be left to the engine. */
function checkUnique(context: Context, entity: Entity, where: SlotsByName): Match {
  const names = Object.keys(where)
  const visible = names.map((name) => context.known(shown(entity), name, `where.${name}`)).every((known) => known !== undefined)
  const singles = [...entity.fields.values()].filter((known) => known.unique !== false).map((known) => [known.name])
  const keys = [entity.key, ...singles, ...entity.indexes.filter((index) => index.unique).map((index) => index.fields)]
  const named = (key: readonly string[]) => key.length === names.length && key.every((name) => names.includes(name))
  // A hidden field is answered like an unknown one, which is no key either.
  if (!visible || !keys.some((key) => named(key) || named(key.filter((name) => name !== entity.tenant))))
    context.complain('where', 'Must name one unique key')
  return names.map((name) => matched(context, entity, name, where[name] as number, `where.${name}`, false))
}

/** Requests of the writing methods, without entity and operation. */
type Write = (context: Context, entity: Entity, operation: Operation, shape: Shape) => Written

const byMethod: Readonly<Record<string, Write>> = {
  create: (context, entity, _, shape) => ({
    kind: 'create',
    data: data(context, shape.data, 'data'),
    selection: checkSelection(context, shown(entity), shape),
  }),
  createMany: (context, entity, _, shape) => ({
    kind: 'createMany',
    items: data(context, shape.data, 'items'),
    ...returning(context, entity, shape),
  }),
  update: (context, entity, _, shape) => ({
    kind: 'update',
    match: checkId(context, entity, shape.id),
    changes: checkChanges(context, entity, shape.changes ?? {}, 'data'),
    ...checkVersion(context, entity, shape.expectedVersion),
    selection: checkSelection(context, shown(entity), shape),
    quiet: false,
  }),
  updateMany: (context, entity, operation, shape) => ({
    kind: 'updateMany',
    where: scoped(context, entity, operation, shape),
    changes: checkChanges(context, entity, shape.changes ?? {}, 'data', operation.name),
    ...returning(context, entity, shape),
  }),
  delete: (context, entity, _, shape) => ({
    kind: 'delete',
    match: checkId(context, entity, shape.id),
    ...checkVersion(context, entity, shape.expectedVersion),
  }),
  deleteMany: (context, entity, operation, shape) => ({ kind: 'deleteMany', where: scoped(context, entity, operation, shape) }),
  upsert: (context, entity, _, shape) => ({
    kind: 'upsert',
    match: checkUnique(context, entity, shape.where ?? {}),
    create: data(context, shape.data, 'create'),
    changes: checkChanges(context, entity, shape.changes ?? {}, 'update'),
    selection: checkSelection(context, shown(entity), shape),
  }),
}

export const writes: ReadonlyMap<string, Write> = new Map(Object.entries(byMethod))

/** A request but for its entity and operation. */
export type Written = Request extends infer R ? (R extends { kind: string } ? Omit<R, 'entity' | 'operation'> : never) : never
