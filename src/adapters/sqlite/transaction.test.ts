/** Transactions, snapshots, deadlines and threads, on files as in production. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { aggregateOf, args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import { always, type Delete, type Predicate, type Update } from '../../query/ast.ts'
import { compare, constant, field, param } from '../../query/build.ts'
import { createSqliteAdapter, type SqliteOptions } from './adapter.ts'
import { ThreadedEngine } from './threaded.ts'

const integer = { type: 'integer' } as const
const Item = makeEntity('Item', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer' } } })
const folder = mkdtempSync(join(tmpdir(), 'dbal-sqlite-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = (): string => join(folder, `${files++}.db`)

const insert = insertOf(Item)
const all = readOf(Item, always, { columns: [{ field: 'id' }] })
const point = readOf(Item, compare('eq', field('id'), param(0, integer)), { columns: [{ field: 'n' }], order: [], reach: 'one' })
const clear = mint<Delete>({ kind: 'delete', entity: Item, where: always, reach: 'many' })
const ids = async (from: Pick<Adapter, 'run'>): Promise<unknown[]> => (await from.run(all, args())).rows.map(([id]) => id)
const item = (id: number) => rowsOf([[id, 0]])

async function opened(options: SqliteOptions): Promise<Adapter> {
  const adapter = createSqliteAdapter(options)
  await adapter.prepare(makeSchema([Item]))
  return adapter
}

const places: [string, () => SqliteOptions][] = [
  ['inline memory', () => ({ path: ':memory:', mode: 'inline' })],
  ['inline file', () => ({ url: `file:${newFile()}`, mode: 'inline' })],
  ['worker memory', () => ({ path: ':memory:', mode: 'worker' })],
  ['worker file', () => ({ path: newFile(), mode: 'worker' })],
]

for (const [name, place] of places) {
  test(`${name}: commit, rollback, savepoints`, async (t) => {
    const adapter = await opened(place())
    t.after(() => adapter.close())
    assert.match(await adapter.probe(), /^SQLite 3\.\d+\.\d+$/)
    assert.equal(
      await adapter.transaction('write', async (tx) => {
        await tx.run(insert, item(1))
        await assert.rejects(
          tx.savepoint(async () => {
            await tx.run(insert, item(2))
            await tx.savepoint(async () => tx.run(insert, item(3)))
            throw new Error('inner')
          }),
          /inner/,
        )
        await assert.rejects(async () => tx.run(insert, item(1)), { name: 'ConstraintError' })
        await tx.savepoint(async () => tx.run(insert, item(4)))
        assert.deepEqual(await ids(tx), [1, 4])
        return 'done'
      }),
      'done',
    )
    assert.deepEqual(await ids(adapter), [1, 4])
    await assert.rejects(
      adapter.transaction('write', async (tx) => {
        await tx.run(clear, args())
        throw new Error('outer')
      }),
      /outer/,
    )
    assert.deepEqual(await ids(adapter), [1, 4])
    let kept: Pick<Adapter, 'run'> | undefined
    await adapter.transaction('read', async (tx) => {
      kept = tx
    })
    await assert.rejects(async () => (kept as Adapter).run(all, args()), { code: 'INTERNAL_ERROR' })
  })

  test(`${name}: nobody else sees or joins an open transaction`, async (t) => {
    const adapter = await opened(place())
    t.after(() => adapter.close())
    let outside: Promise<unknown> | undefined
    let other: Promise<unknown> | undefined
    await assert.rejects(
      adapter.transaction('write', async (tx) => {
        await tx.run(insert, item(1))
        outside = ids(adapter)
        other = Promise.resolve(adapter.run(insert, item(2)))
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('undo')
      }),
      /undo/,
    )
    assert.ok(!((await outside) as unknown[]).includes(1))
    await other
    assert.deepEqual(await ids(adapter), [2])
  })

  test(`${name}: a statement is stopped at its deadline and the connection goes on`, async (t) => {
    const adapter = await opened(place())
    t.after(() => adapter.close())
    await adapter.run(insert, rowsOf(Array.from({ length: 3000 }, (_, id) => [id, 7])))
    const linked = (where: Predicate): Predicate => ({ kind: 'exists', entity: Item, local: ['n'], foreign: ['n'], where })
    const slow = linked(linked(linked(compare('lt', field('id'), constant(-1, integer)))))
    for (const query of [
      readOf(Item, slow, { reach: 'one' }),
      readOf(Item, slow, { total: true }),
      aggregateOf(Item, { where: slow, measures: [{ fn: 'count' }] }),
      mint<Update>({ kind: 'update', entity: Item, set: [], where: slow, reach: 'many' }),
    ]) {
      const start = performance.now()
      await assert.rejects(async () => adapter.run(query, args(), { deadline: start + 100 }), { code: 'TIMEOUT' })
      assert.equal((await adapter.run(point, args([5]), { deadline: performance.now() + 5000 })).rows[0]?.[0], 7)
    }
    await assert.rejects(async () => adapter.run(point, args([5]), { deadline: performance.now() - 1 }), { code: 'TIMEOUT' })
    await assert.rejects(async () => adapter.run(point, args([5]), { signal: AbortSignal.abort() }), { code: 'TIMEOUT' })
    await assert.rejects(
      adapter.transaction('write', async (tx) => {
        await tx.run(insert, item(5000))
        await tx.run(readOf(Item, slow), args(), { deadline: performance.now() + 50 })
      }),
      { code: 'TIMEOUT' },
    )
    assert.equal((await ids(adapter)).length, 3000)
  })

  test(`${name}: waiting for a connection has an end`, async (t) => {
    const adapter = await opened({ ...place(), leaseTimeout: 30 })
    t.after(() => adapter.close())
    await adapter.transaction('write', async () => {
      await assert.rejects(
        adapter.transaction('write', async () => undefined),
        { code: 'DATABASE_ERROR' },
      )
      await assert.rejects(
        adapter.transaction('write', async () => undefined, { deadline: performance.now() + 5 }),
        { code: 'TIMEOUT' },
      )
    })
    await adapter.transaction('write', async (tx) => tx.run(insert, item(1)))
    assert.deepEqual(await ids(adapter), [1])
  })
}

test('worker: a read transaction is one snapshot while others write', async (t) => {
  const adapter = await opened({ path: newFile(), mode: 'worker' })
  t.after(() => adapter.close())
  await adapter.transaction('read', async (tx) => {
    assert.deepEqual(await ids(tx), [])
    await adapter.run(insert, item(1))
    assert.deepEqual(await ids(tx), [])
    assert.deepEqual(await ids(adapter), [1])
    await assert.rejects(async () => tx.run(insert, item(2)), { code: 'INTERNAL_ERROR' })
  })
  assert.deepEqual(await ids(adapter), [1])
})

test('worker: calls of one tick are one message a thread, also from a transaction', async (t) => {
  const engine = new ThreadedEngine({ path: ':memory:', synchronous: 'normal', readOnly: false }, 1, 1000)
  t.after(() => engine.close())
  const adapter = createSqliteAdapter({ path: ':memory:' })
  await engine.lease('write', (held) => import('./prepare.ts').then(({ prepareSchema }) => prepareSchema(held, makeSchema([Item]))))
  await adapter.close()
  const before = engine.writer.messages
  await Promise.all(Array.from({ length: 50 }, (_, id) => engine.run(insert, item(id))))
  assert.equal(engine.writer.messages, before + 1)
  await engine.transaction('write', async (tx) => Promise.all([tx.run(insert, item(100)), tx.run(insert, item(101))]))
  assert.equal(engine.writer.messages, before + 3, 'BEGIN travels with the first statements; COMMIT follows')
})

test('worker: a thread that dies rejects its calls and is replaced; its transaction is lost, not continued', async (t) => {
  const engine = new ThreadedEngine({ path: newFile(), synchronous: 'normal', readOnly: false }, 1, 1000)
  t.after(() => engine.close())
  await engine.lease('write', (held) => import('./prepare.ts').then(({ prepareSchema }) => prepareSchema(held, makeSchema([Item]))))
  await engine.run(insert, item(1))
  await assert.rejects(
    engine.transaction('write', async (tx) => {
      await tx.run(insert, item(2))
      const pending = tx.run(insert, item(3))
      await engine.writer.kill()
      await assert.rejects(async () => pending, { code: 'DATABASE_ERROR', details: { outcome: 'unknown' } })
      await tx.run(insert, item(4))
    }),
    { code: 'DATABASE_ERROR' },
  )
  assert.deepEqual(await ids(engine), [1])
  await engine.run(insert, item(5))
  assert.deepEqual(await ids(engine), [1, 5])
})

test('worker: a file that is no database answers its callers', async () => {
  const adapter = createSqliteAdapter({ path: '/dev/null/x.db', mode: 'worker' })
  await assert.rejects(adapter.prepare(makeSchema([Item])), { code: 'DATABASE_ERROR' })
  await assert.rejects(async () => adapter.run(all, args()), { code: 'DATABASE_ERROR' })
  await adapter.close()
})
