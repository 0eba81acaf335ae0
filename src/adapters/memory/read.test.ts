/** Pages, groups and forests of the memory adapter. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { type Aggregate, always, type Having, never, type Order, type Predicate, type Read, type Tree } from '../../query/ast.ts'
import { compare, constant, field, not, param } from '../../query/build.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { createMemoryAdapter } from './memory.ts'

const integer = { type: 'integer' } as const
const money = { type: 'decimal', precision: 12, scale: 2 } as const
const Item = makeEntity('Item', {
  fields: {
    id: { type: 'integer', primary: true },
    kind: { type: 'string' },
    n: { type: 'integer' },
    price: { ...money },
    big: { type: 'bigint' },
    ratio: { type: 'float' },
    data: { type: 'json' },
  },
})
const rows: Value[][] = [
  [1, 'a', 3, '0.10', '9223372036854775807', 0.1, { x: 1 }],
  [2, 'a', 1, '0.20', '9223372036854775807', 1e16, null],
  [3, 'b', null, null, null, null, null],
  [4, null, 2, '-5.00', '-1', -1e16, [1]],
  [5, null, 3, '1.00', '1', 0.2, 'text'],
  [6, 'b', null, null, null, null, null],
]
const Node = makeEntity('Node', { fields: { id: { type: 'integer', primary: true }, parentId: { type: 'integer' }, live: { type: 'boolean' } } })

const adapter = createMemoryAdapter()
await adapter.prepare(makeSchema([Item, Node]))
await adapter.run(insertOf(Item), rowsOf(rows))

const column = (name: string) => ({ field: name })
const by = (name: string, direction: 'asc' | 'desc' = 'asc'): Order => ({ by: field(name), direction })

async function ids(where: Predicate, more: Partial<Read> = {}, params: readonly Value[] = []): Promise<Value[]> {
  return (await adapter.run(readOf(Item, where, { columns: [column('id')], ...more }), args(params))).rows.map(([id]) => id as Value)
}

async function aggregate(more: Partial<Aggregate>, params: readonly Value[] = []): Promise<readonly (readonly Value[])[]> {
  return (await adapter.run(aggregateOf(Item, more), args(params))).rows
}

test('only rows for which where is true are read', async () => {
  assert.deepEqual(await ids(compare('gt', field('n'), constant(1, integer))), [1, 4, 5])
  assert.deepEqual(await ids(not(compare('gt', field('n'), constant(1, integer)))), [2])
  assert.deepEqual(await ids(never), [])
})

test('order: nulls are smallest, guards read as null, text by code point', async () => {
  assert.deepEqual(await ids(always, { order: [by('n'), by('id')] }), [3, 6, 2, 4, 1, 5])
  assert.deepEqual(await ids(always, { order: [by('n', 'desc'), by('id', 'desc')] }), [5, 1, 4, 2, 6, 3])
  assert.deepEqual(await ids(always, { order: [by('kind'), by('n', 'desc')] }).then((all) => all.slice(0, 4)), [5, 4, 1, 2])
  const guarded: Order = {
    by: { kind: 'field', field: 'n', guard: compare('ne', field('kind'), constant('a', { type: 'string' })) },
    direction: 'asc',
  }
  assert.deepEqual(await ids(always, { order: [guarded, by('id')] }), [1, 2, 3, 4, 5, 6])
  const Word = makeEntity('Word', { fields: { id: { type: 'integer', primary: true }, w: { type: 'string' } } })
  const words = createMemoryAdapter()
  await words.prepare(makeSchema([Word]))
  await words.run(insertOf(Word), rowsOf(['\u{10000}', '\uffff', '\ud7ff', 'z', '', 'Z', null, '\ue000'].map((w, id) => [id, w])))
  const sorted = await words.run(readOf(Word, always, { columns: [column('w')], order: [by('w')] }), args())
  assert.deepEqual(sorted.rows.flat(), [null, '', 'Z', 'z', '\ud7ff', '\ue000', '\uffff', '\u{10000}'])
  const decimals = await ids(always, { order: [by('price', 'desc'), by('id')] })
  assert.deepEqual(decimals, [5, 2, 1, 4, 3, 6])
})

test('limit, offset, total and seek', async () => {
  const page = { limit: param(0, integer), offset: param(1, integer) }
  assert.deepEqual(await ids(always, page, [2, 3]), [4, 5])
  assert.deepEqual(await ids(always, page, [0, 0]), [])
  assert.deepEqual(await ids(always, page, [9, 9]), [])
  assert.deepEqual(await ids(always, { offset: param(0, integer) }, [4]), [5, 6])
  const query = readOf(Item, compare('lte', field('id'), constant(5, integer)), {
    columns: [column('id')],
    ...page,
    total: true,
    seek: compare('gt', field('id'), constant(2, integer)),
  })
  assert.deepEqual(await adapter.run(query, args([2, 1])), { rows: [[4], [5]], total: 5 })
  assert.deepEqual(await adapter.run(readOf(Item, never, { total: true }), args()), { rows: [], total: 0 })
})

test('partition pages each group, null being one', async () => {
  const within = { partition: ['kind'], order: [by('id', 'desc')] }
  assert.deepEqual(await ids(always, { ...within, limit: param(0, integer) }, [1]), [6, 5, 2])
  assert.deepEqual(await ids(always, { ...within, limit: param(0, integer), offset: param(1, integer) }, [1, 1]), [4, 3, 1])
  assert.deepEqual(await ids(always, within), [6, 5, 4, 3, 2, 1])
})

test('columns with guards and probes', async () => {
  const known = compare('gt', field('n'), constant(2, integer))
  const query = readOf(Item, always, { columns: [column('id'), { field: 'kind', guard: known }], probes: [known, always] })
  assert.deepEqual((await adapter.run(query, args())).rows, [
    [1, 'a', true, true],
    [2, null, false, true],
    [3, null, null, true],
    [4, null, false, true],
    [5, null, true, true],
    [6, null, null, true],
  ])
})

test('what a caller does to a json value does not reach the store', async () => {
  const given = { x: [1] }
  const other = createMemoryAdapter()
  await other.prepare(makeSchema([Item]))
  await other.run(insertOf(Item), rowsOf([[1, null, null, null, null, null, given]]))
  given.x.push(2)
  const read = async () => (await other.run(readOf(Item, always, { columns: [column('data')] }), args())).rows[0]?.[0] as { x: number[] }
  const first = await read()
  first.x.push(3)
  assert.deepEqual(await read(), { x: [1] })
})

test('measures over rows, nulls left out, and over nothing', async () => {
  const measures: Aggregate['measures'] = (['sum', 'avg', 'min', 'max'] as const).flatMap((fn) => [
    { fn, column: column('n'), type: integer as ValueType },
    { fn, column: column('price'), type: money },
    { fn, column: column('big'), type: { type: 'bigint' } as const },
    { fn, column: column('ratio'), type: { type: 'float' } as const },
  ])
  assert.deepEqual(await aggregate({ measures: [{ fn: 'count' }, ...measures] }), [
    [
      6,
      9,
      '-3.70',
      '18446744073709551614',
      0.30000000000000004,
      2.25,
      -3.7 / 4,
      2 ** 64 / 4,
      0.30000000000000004 / 4,
      1,
      '-5.00',
      '-1',
      -1e16,
      3,
      '1.00',
      '9223372036854775807',
      1e16,
    ],
  ])
  assert.deepEqual(await aggregate({ where: never, measures: [{ fn: 'count' }, ...measures] }), [[0, ...measures.map(() => null)]])
  assert.deepEqual(await aggregate({ where: never, groupBy: [column('kind')], measures: [{ fn: 'count' }] }), [])
  const guarded: Aggregate['measures'] = [
    { fn: 'sum', column: { field: 'n', guard: compare('eq', field('kind'), constant('a', { type: 'string' })) }, type: integer },
  ]
  assert.deepEqual(await aggregate({ measures: guarded }), [[4]])
})

test('groups: null is one, order by values, by measures, having, limit', async () => {
  const groupBy = [column('kind')]
  const measures: Aggregate['measures'] = [
    { fn: 'count' },
    { fn: 'sum', column: column('n'), type: integer },
    { fn: 'max', column: column('price'), type: money },
  ]
  assert.deepEqual(await aggregate({ groupBy, measures }), [
    [null, 2, 5, '1.00'],
    ['a', 2, 4, '0.20'],
    ['b', 2, null, null],
  ])
  const order: Aggregate['order'] = [{ by: { kind: 'measure', index: 1 }, direction: 'desc' }]
  assert.deepEqual(
    (await aggregate({ groupBy, measures, order })).map(([kind]) => kind),
    [null, 'a', 'b'],
  )
  assert.deepEqual(
    (await aggregate({ groupBy, measures, order: [{ by: { kind: 'group', index: 0 }, direction: 'desc' }], limit: param(0, integer) }, [2])).map(
      ([kind]) => kind,
    ),
    ['b', 'a'],
  )
  const over = (op: 'gt' | 'lt', value: Value, type: ValueType, index: number): Having => ({
    kind: 'compare',
    op,
    left: { kind: 'measure', index },
    right: constant(value, type),
  })
  const kinds = async (having: Having) => (await aggregate({ groupBy, measures, having })).map(([kind]) => kind)
  assert.deepEqual(await kinds(over('gt', 4, { type: 'float' }, 1)), [null])
  assert.deepEqual(await kinds({ kind: 'not', of: over('gt', 4, { type: 'float' }, 1) }), ['a'], 'unknown is not chosen by its negation')
  assert.deepEqual(await kinds(over('lt', '0.5', { type: 'decimal', precision: 38, scale: 4 }, 2)), ['a'])
  assert.deepEqual(await kinds({ kind: 'isNull', of: { kind: 'measure', index: 1 } }), ['b'])
  assert.deepEqual(await kinds({ kind: 'or', any: [] }), [])
  assert.deepEqual(await kinds({ kind: 'or', any: [over('gt', 9, { type: 'float' }, 1), { kind: 'isNull', of: { kind: 'group', index: 0 } }] }), [
    null,
  ])
  assert.deepEqual(await aggregate({ measures, having: over('gt', 100, integer, 0) }), [], 'having applies to the one group too')
  const hidden = [{ field: 'kind', guard: compare('lt', field('id'), constant(3, integer)) }]
  assert.deepEqual(await aggregate({ groupBy: hidden, measures: [{ fn: 'count' }] }), [
    [null, 4],
    ['a', 2],
  ])
})

test('a forest is walked through rows of where only; cycles end; each row comes once', async () => {
  const forest = createMemoryAdapter()
  await forest.prepare(makeSchema([Node]))
  const nodes: Value[][] = [
    [1, null, true],
    [2, 1, true],
    [3, 2, false],
    [4, 3, true],
    [5, null, true],
    [6, 7, true],
    [7, 6, true],
    [8, 8, true],
  ]
  await forest.run(insertOf(Node), rowsOf(nodes))
  const walk = async (where: Predicate, root: Predicate, guard?: Predicate): Promise<Value[]> => {
    const query = mint<Tree>({
      kind: 'tree',
      entity: Node,
      where,
      root,
      parent: { field: 'parentId', ...(guard ? { guard } : {}) },
      columns: [column('id')],
      probes: [always],
    })
    const { rows: found } = await forest.run(query, args())
    assert.ok(found.every((row) => row[1] === true))
    return found.map(([id]) => id as Value).sort()
  }
  const isRoot: Predicate = { kind: 'isNull', of: field('parentId') }
  const is = (id: number) => compare('eq', field('id'), constant(id, integer))
  const live = compare('eq', field('live'), constant(true, { type: 'boolean' }))
  assert.deepEqual(await walk(always, isRoot), [1, 2, 3, 4, 5])
  assert.deepEqual(await walk(live, isRoot), [1, 2, 5])
  assert.deepEqual(await walk(always, is(6)), [6, 7])
  assert.deepEqual(await walk(always, is(8)), [8])
  assert.deepEqual(await walk(always, { kind: 'or', any: [is(1), is(2)] }), [1, 2, 3, 4])
  assert.deepEqual(await walk(live, is(3)), [], 'a root must be a row of where')
  assert.deepEqual(await walk(always, isRoot, not(is(2))), [1, 5], 'a hidden parent leads nowhere')
  assert.deepEqual(await walk(never, always), [])
})
