/**
 * Calls that an entity invites, by its operations and what a role sees of it: made of the schema alone, so that a schema that grows
 * is asked about more. Values mean nothing, for no plan depends on one. Must not know what the plans are.
 */
import type { Rights } from '../../../src/policy/rights.ts'
import { parameters } from '../../../src/protocol/message.ts'
import type { Entity, Field, Operation } from '../../../src/schema/entity.ts'

export interface PlannedCall {
  readonly name: string
  readonly method: string
  readonly named: Record<string, unknown>
}

type Params = readonly unknown[]

const plain = (field: Field | undefined): boolean => field !== undefined && field.type !== 'json' && field.type !== 'bytes'
/** Options of a page among the inputs of an operation. */
const paging = new Set(['sort', 'limit', 'page', 'after', 'select', 'include', 'filter', 'total'])
const numeric = new Set(['integer', 'bigint', 'decimal', 'float'])

const all = (names: Iterable<string>, value: unknown = 1): Record<string, unknown> => Object.fromEntries([...names].map((name) => [name, value]))
const idOf = (entity: Entity): unknown => (entity.key.length === 1 ? 1 : all(entity.key))

/** Each of these is made of plans that other calls have shown: where nothing is left out, they are asked for all the same. */
const composed: ReadonlySet<string> = new Set(['createMany', 'upsert'])

/** Every call of one entity. The same name is the same question to every role, though what it may name differs. */
export function callsOf(entity: Entity, rights: Rights, whole: boolean): readonly PlannedCall[] {
  return [...entity.operations.values()]
    .filter(({ kind }) => whole || !composed.has(kind))
    .flatMap((operation) =>
      Object.entries(optionsOf(entity, operation, rights, whole)).map(([name, params]): PlannedCall => {
        const basic = Object.hasOwn(parameters, operation.name)
        const method = basic ? operation.name : 'call'
        const given = basic ? [entity.name, ...params] : [entity.name, operation.name, ...params]
        const table = (parameters as Readonly<Record<string, readonly string[]>>)[method] as readonly string[]
        const named = Object.fromEntries(given.flatMap((value, i) => (value === undefined ? [] : [[(table[i] as string).replace('?', ''), value]])))
        return { name: `${operation.name}${name === '' ? '' : ` ${name}`}`, method, named }
      }),
    )
}

function optionsOf(entity: Entity, operation: Operation, rights: Rights, whole: boolean): Readonly<Record<string, Params>> {
  switch (operation.kind) {
    case 'read':
      return { '': [idOf(entity)], include: [idOf(entity), { include: includes(entity, rights, 0) }] }
    case 'list':
      return lists(entity, rights)
    case 'search':
      return { '': ['word'] }
    case 'count':
      return {
        '': [],
        'related rows': [{ filter: { or: related(entity, rights) } }],
        not: [{ filter: { not: all(fieldsOf(entity, rights).slice(0, 1)) } }],
      }
    case 'aggregate':
      return aggregates(entity, rights)
    case 'create':
      return { '': [{}] }
    case 'createMany':
      return { '': [[{}]] }
    case 'update':
      return updates(entity, rights)
    case 'updateMany':
      return bulk(entity, rights, whole)
    case 'delete':
      return { '': [idOf(entity)], version: [idOf(entity), { expectedVersion: 1 }] }
    case 'deleteMany':
      return { '': [{}, { all: true }], filtered: [all(fieldsOf(entity, rights).slice(0, 2))] }
    case 'upsert':
      return upserts(entity, rights)
    default:
      return inputs(operation)
  }
}

const readable = (entity: Entity, rights: Rights): readonly string[] => [...rights.readable(entity, 'read')]
const fieldsOf = (entity: Entity, rights: Rights): readonly string[] => readable(entity, rights).filter((name) => plain(entity.fields.get(name)))
const writable = (entity: Entity, rights: Rights): readonly string[] => [...rights.writable(entity, 'update')]

/** Relations whose links the role may name, in each direction; `deep` more steps behind them. */
function includes(entity: Entity, rights: Rights, deep: number): Record<string, unknown> {
  const seen = [...entity.relations.values()].filter((relation) => visible(entity, relation.name, rights))
  return Object.fromEntries(
    seen.map((relation) => {
      const target = rights.schema.entities.get(relation.target) as Entity
      const inner = deep === 0 ? {} : includes(target, rights, deep - 1)
      return [relation.name, relation.kind === 'many' ? { limit: 3, include: inner } : { include: inner }]
    }),
  )
}

function visible(entity: Entity, name: string, rights: Rights): boolean {
  const relation = entity.relations.get(name)
  const target = relation === undefined ? undefined : rights.schema.entities.get(relation.target)
  if (relation === undefined || target === undefined || relation.through !== undefined)
    return target !== undefined && readable(target, rights).length > 0
  const own = readable(entity, rights)
  const theirs = readable(target, rights)
  return relation.local.every((field) => own.includes(field)) && relation.foreign.every((field) => theirs.includes(field))
}

function related(entity: Entity, rights: Rights): readonly object[] {
  return [...entity.relations.values()]
    .filter((relation) => visible(entity, relation.name, rights))
    .flatMap((relation): object[] => {
      const [first] = fieldsOf(rights.schema.entities.get(relation.target) as Entity, rights)
      const inner = first === undefined ? {} : { [first]: 1 }
      const { name } = relation
      return relation.kind === 'many'
        ? [{ [name]: { some: inner } }, { [name]: { every: inner } }, { [name]: { none: inner } }]
        : [{ [name]: inner }, { [name]: null }]
    })
}

function lists(entity: Entity, rights: Rights): Record<string, Params> {
  const fields = fieldsOf(entity, rights)
  const hidden = [...entity.fields.keys()].filter((name) => !readable(entity, rights).includes(name))
  const [first, second] = fields
  return {
    '': [],
    'by every field': [{ filter: all(fields) }],
    'sorted by two': [{ sort: [first, second].filter((name) => name !== undefined).map((name) => ({ [name]: 'desc' })), page: 2, total: 'none' }],
    'behind a cursor': [{ sort: all([second ?? first ?? 'none'], 'asc'), after: 'x' }],
    'in or not null': [
      {
        filter: { or: [all(fields.slice(0, 2), { in: [1] }), { not: all(fields.slice(-2), null) }] },
        ...(first === undefined ? {} : { select: [first] }),
      },
    ],
    ...(hidden.length === 0 ? {} : { 'by what is hidden': [{ filter: all(hidden), sort: all(hidden, 'asc'), select: hidden }] }),
  }
}

function aggregates(entity: Entity, rights: Rights): Record<string, Params> {
  const fields = fieldsOf(entity, rights)
  const sums = fields.filter((name) => numeric.has(entity.fields.get(name)?.type ?? ''))
  const [group] = fields
  return {
    '': [],
    measures: [{ sum: sums, avg: sums, min: sums, count: false }],
    groups: [
      {
        groupBy: fields.slice(0, 2),
        having: { count: { gt: 1 }, ...(group === undefined ? {} : { not: { [group]: 1 } }) },
        sort: { count: 'desc' },
        limit: 3,
      },
    ],
  }
}

function updates(entity: Entity, rights: Rights): Record<string, Params> {
  const fields = writable(entity, rights)
  const brief = briefly(entity, rights)
  // Links, uniques and scripts have questions of their own; what the others have, updateMany shows.
  const special = fields
    .map((name) => entity.fields.get(name) as Field)
    .filter((f) => f.foreignKey !== undefined || f.unique !== false || f.code !== undefined)
  return {
    'of every field': [idOf(entity), all(fields)],
    ...Object.fromEntries(special.map(({ name }) => [`of ${name}`, [idOf(entity), { [name]: 1 }, brief]])),
    version: [idOf(entity), all(fields.slice(0, 1)), { expectedVersion: 1, ...brief, include: includes(entity, rights, 0) }],
  }
}

/** Of the answer just one field, where the rest of the plan matters. */
const briefly = (entity: Entity, rights: Rights): Record<string, unknown> => {
  const [first] = readable(entity, rights)
  return first === undefined ? {} : { select: [first] }
}

function bulk(entity: Entity, rights: Rights, whole: boolean): Record<string, Params> {
  const fields = writable(entity, rights)
  const alone = whole ? fields : fields.slice(0, 2)
  const [first = 'none'] = fields
  return {
    ...Object.fromEntries(alone.map((name) => [`of ${name}`, [{}, { [name]: 1 }, { all: true }]])),
    returning: [all(fieldsOf(entity, rights).slice(0, 1)), { [first]: 1 }, { returning: true }],
  }
}

function upserts(entity: Entity, rights: Rights): Record<string, Params> {
  const uniques = [...entity.fields.values()].filter((field) => field.unique !== false && !entity.key.includes(field.name)).map((field) => field.name)
  const update = all(writable(entity, rights).slice(0, 2))
  const on = (names: readonly string[]): Params => [{ where: all(names), create: all(names), update, ...briefly(entity, rights) }]
  const nothing = { where: all(entity.key), create: all(entity.key), update: {}, ...briefly(entity, rights) }
  const several = entity.indexes.filter((index) => index.unique).map(({ fields }) => [`by ${fields.join(' and ')}`, on(fields)] as const)
  return {
    'by key': on(entity.key),
    'of nothing': [nothing],
    ...Object.fromEntries(several),
    ...Object.fromEntries(uniques.map((name) => [`by ${name}`, on([name])])),
  }
}

/** Operations with inputs of their own: what they require, then with what they take besides. */
function inputs({ input }: Operation): Record<string, Params> {
  const listed = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name === 'ids' ? [1] : 1]))
  const more = input.optional.filter((name) => !paging.has(name))
  return { '': [listed(input.required)], ...(more.length === 0 ? {} : { optional: [listed([...input.required, ...more])] }) }
}
