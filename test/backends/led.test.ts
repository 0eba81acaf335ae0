/**
 * Transactions that a caller leads, on every backend: what is undone by a connection that ends, by a lease that is over and by an engine that
 * closes is undone in the database itself, and whoever waited for its rows goes on. Order, savepoints and refusals are conformance cases.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Value } from '../../src/schema/entity.ts'
import { type BackendName, skipOf } from './backends.ts'
import { type BackendLab, god, type LabOptions, openLabOn } from './lab.ts'

const entities = `
entity: Item
versioned: true
fields:
  id: { type: integer, primary: true }
  n: { type: integer, default: 0 }
acl: { read: { god: true }, create: { god: true }, update: { god: true }, delete: { god: true } }
`
const names: readonly BackendName[] = ['sqlite', 'prisma-postgresql', 'postgresql', 'mysql', 'mongodb']

/** Calls of one connection; `begin` answers a function that makes calls of the transaction. */
function connect(lab: BackendLab) {
  const closing = new AbortController()
  let calls = 0
  const call = async (transaction: string | undefined, method: string, ...params: unknown[]): Promise<Value> => {
    const named = transaction === undefined ? {} : { transaction }
    const reply = await lab.engine.execute({ method, params, requestId: `c${++calls}`, connection: closing.signal, ...named }, god)
    return reply.ok ? reply.result : { error: reply.error.code, reason: reply.error.details.reason ?? '' }
  }
  const begin = async () => {
    const { transaction } = (await call(undefined, 'begin')) as { transaction: string }
    assert.equal(typeof transaction, 'string')
    return (method: string, ...params: unknown[]) => call(transaction, method, ...params)
  }
  return { call, begin, close: () => closing.abort() }
}

type Interactive = NonNullable<NonNullable<LabOptions['limits']>['interactive']>

async function on(name: BackendName, interactive: Interactive, work: (lab: BackendLab) => Promise<void>): Promise<void> {
  const lab = await openLabOn(name, { entities, limits: { interactive } })
  // Timers of leases keep no process alive, and nothing else may be waiting.
  const alive = setInterval(() => undefined, 1_000)
  try {
    await lab.get('createMany', 'Item', [{ id: 1 }, { id: 2 }])
    await work(lab)
  } finally {
    clearInterval(alive)
    await lab.close()
  }
}

/** Changes a row and makes one, so that both a lock and a new key are in the way of others. */
async function touch(tx: (method: string, ...params: unknown[]) => Promise<Value>): Promise<void> {
  assert.deepEqual(await tx('update', 'Item', 1, { n: 9 }, { expectedVersion: 1 }), { id: 1, n: 9, version: 2 })
  assert.deepEqual(await tx('create', 'Item', { id: 3, n: 9 }), { id: 3, n: 9, version: 1 })
  assert.equal(await tx('deleteMany', 'Item', { id: 2 }), 1)
}

/** Waits for whatever still holds the row, then finds all as it was. */
async function untouched(lab: BackendLab): Promise<void> {
  assert.deepEqual(await lab.get('update', 'Item', 1, { n: 1 }, { expectedVersion: 1 }), { id: 1, n: 1, version: 2 })
  assert.deepEqual(await lab.get('create', 'Item', { id: 3 }), { id: 3, n: 0, version: 1 })
  assert.equal(await lab.get('count', 'Item'), 3)
}

for (const name of names) {
  test(`${name}: a connection that ends takes its transaction with it`, { skip: skipOf(name) }, () =>
    on(name, {}, async (lab) => {
      const peer = connect(lab)
      const tx = await peer.begin()
      await touch(tx)
      peer.close()
      await untouched(lab)
      assert.equal(((await tx('commit')) as { error: string }).error, 'CONFLICT')
    }),
  )

  test(`${name}: a lease without a call, and one that is over, undo what was written`, { skip: skipOf(name) }, async () => {
    for (const [lease, told] of [
      [{ idle: 40 }, /No call of the transaction came for 40 ms/],
      [{ idle: 60_000, whole: 400 }, /was open for 400 ms/],
    ] as const) {
      await on(name, lease, async (lab) => {
        const tx = await connect(lab).begin()
        // On a slow machine the lease may be over before all of it is done: then nothing of it is there either.
        await touch(tx).catch(() => undefined)
        await untouched(lab)
        const late = (await tx('commit')) as { error: string; reason: string }
        assert.equal(late.error, 'TIMEOUT')
        assert.match(late.reason, told)
      })
    }
  })

  test(`${name}: a caller has its share of transactions, and a place comes back when one ends`, { skip: skipOf(name) }, () =>
    on(name, { perCaller: 1 }, async (lab) => {
      const first = await connect(lab).begin()
      assert.equal(((await connect(lab).call(undefined, 'begin')) as { error: string }).error, 'RATE_LIMIT_EXCEEDED')
      assert.equal(await first('commit'), true)
      const second = await connect(lab).begin()
      assert.equal(await second('rollback'), true)
    }),
  )

  test(`${name}: savepoints undo a part, a failed step undoes itself, and what is committed is there`, { skip: skipOf(name) }, () =>
    on(name, {}, async (lab) => {
      const tx = await connect(lab).begin()
      await tx('update', 'Item', 1, { n: 1 })
      const { savepoint } = (await tx('savepoint')) as { savepoint: number }
      await touchAfter(tx)
      assert.equal(((await tx('create', 'Item', { id: 2 })) as { error: string }).error, 'CONFLICT')
      assert.equal(((await tx('update', 'Item', 1, { n: 7 }, { expectedVersion: 1 })) as { error: string }).error, 'CONFLICT')
      assert.equal(await tx('rollback', savepoint), true)
      assert.deepEqual(await tx('create', 'Item', { id: 4, n: 4 }), { id: 4, n: 4, version: 1 })
      assert.equal(await tx('commit'), true)
      const { data } = (await lab.get('list', 'Item', { sort: { id: 'asc' }, select: ['id', 'n'] })) as { readonly data: Value }
      assert.deepEqual(data, [
        { id: 1, n: 1 },
        { id: 2, n: 0 },
        { id: 4, n: 4 },
      ])
    }),
  )
}

async function touchAfter(tx: (method: string, ...params: unknown[]) => Promise<Value>): Promise<void> {
  assert.equal(await tx('updateMany', 'Item', {}, { n: 8 }, { all: true }), 2)
  assert.deepEqual(await tx('create', 'Item', { id: 3 }), { id: 3, n: 0, version: 1 })
}
