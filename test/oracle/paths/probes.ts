/** What is asked at each place of the list of paths: one call or more for every guard of every kind. In charge of the questions only. */
import { type Guard, type Position, paths } from '../../../src/policy/paths.ts'
import type { OperationKind, Value } from '../../../src/schema/entity.ts'
import { type Asked, password } from './world.ts'

export interface Probe extends Asked {
  readonly guard: Guard
}

type Options = { readonly [name: string]: Value }

/** How an operation of a kind is called: with these options, and with these values for what it cannot do without. */
interface Way {
  readonly entity?: string
  call(options: Options, given?: Options): Asked
}

const ask = (method: string, ...params: readonly Value[]): Asked => ({ method, params })
const operation = (name: string, usual: Options, entity = 'Doc'): Way => ({
  call: (options, given = {}) => ask('call', entity, name, { ...usual, ...given, ...options }),
})

const ways: Readonly<Record<OperationKind, Way>> = {
  read: { call: (options, { id = 'd1' } = {}) => ask('read', 'Doc', id, options) },
  list: { call: (options) => ask('list', 'Doc', options) },
  search: { call: (options, { text = 'o' } = {}) => ask('search', 'Doc', text, options) },
  count: { call: (options) => ask('count', 'Doc', options) },
  aggregate: { call: (options) => ask('aggregate', 'Doc', options) },
  create: { call: (options, { data = {} } = {}) => ask('create', 'Doc', { id: 'n1', ...(data as object) }, options) },
  createMany: {
    call: (options, { data = {} } = {}) => ask('createMany', 'Doc', [{ id: 'n1', ...(data as object) }], { returning: true, ...options }),
  },
  update: { call: (options, { id = 'd1', data = { title: 'new' } } = {}) => ask('update', 'Doc', id, data, options) },
  updateMany: {
    call: ({ filter = {}, ...options }, { data = { title: 'new' } } = {}) => ask('updateMany', 'Doc', filter, data, { all: true, ...options }),
  },
  delete: { call: (options, { id = 'd1' } = {}) => ask('delete', 'Doc', id, options) },
  deleteMany: { call: ({ filter = {}, ...options }) => ask('deleteMany', 'Doc', filter, { all: true, ...options }) },
  upsert: {
    call: (options, { where = { id: 'd1' }, create = {}, update = { title: 'new' } } = {}) =>
      ask('upsert', 'Doc', { where, create: { id: 'n1', ...(create as object) }, update, ...options }),
  },
  find_by: operation('byMark', { mark: 'm1' }),
  list_by: operation('byShelf', { shelf: 's' }),
  tree: operation('getTree', { shelf: 's' }),
  reorder: operation('arrange', { ids: ['d3', 'd2'] }),
  move: operation('shift', { id: 'd3', upId: 'd1', place: 0 }),
  set_secret: operation('put', { name: 'ann', password }, 'Login'),
  verify_secret: operation('try', { name: 'ann', password }, 'Login'),
  update_by: operation('setByMark', { mark: 'm1', title: 'new' }),
  delete_by: operation('dropByMark', { mark: 'm1' }),
}

const probe = (guard: Guard, asked: Asked): Probe => ({ guard, ...asked })

/** One probe for each of several options. */
const each = (guard: Guard, way: Way, name: string, values: readonly Value[]): Probe[] =>
  values.map((value) => probe(guard, way.call({ [name]: value })))

/** One row a page. */
const limited = (one: Probe): Probe => ({
  ...one,
  params: one.params.map((param, i) => (i === one.params.length - 1 ? { ...(param as object), limit: 1 } : param)),
})

type Asks = Partial<Record<Guard, (way: Way, kind: OperationKind) => readonly Probe[]>>

const conditions: readonly Value[] = ['s1', null, { startsWith: 's' }, { isNull: false }, { ne: 'x' }, { in: ['s1'] }]

/** What stands for a row in the data of a kind. */
const dataOf = (way: Way, kind: OperationKind, data: Options): Asked =>
  kind === 'update_by' ? way.call(data) : way.call({}, kind === 'upsert' ? { create: data, update: data } : { data })

const branch = (name: 'create' | 'update', where: string): Asks => ({
  unknown: (way) =>
    ['secret', 'crateId', 'version'].map((field) => probe('unknown', way.call({}, { where: { id: where }, [name]: { [field]: null } }))),
  absent: (way) => [
    probe('absent', way.call({}, { where: { id: where }, [name]: { upId: 'dh' } })),
    probe('absent', way.call({}, { where: { id: where }, [name]: { boxId: 'bh' } })),
  ],
})

/** The members of an answer that a later step may refer to. */
const results: Partial<Record<OperationKind, string>> = {
  read: '',
  create: '',
  update: '',
  upsert: '',
  find_by: '',
  move: '',
  list: '.data[0]',
  search: '.data[0]',
  list_by: '.data[0]',
  tree: '[0]',
  createMany: '[0]',
  updateMany: '[0]',
}

function referring(way: Way, kind: OperationKind): readonly Probe[] {
  if (kind === 'aggregate') {
    const { method, params } = way.call({ max: ['size'] })
    return [
      probe(
        'unknown',
        ask('transaction', [
          { method, params: params.map((p, i) => (i === 1 ? { max: ['weight'] } : p)) },
          { method: 'list', params: ['Doc', { filter: { size: '$steps[0][0].max.weight' } }] },
        ]),
      ),
    ]
  }
  const { method, params } = way.call(kind === 'updateMany' ? { returning: true } : {})
  const refer = `$steps[0]${results[kind]}.secret`
  return [
    probe(
      'unknown',
      ask('transaction', [
        { method, params },
        { method: 'count', params: ['Doc', { filter: { title: refer } }] },
      ]),
    ),
  ]
}

/** A new row has no children yet, but it may stand beside others. */
const inBox = (guard: Guard): Probe =>
  probe(guard, ask('create', 'Doc', { id: 'n1', boxId: 'b1' }, { include: { box: { include: { docs: true } } } }))

const asks: Readonly<Record<Position, Asks>> = {
  id: { absent: (way) => [probe('absent', way === ways.move ? way.call({ id: 'dh' }) : way.call({}, { id: 'dh' }))] },
  data: {
    unknown: (way, kind) => ['secret', 'sealed', 'crateId', 'version', 'weight'].map((name) => probe('unknown', dataOf(way, kind, { [name]: null }))),
    absent: (way, kind) => [probe('absent', dataOf(way, kind, { upId: 'dh' })), probe('absent', dataOf(way, kind, { boxId: 'bh' }))],
    taken: (way, kind) =>
      kind === 'updateMany'
        ? [probe('taken', way.call({ filter: { id: 'd1' } }, { data: { mark: 'mh' } }))]
        : [probe('taken', dataOf(way, kind, { mark: 'mh' })), ...(kind === 'update' ? [] : [probe('taken', dataOf(way, kind, { id: 'dh' }))])],
  },
  filter: {
    unknown: (way) =>
      each('unknown', way, 'filter', [
        ...conditions.map((condition): Value => ({ secret: condition })),
        { not: { secret: 's1' } },
        { or: [{ title: 'one' }, { and: [{ weight: { gt: 0 } }] }] },
        { sealed: null },
        { version: 1 },
        { vaultId: 'v1' },
      ]),
    blind: (way) => each('blind', way, 'filter', [{ note: 'n1' }, { not: { note: { ne: 'n8' } } }, { note: { gt: 'n8' } }, { note: { in: ['n9'] } }]),
    absent: (way) => each('absent', way, 'filter', [{ id: 'dh' }, { title: 'three or so' }, { size: { gt: 3 } }, { upId: 'd1' }]),
  },
  related: {
    unknown: (way) =>
      each('unknown', way, 'filter', [
        { vault: { title: 'v1' } },
        { vault: null },
        { crate: { title: 'c1' } },
        { crate: null },
        { box: { secret: 's' } },
        { box: { docs: { some: { secret: 's1' } } } },
        { docs: { none: { weight: 1 } } },
      ]),
    blind: (way) =>
      each('blind', way, 'filter', [
        { id: 'd1', docs: { some: { note: 'n9' } } },
        { id: 'd1', docs: { every: { note: { ne: 'n9' } } } },
      ]),
    absent: (way) =>
      each('absent', way, 'filter', [
        { docs: { some: { title: 'three or so' } } },
        { id: 'd1', docs: { every: { size: { lt: 5 } } } },
        { id: 'd1', docs: { none: { size: 7 } } },
        { box: { docs: { some: { id: 'dh' } } } },
      ]),
  },
  json: {
    unknown: (way) =>
      each('unknown', way, 'filter', [{ 'sealed.a': 's1' }, { 'sealed.a': null }, { 'sealed.a': { ne: 'x' } }, { 'sealed.a': { isNull: true } }]),
  },
  search: {
    blind: (way, kind) => [probe('blind', kind === 'search' ? way.call({}, { text: 'n1' }) : way.call({ search: 'n1' }))],
    absent: (way, kind) => [probe('absent', kind === 'search' ? way.call({}, { text: 'three' }) : way.call({ search: 'three' }))],
  },
  sort: {
    unknown: (way, kind) =>
      kind === 'aggregate'
        ? [
            probe('unknown', way.call({ groupBy: ['secret'], sort: { secret: 'asc' } })),
            probe('unknown', way.call({ max: ['weight'], sort: { max: { weight: 'desc' } } })),
          ]
        : each('unknown', way, 'sort', [{ secret: 'asc' }, { weight: 'desc' }, [{ title: 'asc' }, { version: 'desc' }], { crateId: 'asc' }]),
    blind: (way, kind) =>
      kind === 'aggregate'
        ? [probe('blind', way.call({ groupBy: ['size'], max: ['note'], sort: { max: { note: 'desc' } }, limit: 1 }))]
        : each('blind', way, 'sort', [{ note: 'asc' }, [{ shelf: 'asc' }, { note: 'desc' }]]),
  },
  select: {
    unknown: (way) => each('unknown', way, 'select', [['secret'], ['id', 'weight'], ['version'], ['sealed'], ['vaultId']]),
    blind: (way) => each('blind', way, 'select', [['id', 'note']]),
  },
  include: {
    unknown: (way) =>
      each('unknown', way, 'include', [
        { vault: true },
        { crate: true },
        { box: { select: ['secret'] } },
        { docs: { filter: { secret: 's2' } } },
        { docs: { sort: { weight: 'asc' } } },
        { docs: { include: { crate: true } } },
      ]),
    blind: (way, kind) =>
      kind === 'create'
        ? [inBox('blind')]
        : each('blind', way, 'include', [
            { docs: true },
            { docs: { filter: { note: 'n9' } } },
            { docs: { sort: { note: 'asc' }, limit: 1, select: ['id'] } },
          ]),
    absent: (way, kind) =>
      kind === 'create'
        ? [inBox('absent')]
        : each('absent', way, 'include', [
            { docs: true },
            { docs: { limit: 2, sort: { size: 'desc' } } },
            { docs: { filter: { size: { gt: 3 } } } },
            { box: { include: { docs: true } } },
          ]),
  },
  cursor: {
    unknown: (way) => ['secret', 'weight'].map((name) => ({ ...probe('unknown', way.call({ limit: 1 })), then: { sort: { [name]: 'asc' } } })),
    blind: (way) => each('blind', way, 'sort', [{ note: 'asc' }, { note: 'desc' }]).map((one) => ({ ...limited(one), then: { select: ['id'] } })),
    absent: (way) =>
      each('absent', way, 'sort', [{ size: 'desc' }, { title: 'asc' }]).map((one) => ({
        ...limited(one),
        ...(way === ways.list ? { pages: 4 } : { then: {} }),
      })),
  },
  group: {
    unknown: (way) => each('unknown', way, 'groupBy', [['secret'], ['title', 'weight'], ['crateId'], ['version']]),
    blind: (way) => each('blind', way, 'groupBy', [['note'], ['size', 'note']]),
  },
  measure: {
    unknown: (way) => ['sum', 'avg', 'min', 'max'].flatMap((name) => each('unknown', way, name, [['weight'], ['size', 'version']])),
    blind: (way) => [probe('blind', way.call({ max: ['note'] })), probe('blind', way.call({ groupBy: ['size'], min: ['note'] }))],
  },
  having: {
    unknown: (way) => [
      probe('unknown', way.call({ groupBy: ['secret'], having: { secret: 's1' } })),
      probe('unknown', way.call({ max: ['weight'], having: { max: { weight: { gt: 1 } } } })),
    ],
    blind: (way) => [probe('blind', way.call({ groupBy: ['size'], max: ['note'], having: { max: { note: 'n1' } } }))],
  },
  version: { unknown: (way) => each('unknown', way, 'expectedVersion', [1, 2]) },
  where: {
    unknown: (way) => [probe('unknown', way.call({}, { where: { secret: 's1' } }))],
    taken: (way) => [probe('taken', way.call({}, { where: { id: 'dh' } })), probe('taken', way.call({}, { where: { mark: 'mh' } }))],
  },
  createBranch: branch('create', 'n1'),
  updateBranch: branch('update', 'd1'),
  returning: {
    unknown: (way) => [probe('unknown', way.call({ returning: true }))],
    blind: (way) => [probe('blind', way.call({ returning: true }))],
    absent: (way) => [probe('absent', way.call({ returning: true }))],
  },
  by: {
    blind: (_, kind) => {
      const name = { find_by: 'bySecret', list_by: 'listBySecret', update_by: 'setBySecret', delete_by: 'dropBySecret' }[kind as 'find_by']
      const more: Options = kind === 'update_by' ? { title: 'new' } : {}
      return ['s1', 't1'].map((secret) => probe('blind', ask('call', 'Doc', name, { secret, ...more })))
    },
    absent: (way, kind) => [probe('absent', kind === 'list_by' ? way.call({}) : way.call({ mark: 'mh' }))],
  },
  scope: { absent: (way) => [probe('absent', way.call({}))] },
  siblings: {
    absent: (way, kind) =>
      kind === 'move'
        ? [0, 1, 2].map((place) =>
            probe('absent', ask('transaction', [way.call({ place }), ask('list', 'Doc', { sort: { place: 'asc' } })] as unknown as Value)),
          )
        : [probe('absent', way.call({ ids: ['d2', 'dh'] })), probe('absent', way.call({ ids: ['dh'] }))],
  },
  parent: { absent: (way) => [probe('absent', way.call({ upId: 'dh' }))] },
  account: { absent: (way) => [probe('absent', way.call({ name: 'eve' }))] },
  answer: {
    unknown: (way) => [probe('unknown', way.call({}))],
    blind: (way) => [probe('blind', way.call({}))],
    absent: (way) => [probe('absent', way.call({}))],
  },
  reference: { unknown: referring },
}

/** Every probe of a place. Throws where the list has a guard that nothing is asked for. */
export function probesAt(kind: OperationKind, position: Position): readonly Probe[] {
  return (paths[kind][position] ?? []).flatMap((guard) => {
    const make = asks[position][guard]
    if (make === undefined) throw new Error(`Nothing is asked of ${kind}, ${position}: ${guard}`)
    return make(ways[kind], kind)
  })
}
