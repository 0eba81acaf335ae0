/** Transactions, snapshots, savepoints, deadlines, changes of schema and the refusal of what is not authorised. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter, Session, Transaction } from '../../adapter/adapter.ts'
import { always, type Delete, type Predicate, type Query, type Update } from '../../query/ast.ts'
import type { Authorized } from '../../query/authorized.ts'
import { compare, constant, field } from '../../query/build.ts'
import type { Value } from '../../schema/entity.ts'
import { createMemoryAdapter } from './memory.ts'

const integer = { type: 'integer' } as const
const Item = makeEntity('Item', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer' } } })
const insert = insertOf(Item)
const all = readOf(Item, always, { columns: [{ field: 'id' }] })
const clear = mint<Delete>({ kind: 'delete', entity: Item, where: always, reach: 'many' })
const bump = mint<Update>({ kind: 'update', entity: Item, set: [{ field: 'n', value: { kind: 'increment' } }], where: always, reach: 'many' })
const item = (id: number) => rowsOf([[id, 0]])
const ids = async (from: Session): Promise<Value[]> => (await from.run(all, args())).rows.map(([id]) => id as Value)
const tick = () => new Promise((resolve) => setImmediate(resolve))

async function opened(...given: number[]): Promise<Adapter> {
  const adapter = createMemoryAdapter()
  await adapter.prepare(makeSchema([Item]))
  await adapter.run(insert, rowsOf(given.map((id) => [id, 0])))
  return adapter
}

test('what the mint did not make is refused before anything else', async () => {
  const adapter = await opened(1)
  const forged = { kind: 'delete', entity: Item, where: always, reach: 'many' } as unknown as Authorized<Query>
  assert.throws(() => adapter.run(forged, args()), { code: 'INTERNAL_ERROR' })
  assert.throws(() => adapter.run({ ...clear } as Authorized<Query>, args()), { code: 'INTERNAL_ERROR' }, 'a copy is not authorised')
  await assert.rejects(
    adapter.transaction('write', async (tx) => tx.run(forged, args())),
    { code: 'INTERNAL_ERROR' },
  )
  assert.deepEqual(await ids(adapter), [1])
  await adapter.close()
  assert.throws(() => adapter.run(forged, args()), { code: 'INTERNAL_ERROR' })
})

test('commit, rollback and savepoints within savepoints', async () => {
  const adapter = await opened()
  const result = await adapter.transaction('write', async (tx) => {
    await tx.run(insert, item(1))
    await assert.rejects(
      tx.savepoint(async () => {
        await tx.run(insert, item(2))
        await tx.savepoint(async () => tx.run(insert, item(3)))
        await tx.run(clear, args())
        throw new Error('inner')
      }),
      /inner/,
    )
    assert.deepEqual(await ids(tx), [1], 'its own writes are seen, the undone are not')
    assert.throws(
      () =>
        tx.run(
          insert,
          rowsOf([
            [5, 0],
            [1, 0],
          ]),
        ),
      { name: 'ConstraintError' },
    )
    assert.deepEqual(await ids(tx), [1], 'a refused statement leaves nothing')
    await tx.savepoint(async () => tx.run(insert, item(4)))
    return 'done'
  })
  assert.equal(result, 'done')
  assert.deepEqual(await ids(adapter), [1, 4])
  await assert.rejects(
    adapter.transaction('write', async (tx) => {
      await tx.run(bump, args())
      await tx.run(clear, args())
      await tx.run(insert, item(4))
      throw new Error('outer')
    }),
    /outer/,
  )
  assert.deepEqual((await adapter.run(readOf(Item), args())).rows, [
    [1, 0],
    [4, 0],
  ])
})

test('readers outside see what was committed, at once, while a writer is at work', async () => {
  const adapter = await opened(1)
  await adapter.transaction('write', async (tx) => {
    await tx.run(insert, item(2))
    assert.deepEqual(await ids(adapter), [1])
    await tx.run(clear, args())
    assert.deepEqual(await ids(adapter), [1])
    await adapter.transaction('read', async (other) => assert.deepEqual(await ids(other), [1]))
    await tx.run(insert, item(3))
  })
  assert.deepEqual(await ids(adapter), [3])
})

test('a read transaction keeps its snapshot whatever is committed meanwhile', async () => {
  const adapter = await opened(1)
  await adapter.transaction('read', async (tx) => {
    assert.deepEqual(await ids(tx), [1])
    await adapter.run(insert, item(2))
    await adapter.transaction('write', async (writer) => {
      await writer.run(insert, item(3))
      await adapter.transaction('read', async (second) => {
        assert.deepEqual(await ids(second), [1, 2])
        await writer.run(insert, item(4))
        assert.deepEqual(await ids(second), [1, 2])
      })
    })
    await adapter.prepare(makeSchema([Item, makeEntity('Other', { fields: { id: { type: 'integer', primary: true } } })]))
    await adapter.run(clear, args())
    assert.deepEqual(await ids(tx), [1])
    assert.throws(() => tx.run(insert, item(9)), { code: 'DATABASE_ERROR' })
  })
  assert.deepEqual(await ids(adapter), [])
})

test('writers take turns in the order in which they came', async () => {
  const adapter = await opened()
  const seen: string[] = []
  const writer = (name: string, id: number) =>
    adapter.transaction('write', async (tx) => {
      seen.push(`${name} in`)
      await tick()
      await tx.run(insert, item(id))
      await tick()
      seen.push(`${name} out`)
    })
  const first = writer('a', 1)
  const alone = tick().then(() => adapter.run(insert, item(2)))
  const second = writer('b', 3)
  await assert.rejects(Promise.all([first, second, writer('c', 1)]), { name: 'ConstraintError' })
  await alone
  assert.deepEqual(seen, ['a in', 'a out', 'b in', 'b out', 'c in'])
  assert.deepEqual(await ids(adapter), [1, 2, 3])
})

test('an ended transaction does nothing more', async () => {
  const adapter = await opened(1)
  let kept: Transaction | undefined
  await adapter.transaction('write', async (tx) => {
    kept = tx
  })
  assert.throws(() => kept?.run(clear, args()), { code: 'DATABASE_ERROR' })
  await assert.rejects(async () => kept?.savepoint(async () => undefined), { code: 'DATABASE_ERROR' })
  assert.deepEqual(await ids(adapter), [1])
})

test('deadlines and signals end statements and waiting; nothing of the statement stays', async () => {
  const adapter = await opened()
  await adapter.run(insert, rowsOf(Array.from({ length: 2000 }, (_, id) => [id, 7])))
  const linked = (where: Predicate): Predicate => ({ kind: 'exists', entity: Item, local: ['n'], foreign: ['n'], where })
  const slow = linked(linked(linked(compare('lt', field('id'), constant(-1, integer)))))
  const soon = () => ({ deadline: performance.now() + 20 })
  await assert.rejects(async () => adapter.run(readOf(Item, slow), args(), soon()), { code: 'TIMEOUT' })
  await assert.rejects(async () => adapter.run(mint<Update>({ ...bump, where: { kind: 'not', of: slow } }), args(), soon()), { code: 'TIMEOUT' })
  await assert.rejects(async () => adapter.run(all, args(), { deadline: performance.now() - 1 }), { code: 'TIMEOUT' })
  await assert.rejects(async () => adapter.run(all, args(), { signal: AbortSignal.abort() }), { code: 'TIMEOUT' })
  await adapter.transaction('write', async (tx) => {
    await assert.rejects(
      adapter.transaction('write', async () => undefined, soon()),
      { code: 'TIMEOUT' },
    )
    const stop = new AbortController()
    const waiting = assert.rejects(async () => adapter.run(insert, item(5000), { signal: stop.signal }), { code: 'TIMEOUT' })
    stop.abort()
    await waiting
    await assert.rejects(async () => tx.run(readOf(Item, slow), args(), soon()), { code: 'TIMEOUT' })
    await tx.run(insert, item(6000))
  })
  await assert.rejects(
    adapter.transaction('write', async (tx) => tx.run(mint<Update>({ ...bump, where: { kind: 'not', of: slow } }), args()), soon()),
    { code: 'TIMEOUT' },
  )
  const rows = (await adapter.run(readOf(Item), args())).rows
  assert.equal(rows.length, 2001)
  assert.ok(rows.every(([id, n]) => n === (id === 6000 ? 0 : 7)))
  assert.deepEqual(adapter.gauges(), { rows: 2001, waiting: 0 })
})

test('prepare takes the rows along, or refuses and changes nothing', async () => {
  const adapter = await opened(1, 2)
  await assert.rejects(async () => adapter.run(readOf(makeEntity('Nosuch', { fields: { id: { type: 'integer', primary: true } } })), args()), {
    code: 'DATABASE_ERROR',
  })
  const base = { id: { type: 'integer', primary: true }, n: { type: 'integer' } } as const
  const grown = makeEntity('Item', { fields: { ...base, note: { type: 'string' }, mark: { type: 'string', required: true, default: 'new' } } })
  await adapter.prepare(makeSchema([grown]))
  assert.deepEqual((await adapter.run(readOf(grown), args())).rows, [
    [1, 0, null, 'new'],
    [2, 0, null, 'new'],
  ])
  for (const wrong of [
    makeEntity('Item', { fields: { ...base, must: { type: 'string', required: true } } }),
    makeEntity('Item', { fields: { ...base, n: { type: 'integer', unique: 'exact' } } }),
  ]) {
    await assert.rejects(adapter.prepare(makeSchema([wrong])), { code: 'DATABASE_ERROR' })
  }
  assert.deepEqual((await adapter.run(readOf(grown), args())).rows.length, 2)
})

test('keys are found without a scan, with the same answer', async () => {
  const adapter = await opened()
  await adapter.run(insert, rowsOf(Array.from({ length: 5000 }, (_, id) => [id, id % 7])))
  const list = constant([4999, 3, 3, 9999] as unknown as Value, integer)
  for (const where of [
    { kind: 'in', left: field('id'), list, insensitive: false },
    { kind: 'keyIn', fields: ['id'], list: constant([[3], [4999], [3]] as unknown as Value, integer) },
  ] as Predicate[])
    assert.deepEqual((await adapter.run(readOf(Item, where, { columns: [{ field: 'id' }] }), args())).rows, [[3], [4999]])
  const none = { kind: 'and', all: [compare('eq', field('id'), constant(3, integer)), compare('eq', field('n'), constant(4, integer))] } as Predicate
  assert.deepEqual((await adapter.run(readOf(Item, none), args())).rows, [])
  assert.deepEqual((await adapter.run(readOf(Item, compare('eq', field('id'), constant(null, integer))), args())).rows, [])
})
