/** Whole reads, groups, trees and writes. In charge of the list; knows no dialect. */
import type { Aggregate, Having, Insert, Measure, Operand, Order, Predicate, Query, Read, SetValue, Update } from '../../../src/query/ast.ts'
import { always } from '../../../src/query/ast.ts'
import { and, compare, constant, field, not, session } from '../../../src/query/build.ts'
import { Held, Owner, Place, Thing, type TypeName, types } from './entities.ts'
import { exists, given, json, level, many, me, one, own, path, seen, toOwner, toUp } from './given.ts'

type Asked = Exclude<Query, Insert>
const limit = given(10, types.integer)
const offset = given(20, types.integer)
const asc = (by: Operand): Order => ({ by, direction: 'asc' })
const desc = (by: Operand): Order => ({ by, direction: 'desc' })
const read = (more: Partial<Read> = {}): Read => ({
  kind: 'read',
  entity: Thing,
  where: always,
  columns: [{ field: 'id' }],
  probes: [],
  order: [],
  total: false,
  reach: 'many',
  ...more,
})
const named = compare('eq', field('name'), one('string'))
const pages: Readonly<Record<string, Partial<Read>>> = {
  '': {},
  'limited ': { limit },
  'offset ': { offset },
  'limited, offset ': { limit, offset },
  'by a key ': { limit, order: [desc(field('string')), asc(field('id'))] },
  'sought ': { limit, order: [asc(field('id'))], seek: compare('gt', field('id'), one('uuid')) },
  'without columns ': { columns: [], limit },
  'of each ': { partition: ['ownerId', 'enum'], limit, order: [asc(field('string'))] },
  'of each, offset ': { partition: ['ownerId'], limit, offset, order: [desc(seen('string')), asc(field('id'))] },
  'of each, offset alone ': { partition: ['ownerId'], offset },
  'of each, unlimited ': { partition: ['ownerId'], columns: [] },
}
const everyType = (Object.keys(types) as TypeName[]).map((name) => ({ field: name }))

export function reads(): Readonly<Record<string, Asked>> {
  const kinds = Object.entries(pages).flatMap(([name, more]) => [
    [`page ${name}`, read({ where: named, ...more })] as const,
    [`page ${name}with its total`, read({ where: named, total: true, ...more })] as const,
    [`page ${name}of all with its total`, read({ total: true, ...more })] as const,
  ])
  const sorted = Object.entries({
    'a key': [asc(field('id')), asc(field('string'))],
    'a unique': [asc(field('code')), asc(field('string'))],
    'a unique that may be none': [asc(field('nick')), asc(field('string'))],
    'a folded unique': [desc(field('name')), asc(field('id')), asc(field('string'))],
    'a guarded key': [desc(seen('id')), asc(field('string'))],
    'a guarded unique': [asc(seen('code')), desc(field('id'))],
    'what may be none': [desc(field('integer')), asc(field('boolean')), desc(field('bytes'))],
    'a path': [desc(path('level', toOwner)), asc(path('handle', toUp, toOwner))],
    'places in a document': [asc(json(['n'], 'number')), desc(json(['s'], 'string', own))],
    'a level': [asc(level(field('enum')))],
    'every type': everyType.map((column) => asc(field(column.field))),
  }).map(([name, order]) => [`by ${name}`, read({ order })] as const)
  return {
    ...Object.fromEntries([...kinds, ...sorted]),
    'every type': read({ columns: everyType, reach: 'one', where: compare('eq', field('id'), me) }),
    'every type, guarded': read({ columns: everyType.map((column) => ({ ...column, guard: own })) }),
    'questions of rows': read({ columns: [], probes: [own, named, not(exists(toOwner, always))], reach: 'one' }),
    'places by half their key': read({
      entity: Place,
      columns: [{ field: 'row' }],
      order: [asc(field('row')), asc(field('column')), desc(field('label'))],
    }),
    'a unique of tenants': read({ entity: Held, order: [asc(field('slug')), asc(field('id')), asc(field('size'))] }),
  }
}

const groups = (more: Partial<Aggregate>): Aggregate => ({
  kind: 'aggregate',
  entity: Thing,
  where: always,
  groupBy: [],
  measures: [],
  order: [],
  ...more,
})
const measure = (fn: 'sum' | 'avg' | 'min' | 'max', name: TypeName, guard?: Predicate): Measure => ({
  fn,
  column: guard === undefined ? { field: name } : { field: name, guard },
  type: Thing.fields.get(name) ?? types.integer,
})

export function aggregates(): Readonly<Record<string, Asked>> {
  const numbers: readonly TypeName[] = ['integer', 'bigint', 'price', 'total', 'float']
  const cell = { kind: 'measure', index: 0 } as const
  const group = { kind: 'group', index: 0 } as const
  const havings = (of: typeof cell | typeof group, type: TypeName): Readonly<Record<string, Having>> => ({
    'compared with its own': { kind: 'compare', op: 'gt', left: of, right: one(type) },
    'compared with a whole number': { kind: 'compare', op: 'eq', left: of, right: one('integer') },
    'compared with a decimal': { kind: 'compare', op: 'lte', left: of, right: constant('1.50', types.price) },
    'in a list': { kind: 'in', left: of, list: many(type) },
    'in doubles': { kind: 'in', left: of, list: many('float') },
    none: { kind: 'isNull', of },
    'not both': {
      kind: 'not',
      of: {
        kind: 'and',
        all: [
          { kind: 'isNull', of },
          { kind: 'compare', op: 'ne', left: of, right: session('user.level', types.integer) },
        ],
      },
    },
    either: {
      kind: 'or',
      any: [
        { kind: 'isNull', of },
        { kind: 'in', left: of, list: session('user.numbers', types.integer) },
      ],
    },
  })
  const made: [string, Asked][] = []
  for (const name of numbers)
    for (const fn of ['sum', 'avg', 'max'] as const) {
      made.push([`${fn} of ${name}`, groups({ measures: [measure(fn, name), measure(fn, name, own)], groupBy: [{ field: 'enum' }] })])
      made.push([`sorted by ${fn} of ${name}`, groups({ measures: [measure(fn, name)], order: [{ by: cell, direction: 'desc' }] })])
      for (const [how, having] of Object.entries(havings(cell, name)))
        made.push([`${fn} of ${name} ${how}`, groups({ measures: [measure(fn, name)], having })])
    }
  for (const { field: name } of everyType.filter(({ field: one }) => one !== 'json'))
    made.push([
      `groups of ${name}`,
      groups({ groupBy: [{ field: name }, { field: 'enum', guard: own }], measures: [measure('min', name as TypeName), { fn: 'count' }] }),
    ])
  for (const [how, having] of Object.entries(havings(group, 'price'))) made.push([`group ${how}`, groups({ groupBy: [{ field: 'price' }], having })])
  const order = [{ by: { kind: 'group', index: 1 } as const, direction: 'desc' as const }]
  return {
    ...Object.fromEntries(made),
    'how many': groups({ measures: [{ fn: 'count' }, { fn: 'count' }] }),
    'how many of some': groups({ measures: [{ fn: 'count' }], where: named }),
    'how many and most': groups({ measures: [{ fn: 'count' }, measure('max', 'integer')] }),
    'whether there are': groups({ having: { kind: 'and', all: [] } }),
    'no group': groups({ groupBy: [{ field: 'enum' }], having: { kind: 'or', any: [] } }),
    'groups sorted by a measure': groups({
      groupBy: [{ field: 'enum' }],
      measures: [{ fn: 'count' }],
      order: [{ by: { kind: 'measure', index: 0 }, direction: 'asc' }],
    }),
    'sorted groups': groups({ groupBy: [{ field: 'enum' }, { field: 'string' }, { field: 'boolean' }], order, limit }),
  }
}

export function writes(): Readonly<Record<string, Asked>> {
  const update = (set: Update['set'], more: Partial<Update> = {}): Update => ({
    kind: 'update',
    entity: Thing,
    set,
    where: named,
    reach: 'one',
    ...more,
  })
  const set = (name: string, value: SetValue): Update['set'] => [{ field: name, value }]
  const sets: Readonly<Record<string, Update['set']>> = {
    nothing: [],
    ...Object.fromEntries((Object.keys(types) as TypeName[]).map((name) => [`${name} to a value`, set(name, one(name))])),
    'a folded name to a value': set('name', one('string')),
    'a folded name to another field': set('name', field('nick')),
    'a folded name to none': set('name', constant(null, types.string)),
    'a folded name to a path': set('name', path('handle', toOwner)),
    'a number to a field': set('bigint', field('integer')),
    'one more': set('listed', { kind: 'increment' }),
    'its position': set('listed', { kind: 'position', list: many('uuid') }),
    'its position among constants': set('listed', { kind: 'position', list: constant([], types.uuid) }),
    several: [...set('upId', me), ...set('datetime', session('context.now', types.datetime)), ...set('enum', session('user.unfit', types.enum))],
  }
  const row = { columns: [{ field: 'id' }, { field: 'string', guard: own }], probes: [named] }
  const forest = { kind: 'tree', entity: Thing, root: { kind: 'isNull', of: field('upId') }, parent: { field: 'upId' } } as const
  return {
    ...Object.fromEntries(Object.entries(sets).map(([name, of]) => [`set ${name}`, update(of)])),
    'set many': update(set('listed', one('integer')), { reach: 'many', where: always }),
    'set by its own table': update(set('listed', one('integer')), { where: exists(toUp, named) }),
    'set nothing by another table': update([], { reach: 'many', where: exists(toOwner, compare('eq', field('handle'), one('string'))) }),
    'remove one': { kind: 'delete', entity: Thing, where: compare('eq', field('id'), me), reach: 'one' },
    'remove many': { kind: 'delete', entity: Thing, where: and(named, exists(toUp, named)), reach: 'many' },
    'remove all': { kind: 'delete', entity: Owner, where: always, reach: 'many' },
    forest: { ...forest, ...row, where: named },
    'forest of all': { ...forest, where: always, columns: [], probes: [] },
    'guarded forest': { ...forest, ...row, where: exists(toOwner, always), parent: { field: 'upId', guard: own } },
  }
}

export const insertions: Readonly<Record<string, Insert>> = {
  'a thing': { kind: 'insert', entity: Thing, fields: ['id', ...everyType.map((column) => column.field)] },
  'a named thing below another': { kind: 'insert', entity: Thing, fields: ['upId', 'name', 'id'] },
  'an owner': { kind: 'insert', entity: Owner, fields: ['id', 'handle'] },
}
