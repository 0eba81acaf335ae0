/** Writes of the memory adapter: constraints, references, cascades, all or nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { ConstraintError } from '../../adapter/adapter.ts'
import { always, type Delete, type Predicate, type SetValue, type Update } from '../../query/ast.ts'
import { compare, constant, field, param } from '../../query/build.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { createMemoryAdapter } from './memory.ts'

const integer = { type: 'integer' } as const
const text = { type: 'string' } as const
const id = { type: 'integer', primary: true } as const
const is = (value: number): Predicate => compare('eq', field('id'), constant(value, integer))

async function opened(...entities: Entity[]) {
  const adapter = createMemoryAdapter()
  await adapter.prepare(makeSchema(entities))
  return {
    adapter,
    insert: async (entity: Entity, ...rows: Value[][]) => (await adapter.run(insertOf(entity), rowsOf(rows))).affected,
    remove: async (entity: Entity, where: Predicate) =>
      (await adapter.run(mint<Delete>({ kind: 'delete', entity, where, reach: 'many' }), args())).affected,
    update: async (entity: Entity, where: Predicate, set: Record<string, SetValue>, params: readonly Value[] = []) =>
      (
        await adapter.run(
          mint<Update>({ kind: 'update', entity, where, set: Object.entries(set).map(([name, value]) => ({ field: name, value })), reach: 'many' }),
          args(params),
        )
      ).affected,
    rows: async (entity: Entity) => (await adapter.run(readOf(entity), args())).rows,
  }
}

/** The rows are those of before after a refusal. */
async function refused(run: () => Promise<unknown>, constraint: string, fields: readonly string[], state: () => Promise<unknown>): Promise<void> {
  const before = await state()
  await assert.rejects(run, (error: unknown) => {
    assert.ok(error instanceof ConstraintError, String(error))
    assert.deepEqual([error.constraint, error.fields], [constraint, fields])
    return true
  })
  assert.deepEqual(await state(), before)
}

test('uniqueness: keys, fields, folded, composite, within the tenant, nulls distinct', async () => {
  const Plain = makeEntity('Plain', {
    fields: {
      a: { type: 'integer', required: true },
      b: { type: 'string', required: true },
      mail: { type: 'email', unique: 'insensitive' },
      code: { type: 'string', unique: 'exact' },
      x: { type: 'integer' },
      y: { type: 'integer' },
    },
    key: ['a', 'b'],
    indexes: [
      { name: 'xy', fields: ['x', 'y'], unique: true },
      { name: 'x', fields: ['x'], unique: false },
    ],
  })
  const db = await opened(Plain)
  const state = () => db.rows(Plain)
  await db.insert(Plain, [1, 'a', 'Ann@x.org', 'c', 1, 1])
  await db.insert(Plain, [1, 'b', null, null, null, 1], [2, 'a', null, null, null, 1], [2, 'b', null, 'C', 1, 2])
  await refused(() => db.insert(Plain, [1, 'a', null, null, null, null]), 'unique', ['a', 'b'], state)
  await refused(() => db.insert(Plain, [3, 'a', 'ANN@X.ORG', null, null, null]), 'unique', ['mail'], state)
  await refused(() => db.insert(Plain, [3, 'a', null, 'c', null, null]), 'unique', ['code'], state)
  await refused(() => db.insert(Plain, [3, 'a', null, null, null, null], [3, 'b', null, null, 1, 1]), 'unique', ['x', 'y'], state)
  await refused(() => db.insert(Plain, [3, 'a', null, null, null, null], [3, 'a', null, null, null, null]), 'unique', ['a', 'b'], state)
  await refused(() => db.update(Plain, always, { code: constant('same', text) }), 'unique', ['code'], state)

  const Shop = makeEntity('Shop', {
    tenant: 't',
    fields: { id, t: { type: 'string', required: true, kept: 'tenant' }, name: { type: 'string', unique: 'insensitive' }, k: { type: 'integer' } },
    indexes: [{ name: 'k', fields: ['k'], unique: true }],
  })
  const shops = await opened(Shop)
  await shops.insert(Shop, [1, 'x', 'Abc', 1], [2, 'y', 'abc', 1])
  await refused(
    () => shops.insert(Shop, [3, 'x', 'ABC', null]),
    'unique',
    ['t', 'name'],
    () => shops.rows(Shop),
  )
  await refused(
    () => shops.insert(Shop, [3, 'x', null, 1]),
    'unique',
    ['t', 'k'],
    () => shops.rows(Shop),
  )
  await refused(
    () => shops.insert(Shop, [1, 'z', null, null]),
    'unique',
    ['id'],
    () => shops.rows(Shop),
  )
})

test('values that the schema does not allow are refused', async () => {
  const Thing = makeEntity('Thing', {
    fields: {
      id,
      n: { type: 'integer', min: 1, max: 3 },
      s: { type: 'string', minLength: 1, maxLength: 2, required: true, pattern: '^z' },
      big: { type: 'bigint' },
      role: { type: 'enum', values: ['a'] },
    },
  })
  const db = await opened(Thing)
  const state = () => db.rows(Thing)
  await db.insert(Thing, [1, 3, '😀😀', '9223372036854775807', 'a'])
  for (const [row, name] of [
    [[2, 4, 'x', null, null], 'n'],
    [[2, 0, 'x', null, null], 'n'],
    [[2, 1, '', null, null], 's'],
    [[2, 1, 'abc', null, null], 's'],
    [[2, 1, null, null, null], 's'],
    [[2, 1, 'x', null, 'b'], 'role'],
  ] as [Value[], string][]) {
    await refused(() => db.insert(Thing, row), 'other', [name], state)
  }
  await refused(() => db.update(Thing, always, { n: { kind: 'increment' } }), 'other', ['n'], state)
  await refused(() => db.update(Thing, always, { big: { kind: 'increment' } }), 'other', ['big'], state)
})

test('update: values come from the rows as they were, constraints are asked at the end', async () => {
  const Row = makeEntity('Row', { fields: { id, a: { type: 'integer', unique: 'exact' }, b: { type: 'integer' }, big: { type: 'bigint' } } })
  const db = await opened(Row)
  await db.insert(Row, [1, 1, 10, '9007199254740992'], [2, 2, 20, null], [3, 3, null, '-1'])
  assert.equal(await db.update(Row, always, { a: { kind: 'increment' }, big: { kind: 'increment' } }), 3)
  assert.deepEqual(await db.rows(Row), [
    [1, 2, 10, '9007199254740993'],
    [2, 3, 20, null],
    [3, 4, null, '0'],
  ])
  assert.equal(await db.update(Row, compare('gt', field('b'), constant(5, integer)), { a: field('b'), b: field('a') }), 2)
  assert.deepEqual(await db.rows(Row), [
    [1, 10, 2, '9007199254740993'],
    [2, 20, 3, null],
    [3, 4, null, '0'],
  ])
  assert.equal(await db.update(Row, always, { b: { kind: 'position', list: param(0, integer) } }, [[3, 1]]), 3)
  assert.deepEqual(await db.rows(Row), [
    [1, 10, 1, '9007199254740993'],
    [2, 20, null, null],
    [3, 4, 0, '0'],
  ])
  assert.equal(await db.update(Row, is(3), { b: { kind: 'increment' } }), 1)
  assert.equal(await db.update(Row, is(2), { b: { kind: 'increment' } }), 1, 'null stays null')
  assert.deepEqual(
    (await db.rows(Row)).map((row) => row[2]),
    [1, null, 1],
  )
  assert.equal(await db.update(Row, is(9), { b: constant(1, integer) }), 0)
  assert.equal(await db.update(Row, is(1), { id: constant(7, integer) }), 1)
  assert.equal(await db.update(Row, is(7), {}), 1)
  const min: Predicate = { kind: 'inSelect', left: field('id'), entity: Row, field: 'id', where: compare('lt', field('id'), constant(7, integer)) }
  assert.equal(await db.update(Row, min, { id: param(0, integer) }, [2]).catch((error: ConstraintError) => error.constraint), 'unique')
  assert.equal(await db.remove(Row, min), 2, 'where is asked before anything is gone')
  assert.deepEqual(await db.rows(Row), [[7, 10, 1, '9007199254740993']])
})

const onDelete = ['cascade', 'restrict', 'set_null'] as const

for (const first of onDelete) {
  for (const second of onDelete) {
    test(`delete: ${first}, below it ${second}`, async () => {
      const Top = makeEntity('Top', { fields: { id } })
      const Middle = makeEntity('Middle', { fields: { id, topId: { type: 'integer', foreignKey: { entity: 'Top', field: 'id', onDelete: first } } } })
      const Leaf = makeEntity('Leaf', {
        fields: { id, middleId: { type: 'integer', foreignKey: { entity: 'Middle', field: 'id', onDelete: second } } },
      })
      const db = await opened(Top, Middle, Leaf)
      const state = async () => [await db.rows(Top), await db.rows(Middle), await db.rows(Leaf)]
      await db.insert(Top, [1], [2])
      await db.insert(Middle, [1, 1], [2, 2], [3, null])
      await db.insert(Leaf, [1, 1], [2, 2], [3, null])
      if (first === 'restrict' || (first === 'cascade' && second === 'restrict')) {
        await refused(() => db.remove(Top, is(1)), 'restrict', [], state)
        return
      }
      assert.equal(await db.remove(Top, is(1)), 1)
      const middle =
        first === 'cascade'
          ? [
              [2, 2],
              [3, null],
            ]
          : [
              [1, null],
              [2, 2],
              [3, null],
            ]
      const leaf =
        first === 'set_null'
          ? [
              [1, 1],
              [2, 2],
              [3, null],
            ]
          : second === 'cascade'
            ? [
                [2, 2],
                [3, null],
              ]
            : [
                [1, null],
                [2, 2],
                [3, null],
              ]
      assert.deepEqual(await state(), [[[2]], middle, leaf])
    })
  }
}

test('references: new ones must lead somewhere, also to rows of the same statement; referenced keys stay', async () => {
  const Node = makeEntity('Node', {
    fields: {
      id,
      code: { type: 'string', unique: 'exact' },
      upId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'restrict' } },
      likes: { type: 'string', foreignKey: { entity: 'Node', field: 'code', onDelete: 'set_null' } },
    },
  })
  const db = await opened(Node)
  const state = () => db.rows(Node)
  await db.insert(Node, [2, 'b', 1, 'a'], [1, 'a', null, 'a'])
  await refused(() => db.insert(Node, [3, null, 9, null]), 'reference', ['upId'], state)
  await refused(() => db.insert(Node, [3, null, null, 'z']), 'reference', ['likes'], state)
  await refused(() => db.update(Node, is(2), { upId: constant(9, integer) }), 'reference', ['upId'], state)
  await refused(() => db.update(Node, is(1), { id: constant(5, integer) }), 'restrict', [], state)
  assert.equal(await db.update(Node, is(1), { code: constant('z', text) }), 1)
  assert.deepEqual(
    await state(),
    [
      [1, 'z', null, 'z'],
      [2, 'b', 1, 'z'],
    ],
    'a changed value is followed, also by the row itself',
  )
  await refused(() => db.remove(Node, is(1)), 'restrict', [], state)
  assert.equal(await db.update(Node, is(2), { upId: constant(2, integer) }), 1)
  assert.equal(await db.remove(Node, is(1)), 1)
  assert.deepEqual(await state(), [[2, 'b', 2, null]])
  assert.equal(await db.remove(Node, is(2)), 1, 'a row may refer to itself')
  await db.insert(Node, [1, 'a', null, null], [2, 'b', 1, null])
  assert.equal(await db.remove(Node, always), 2, 'restrict is asked when all of the statement is done')
})

test('a long chain and a ring go by cascade; a chain of thousands is quick', async () => {
  const Node = makeEntity('Node', { fields: { id, upId: { type: 'integer', foreignKey: { entity: 'Node', field: 'id', onDelete: 'cascade' } } } })
  const db = await opened(Node)
  await db.insert(Node, ...Array.from({ length: 20_000 }, (_, i): Value[] => [i, i === 0 ? null : i - 1]))
  assert.equal(await db.remove(Node, is(0)), 1)
  assert.deepEqual(await db.rows(Node), [])
  await db.insert(Node, [1, 2], [2, 3], [3, 1])
  assert.equal(await db.remove(Node, is(2)), 1)
  assert.deepEqual(await db.rows(Node), [])
})

test('a reference to what is unique within a tenant stays within it', async () => {
  const Team = makeEntity('Team', { tenant: 't', fields: { id, t: { type: 'string', required: true }, code: { type: 'string', unique: 'exact' } } })
  const Member = makeEntity('Member', {
    tenant: 't',
    fields: {
      id,
      t: { type: 'string', required: true },
      team: { type: 'string', foreignKey: { entity: 'Team', field: 'code', onDelete: 'cascade' } },
    },
  })
  const db = await opened(Team, Member)
  await db.insert(Team, [1, 'x', 'c'], [2, 'y', 'c'])
  await db.insert(Member, [1, 'x', 'c'], [2, 'y', 'c'])
  await refused(
    () => db.insert(Member, [3, 'z', 'c']),
    'reference',
    ['team'],
    () => db.rows(Member),
  )
  await db.remove(Team, is(1))
  assert.deepEqual(await db.rows(Member), [[2, 'y', 'c']])
  const Loner = makeEntity('Loner', { fields: { id, team: { type: 'string', foreignKey: { entity: 'Team', field: 'code', onDelete: 'cascade' } } } })
  await assert.rejects(opened(Team, Loner), { code: 'DATABASE_ERROR' })
})
