/** Commit, rollback, savepoints, collisions and what a server without a replica set, or none at all, answers. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter, Transaction } from '../../adapter/adapter.ts'
import { always, type Delete, type Update } from '../../query/ast.ts'
import { compare, field, param } from '../../query/build.ts'
import { createMongodbAdapter } from './adapter.ts'

const integer = { type: 'integer' } as const
const Item = makeEntity('Item', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer', unique: 'exact' } } })
const Part = makeEntity('Part', {
  fields: { id: { type: 'integer', primary: true }, itemId: { type: 'integer', foreignKey: { entity: 'Item', field: 'id', onDelete: 'restrict' } } },
})
const insert = insertOf(Item)
const insertPart = insertOf(Part)
const all = readOf(Item)
const isId = compare('eq', field('id'), param(0, integer))
const remove = mint<Delete>({ kind: 'delete', entity: Item, where: isId, reach: 'one' })
const set = mint<Update>({ kind: 'update', entity: Item, set: [{ field: 'n', value: param(1, integer) }], where: isId, reach: 'one' })
const raise = mint<Update>({ kind: 'update', entity: Item, set: [{ field: 'n', value: { kind: 'increment' } }], where: always, reach: 'many' })

const { skip = false } = serverOf('mongodb')

async function opened(t: TestContext): Promise<Adapter> {
  const database = await freshDatabase('mongodb')
  const adapter = createMongodbAdapter({ url: database.url })
  t.after(() => adapter.close().finally(() => database.drop()))
  await adapter.prepare(makeSchema([Item, Part]))
  return adapter
}

const rows = async (from: Pick<Adapter, 'run'>) => (await from.run(all, args())).rows

test('commit, rollback, and savepoints that undo only their own part', { skip }, async (t) => {
  const adapter = await opened(t)
  assert.match(await adapter.probe(), /^MongoDB \d+\.\d+\.\d+/)
  await adapter.transaction('write', async (tx) => {
    await tx.run(
      insert,
      rowsOf([
        [1, 10],
        [2, 20],
      ]),
    )
    const failing = tx.savepoint(async () => {
      await tx.run(insert, rowsOf([[3, 30]]))
      await tx.run(set, args([1, 99]))
      await tx.savepoint(async () => tx.run(remove, args([2])))
      await tx.run(raise, args())
      throw new Error('inner')
    })
    await assert.rejects(failing, /inner/)
    assert.deepEqual(await rows(tx), [
      [1, 10],
      [2, 20],
    ])
    await assert.rejects(
      async () =>
        tx.run(
          insert,
          rowsOf([
            [4, 40],
            [5, 10],
          ]),
        ),
      { name: 'ConstraintError', constraint: 'unique', fields: ['n'] },
    )
    await assert.rejects(async () => tx.run(insertPart, rowsOf([[1, 77]])), { name: 'ConstraintError', constraint: 'reference', fields: ['itemId'] })
    await tx.run(insertPart, rowsOf([[1, 1]]))
    await assert.rejects(async () => tx.run(remove, args([1])), { name: 'ConstraintError', constraint: 'restrict' })
    await tx.savepoint(async () => tx.run(insert, rowsOf([[6, 60]])))
  })
  assert.deepEqual(await rows(adapter), [
    [1, 10],
    [2, 20],
    [6, 60],
  ])
  const broken = adapter.transaction('write', async (tx) => {
    await tx.run(remove, args([6]))
    throw new Error('outer')
  })
  await assert.rejects(broken, /outer/)
  assert.deepEqual(await rows(adapter), [
    [1, 10],
    [2, 20],
    [6, 60],
  ])
})

test('unique values move from row to row in one statement', { skip }, async (t) => {
  const adapter = await opened(t)
  await adapter.run(
    insert,
    rowsOf([
      [1, 1],
      [2, 2],
      [3, 3],
    ]),
  )
  assert.deepEqual(await adapter.run(raise, args()), { rows: [], affected: 3 })
  assert.deepEqual(await rows(adapter), [
    [1, 2],
    [2, 3],
    [3, 4],
  ])
})

test('a read transaction sees one state', { skip }, async (t) => {
  const adapter = await opened(t)
  await adapter.run(insert, rowsOf([[1, 1]]))
  await adapter.transaction('read', async (tx) => {
    assert.equal((await rows(tx)).length, 1)
    await adapter.run(insert, rowsOf([[2, 2]]))
    assert.equal((await rows(tx)).length, 1)
    await assert.rejects(async () => tx.run(remove, args([1])), { code: 'DATABASE_ERROR' })
  })
  assert.equal((await rows(adapter)).length, 2)
})

test('colliding work is run again, and none of it is lost', { skip }, async (t) => {
  const adapter = await opened(t)
  await adapter.run(insert, rowsOf([[1, 0]]))
  let tries = 0
  const count = (tx: Transaction) => {
    tries++
    return tx.run(raise, args())
  }
  await Promise.all(Array.from({ length: 8 }, () => adapter.transaction('write', async (tx) => count(tx))))
  assert.deepEqual(await rows(adapter), [[1, 8]])
  assert.ok(tries >= 8)
})

/** Two pieces of work that both have begun before either writes. */
async function together(
  adapter: Adapter,
  works: readonly ((tx: Transaction) => Promise<unknown>)[],
  options = {},
): Promise<readonly PromiseSettledResult<unknown>[]> {
  let begun = 0
  let go = (): void => undefined
  const all = new Promise<void>((resolve) => {
    go = resolve
  })
  return Promise.allSettled(
    works.map((work) =>
      adapter.transaction(
        'write',
        async (tx) => {
          await tx.run(aggregateOf(Item, { measures: [{ fn: 'count' }] }), args())
          if (++begun >= works.length) go()
          await all
          return work(tx)
        },
        options,
      ),
    ),
  )
}

test('a target that is removed while a reference to it is made: one of the two is refused', { skip }, async (t) => {
  const adapter = await opened(t)
  for (let id = 1; id <= 5; id++) {
    await adapter.run(insert, rowsOf([[id, id]]))
    const refers = async (tx: Transaction) => tx.run(insertPart, rowsOf([[id, id]]))
    const removes = async (tx: Transaction) => tx.run(remove, args([id]))
    const outcomes = await together(adapter, [refers, removes])
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    const parts = (await adapter.run(readOf(Part), args())).rows.filter(([part]) => part === id).length
    assert.equal(parts, (await rows(adapter)).filter(([item]) => item === id).length)
  }
})

test('work that must not run twice says CONFLICT when it collides', { skip }, async (t) => {
  const adapter = await opened(t)
  await adapter.run(insert, rowsOf([[1, 0]]))
  const outcomes = await together(adapter, [async (tx) => tx.run(raise, args()), async (tx) => tx.run(raise, args())], { once: true })
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(refused.length, 1)
  assert.equal(refused[0]?.reason.code, 'CONFLICT')
  assert.equal(refused[0]?.reason.retryable, true)
  assert.deepEqual(await rows(adapter), [[1, 1]])
})

test('what serial work has read holds until it commits', { skip }, async (t) => {
  const adapter = await opened(t)
  const next = async (tx: Transaction) => {
    const { rows: found } = await tx.run(aggregateOf(Item, { measures: [{ fn: 'count' }] }), args())
    const count = found[0]?.[0] as number
    // Rows of their own, from what both have read: a snapshot alone would let both count the same.
    await tx.run(insert, rowsOf([[Math.floor(Math.random() * 1e9), 100 + count]]))
    return count
  }
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => adapter.transaction('write', next, { serial: true })))
  assert.deepEqual(outcomes.toSorted(), [0, 1, 2, 3])
})

test('what the database itself refuses ends the transaction, even where the work goes on', { skip }, async (t) => {
  const { MongoClient } = await import('mongodb')
  const database = await freshDatabase('mongodb')
  const adapter = createMongodbAdapter({ url: database.url })
  const client = new MongoClient(database.url)
  t.after(() => Promise.all([adapter.close(), client.close()]).finally(() => database.drop()))
  await adapter.prepare(makeSchema([Item, Part]))
  await client.db(database.name).command({ collMod: Item.table, validator: { id: { $ne: 13 } } })
  const swallowed = adapter.transaction('write', async (tx) => {
    await tx.run(insert, rowsOf([[1, 1]]))
    await assert.rejects(async () => tx.run(insert, rowsOf([[13, 13]])), { name: 'ConstraintError', constraint: 'other' })
    await assert.rejects(async () => tx.run(insert, rowsOf([[2, 2]])), { code: 'DATABASE_ERROR' })
  })
  await assert.rejects(swallowed, { code: 'DATABASE_ERROR' })
  assert.deepEqual(await rows(adapter), [])
})

test('a statement past its deadline is TIMEOUT, and the adapter goes on', { skip }, async (t) => {
  const adapter = await opened(t)
  await assert.rejects(async () => adapter.run(all, args(), { deadline: performance.now() - 1 }), { code: 'TIMEOUT' })
  await assert.rejects(async () => adapter.run(all, args(), { signal: AbortSignal.abort() }), { code: 'TIMEOUT' })
  assert.deepEqual(await rows(adapter), [])
})

test('where nobody listens: DATABASE_ERROR with a hint, without the address', async (t) => {
  const nobody = createServer()
  const port = await new Promise<number>((resolve) => nobody.listen(0, '127.0.0.1', () => resolve((nobody.address() as { port: number }).port)))
  await new Promise((resolve) => nobody.close(resolve))
  const adapter = createMongodbAdapter({ url: `mongodb://127.0.0.1:${port}/x?replicaSet=rs0`, connectTimeout: 200 })
  t.after(() => adapter.close())
  await assert.rejects(adapter.probe(), (error: { code: string; toPublic(): unknown }) => {
    assert.equal(error.code, 'DATABASE_ERROR')
    assert.match(JSON.stringify(error.toPublic()), /No database server can be reached/)
    assert.doesNotMatch(JSON.stringify(error.toPublic()), new RegExp(String(port)))
    return true
  })
})

for (const [url, hint] of [
  ['http://x/y', /mongodb:\/\//],
  ['mongodb://127.0.0.1', /Name the database/],
] as const) {
  test(`a url that cannot be one: ${url}`, async () => {
    await assert.rejects(createMongodbAdapter({ url }).probe(), (error: { details: { hint: string } }) => hint.test(error.details.hint))
  })
}
