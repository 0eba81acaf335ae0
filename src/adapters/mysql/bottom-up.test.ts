/** Rows that refer to each other go in whatever order they can, however deep; a row that others still need stays, with all of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { ConstraintError } from '../../adapter/adapter.ts'
import type { Delete } from '../../query/ast.ts'
import { compare, field, param } from '../../query/build.ts'
import type { Entity } from '../../schema/entity.ts'
import { createMysqlAdapter } from './adapter.ts'

const integer = { type: 'integer' } as const
const linked = (name: string, onDelete: 'restrict' | 'cascade') =>
  makeEntity(name, {
    fields: { id: { type: 'integer', primary: true }, upId: { type: 'integer', foreignKey: { entity: name, field: 'id', onDelete } } },
  })
const Link = linked('Link', 'restrict')
const Leaf = linked('Leaf', 'cascade')
const Fruit = makeEntity('Fruit', {
  fields: { id: { type: 'integer', primary: true }, leafId: { type: 'integer', foreignKey: { entity: 'Leaf', field: 'id', onDelete: 'restrict' } } },
})

test('deletions of rows that refer to each other', { skip: serverOf('mysql').skip }, async () => {
  const database = await freshDatabase('mysql')
  const adapter = createMysqlAdapter({ url: database.url })
  try {
    await adapter.prepare(makeSchema([Link, Leaf, Fruit]))
    const remove = (entity: Entity, reach: 'one' | 'many', op: 'eq' | 'gte') =>
      mint<Delete>({ kind: 'delete', entity, where: compare(op, field('id'), param(0, integer)), reach })
    const ids = async (entity: Entity) => (await adapter.run(readOf(entity, undefined, { columns: [{ field: 'id' }] }), args())).rows.flat()
    const chain = (length: number) => Array.from({ length }, (_, id) => [id, id === 0 ? null : id - 1])

    await adapter.run(insertOf(Link), rowsOf(chain(5)))
    assert.equal((await adapter.run(remove(Link, 'many', 'gte'), args([2]))).affected, 3)
    await assert.rejects(
      async () => adapter.run(remove(Link, 'one', 'eq'), args([0])),
      (error: unknown) => (error as ConstraintError).constraint === 'restrict',
    )
    assert.deepEqual(await ids(Link), [0, 1])

    const ring = (ids: readonly number[]) => ids.map((id, i) => [id, ids[(i + 1) % ids.length] as number])
    await adapter.run(insertOf(Link), rowsOf([...ring([10, 11, 12]), [13, 10], ...ring([20, 21]), [5, 20]]))
    // A ring goes as a whole, with what hangs on it; a row outside that needs one of it keeps all of it, links and all.
    await assert.rejects(async () => adapter.run(remove(Link, 'many', 'gte'), args([10])), ConstraintError)
    const linksOf = async () =>
      (await adapter.run(readOf(Link, undefined, { columns: [{ field: 'id' }, { field: 'upId' }] }), args())).rows.toSorted(
        ([a], [b]) => Number(a) - Number(b),
      )
    await adapter.transaction('write', async (tx) => {
      await assert.rejects(async () => tx.run(remove(Link, 'many', 'gte'), args([10])), ConstraintError)
    })
    assert.deepEqual(
      await linksOf(),
      [...chain(2), ...ring([10, 11, 12]), [13, 10], ...ring([20, 21]), [5, 20]].sort(([a], [b]) => Number(a) - Number(b)),
    )
    assert.equal((await adapter.run(remove(Link, 'one', 'eq'), args([5]))).affected, 1)
    assert.equal((await adapter.run(remove(Link, 'many', 'gte'), args([10]))).affected, 6)
    assert.deepEqual(await ids(Link), [0, 1])

    await adapter.run(insertOf(Leaf), rowsOf(chain(60)))
    await adapter.run(insertOf(Fruit), rowsOf([[1, 59]]))
    await assert.rejects(async () => adapter.run(remove(Leaf, 'one', 'eq'), args([0])), ConstraintError)
    assert.equal((await ids(Leaf)).length, 60)
    await adapter.run(remove(Fruit, 'one', 'eq'), args([1]))
    await adapter.transaction('write', async (tx) => {
      assert.equal((await tx.run(remove(Leaf, 'one', 'eq'), args([10]))).affected, 1)
      assert.equal((await tx.run(readOf(Leaf), args())).rows.length, 10)
    })
    assert.equal((await adapter.run(remove(Leaf, 'many', 'gte'), args([0]))).affected, 10)
    assert.deepEqual(await ids(Leaf), [])
  } finally {
    await adapter.close()
    await database.drop()
  }
})
