/** Meaning on the database itself: null logic, json paths, relations, trees, pages and windows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { always, never, type Operand, type Predicate, type Tree, type Update } from '../../query/ast.ts'
import { compare, constant, field, param, session, when } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { createSqliteAdapter } from './adapter.ts'

const integer = { type: 'integer' } as const
const text = { type: 'string' } as const
const Node = makeEntity('Node', {
  fields: {
    id: { type: 'integer', primary: true },
    parentId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } },
    name: { type: 'string' },
    props: { type: 'json' },
  },
})
const rows: Value[][] = [
  [1, null, 'root', { color: 'red', n: 1, list: [10, 'x'], on: true, 'a"b.c': 1, nothing: null }],
  [2, 1, 'a', { color: 7 }],
  [3, 1, 'b', null],
  [4, 2, 'c', []],
  [5, 2, null, 'text'],
  [6, null, 'other', { list: { 1: 'x' } }],
]

async function opened() {
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await adapter.prepare(makeSchema([Node]))
  await adapter.run(insertOf(Node), rowsOf(rows))
  return adapter
}

const adapter = await opened()
test.after(() => adapter.close())

/** Answers per row: t, f or u. */
async function truth(question: Predicate, params: readonly Value[] = [], principal: Record<string, Value> = {}): Promise<string> {
  const query = readOf(Node, always, { columns: [], probes: [question] })
  return (await adapter.run(query, args(params, principal))).rows.map(([value]) => (value === null ? 'u' : value === true ? 't' : 'f')).join('')
}

const isC = compare('eq', field('name'), constant('c', text))

test('unknown stays unknown, but for isNull, isTrue, exists and empty lists', async () => {
  assert.equal(await truth(isC), 'ffftuf')
  assert.equal(await truth({ kind: 'not', of: isC }), 'tttfut')
  assert.equal(await truth({ kind: 'isTrue', of: isC }), 'ffftff')
  assert.equal(await truth({ kind: 'isNull', of: field('name') }), 'fffftf')
  assert.equal(await truth(when(isC, always)), 'uuutuu')
  assert.equal(await truth({ kind: 'isNull', of: { kind: 'field', field: 'id', guard: isC } }), 'tttftt')
  const list = (values: Value[]): Promise<string> => truth({ kind: 'in', left: field('name'), list: param(0, text), insensitive: false }, [values])
  assert.equal(await list([]), 'ffffff')
  assert.equal(await list(['c', 'a']), 'ftftuf')
  const groups: Predicate = { kind: 'in', left: field('name'), list: session('user.groups', text), insensitive: false }
  assert.equal(await truth(groups), 'uuuuuu')
  assert.equal(await truth(groups, [], { 'user.groups': ['a'] }), 'ftffuf')
  assert.equal((await truth(always)) + (await truth(never)), 'ttttttffffff')
})

test('a json path yields its scalar only in the asked type', async () => {
  const at = (path: readonly string[], as: 'string' | 'number' | 'boolean'): Operand => ({ kind: 'json', field: 'props', path, as })
  assert.equal(await truth(compare('eq', at(['color'], 'string'), constant('red', text))), 'tuuuuu')
  assert.equal(await truth(compare('eq', at(['color'], 'number'), constant(7, { type: 'float' }))), 'utuuuu')
  assert.equal(await truth(compare('eq', at(['on'], 'boolean'), constant(true, { type: 'boolean' }))), 'tuuuuu')
  assert.equal(await truth(compare('eq', at(['list', '1'], 'string'), constant('x', text))), 'tuuuuu')
  assert.equal(await truth(compare('eq', at(['a"b.c'], 'number'), constant(1, { type: 'float' }))), 'tuuuuu')
  assert.equal(await truth({ kind: 'isNull', of: at(['nothing'], 'string') }), 'tttttt')
  assert.equal(await truth({ kind: 'isNull', of: at(['color'], 'string') }), 'fftttt')
})

test('paths, exists and selects see the right row', async () => {
  const up = { entity: Node, local: ['parentId'], foreign: ['id'] }
  assert.equal(await truth(compare('eq', { kind: 'path', hops: [up], field: 'name' }, constant('root', text))), 'uttffu')
  assert.equal(await truth(compare('eq', { kind: 'path', hops: [up, up], field: 'name' }, constant('root', text))), 'uuuttu')
  assert.equal(await truth({ kind: 'exists', entity: Node, local: ['id'], foreign: ['parentId'], where: isC }), 'ftffff')
  const parents: Predicate = { kind: 'inSelect', left: field('id'), entity: Node, field: 'parentId', where: always }
  assert.equal(await truth(parents), 'ttuuuu')
  assert.equal(await truth({ ...parents, where: never }), 'ffffff')
})

test('a page knows its total, also when it is empty', async () => {
  const query = readOf(
    Node,
    { kind: 'not', of: { kind: 'isNull', of: field('name') } },
    { columns: [{ field: 'id' }], limit: param(0, integer), offset: param(1, integer), total: true },
  )
  assert.deepEqual(await adapter.run(query, args([2, 1])), { rows: [[2], [3]], total: 5 })
  assert.deepEqual(await adapter.run(query, args([2, 99])), { rows: [], total: 5 })
  assert.deepEqual(await adapter.run(readOf(Node, never, { columns: [], total: true }), args()), { rows: [], total: 0 })
})

test('a limit per parent is taken in the given order; nulls are smallest', async () => {
  const query = readOf(Node, always, {
    columns: [{ field: 'id' }],
    partition: ['parentId'],
    limit: param(0, integer),
    order: [{ by: field('name'), direction: 'asc' }],
  })
  assert.deepEqual((await adapter.run(query, args([1]))).rows, [[5], [2], [6]])
  const names = readOf(Node, always, { columns: [{ field: 'name' }], order: [{ by: field('name'), direction: 'desc' }] })
  assert.deepEqual(
    (await adapter.run(names, args())).rows.map(([name]) => name),
    ['root', 'other', 'c', 'b', 'a', null],
  )
})

test('a tree is reached through visible rows only, ends in a cycle and answers each row once', async () => {
  const tree = (where: Predicate, root: Predicate): Tree => ({
    kind: 'tree',
    entity: Node,
    where,
    root,
    parent: { field: 'parentId' },
    columns: [{ field: 'id' }],
    probes: [isC],
  })
  const ids = async (query: Tree): Promise<Value[]> => (await adapter.run(mint(query), args())).rows.map(([id]) => id as Value).sort()
  const isRoot: Predicate = { kind: 'isNull', of: field('parentId') }
  assert.deepEqual(await ids(tree(always, isRoot)), [1, 2, 3, 4, 5, 6])
  assert.deepEqual(await ids(tree({ kind: 'not', of: compare('eq', field('id'), constant(2, integer)) }, isRoot)), [1, 3, 6])
  assert.deepEqual(await ids(tree(always, always)), [1, 2, 3, 4, 5, 6])
  const loop = mint<Update>({
    kind: 'update',
    entity: Node,
    set: [{ field: 'parentId', value: constant(4, integer) }],
    where: compare('eq', field('id'), constant(1, integer)),
    reach: 'one',
  })
  await assert.rejects(
    adapter.transaction('write', async (tx) => {
      assert.equal((await tx.run(loop, args())).affected, 1)
      const query = tree(always, compare('eq', field('id'), constant(4, integer)))
      assert.equal((await tx.run(mint(query), args())).rows.length, 5)
      throw new Error('undo')
    }),
    /undo/,
  )
})

test('positions and increments', async () => {
  await assert.rejects(
    adapter.transaction('write', async (tx) => {
      const query = mint<Update>({
        kind: 'update',
        entity: Node,
        where: { kind: 'in', left: field('id'), list: param(0, integer), insensitive: false },
        reach: 'many',
        set: [{ field: 'parentId', value: { kind: 'position', list: param(0, integer) } }],
      })
      await tx.run(query, args([[3, 2, 1]]))
      throw new Error('unreachable: a reference to no row must fail')
    }),
    { name: 'ConstraintError', constraint: 'reference' },
  )
})
