/** What `client.transaction(work)` sends, and what comes of each way in which it can go wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../../errors/error.ts'
import type { Value } from '../../schema/entity.ts'
import { createClient } from '../client.ts'
import type { Outgoing, Transport } from '../transport.ts'
import type { Transaction } from '../types.ts'

type Answer = (call: Outgoing) => Value | DBALError | Promise<Value>

function fake(answer: Answer = () => null) {
  const calls: Outgoing[] = []
  let savepoints = 0
  const transport: Transport = {
    remote: true,
    status: 'open',
    on: () => () => undefined,
    close: async () => undefined,
    send: async (call) => {
      calls.push(call)
      const given = await answer(call)
      if (given instanceof DBALError) throw given
      if (call.method === 'begin') return { transaction: 'tx_1' }
      return call.method === 'savepoint' ? { savepoint: ++savepoints } : given
    },
  }
  const client = createClient(transport, { entities: { users: 'User' }, identity: { kind: 'token', token: 't' } })
  return { calls, client, methods: () => calls.map(({ method }) => method) }
}

const told = (code: 'CONFLICT' | 'TIMEOUT' | 'DATABASE_ERROR' | 'RATE_LIMIT_EXCEEDED', details = {}): DBALError => new DBALError(code, details)

test('begin, steps with its id and without keys, commit with one; the answer is that of the function', async () => {
  const { client, calls } = fake(({ method }) => (method === 'create' ? { id: 7 } : null))
  const answer = await client.transaction(async (tx) => {
    const row = await tx.users?.create({ a: 1 }, { timeout: 5 })
    await tx.entity('User').update(row.id, { a: 2 })
    await tx.users?.['promote']?.(1)
    await tx.call('User', 'demote', [1])
    return row
  })
  assert.deepEqual(answer, { id: 7 })
  const sent = calls.map(({ method, params, transaction, idempotencyKey, writes }) => [
    method,
    params,
    transaction,
    idempotencyKey !== undefined,
    writes,
  ])
  assert.deepEqual(sent, [
    ['begin', [], undefined, false, false],
    ['create', ['User', { a: 1 }], 'tx_1', false, false],
    ['update', ['User', 7, { a: 2 }], 'tx_1', false, false],
    ['call', ['User', 'promote', [1]], 'tx_1', false, false],
    ['call', ['User', 'demote', [1]], 'tx_1', false, false],
    ['commit', [], 'tx_1', true, true],
  ])
  assert.equal(calls[1]?.timeout, 5)
})

test('whoever throws undoes it; what was thrown comes out', async () => {
  const { client, methods } = fake()
  const mine = new Error('mine')
  await assert.rejects(
    client.transaction(async (tx) => {
      await tx.users?.create({})
      throw mine
    }),
    mine,
  )
  assert.deepEqual(methods(), ['begin', 'create', 'rollback'])
})

test('a call that ended it is the answer, also where the function went on', async () => {
  for (const error of [told('TIMEOUT'), told('DATABASE_ERROR'), told('CONFLICT', { transaction: 'ended' })]) {
    const { client, methods } = fake(({ method }) => (method === 'create' ? error : null))
    await assert.rejects(
      client.transaction(async (tx) => {
        await tx.users?.create({}).catch(() => undefined)
        return 'well'
      }),
      error,
    )
    assert.deepEqual(methods(), error.details['transaction'] === 'ended' ? ['begin', 'create'] : ['begin', 'create', 'rollback'])
  }
})

test('an ordinary refusal can be caught, and the rest is committed', async () => {
  const { client, methods } = fake(({ method }) => (method === 'create' ? told('CONFLICT') : null))
  assert.equal(
    await client.transaction(async (tx) => {
      await assert.rejects(tx.entity('User').create({}), { code: 'CONFLICT' })
      return 'well'
    }),
    'well',
  )
  assert.deepEqual(methods(), ['begin', 'create', 'commit'])
})

test('calls that nobody awaited end before the commit; behind it there are none', async () => {
  const gate = Promise.withResolvers<void>()
  const { client, methods } = fake(async ({ method }) => {
    if (method === 'count') await gate.promise
    return null
  })
  let kept: Transaction | undefined
  const done = client.transaction(async (tx) => {
    kept = tx
    void tx.users?.count()
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(methods(), ['begin', 'count'])
  gate.resolve()
  await done
  assert.deepEqual(methods(), ['begin', 'count', 'commit'])
  await assert.rejects(kept?.entity('User').count() as Promise<number>, (error: DBALError) => error.details['transaction'] === 'ended')
  assert.equal(methods().length, 3)
})

test('savepoints: kept, undone by a throw, within each other', async () => {
  const { client, calls } = fake()
  await client.transaction(async (tx) => {
    assert.equal(await tx.savepoint(async () => 'kept'), 'kept')
    await assert.rejects(
      tx.savepoint(async () => {
        await tx.savepoint(async () => void (await tx.users?.count()))
        throw new Error('mine')
      }),
      { message: 'mine' },
    )
  })
  assert.deepEqual(
    calls.map(({ method, params }) => [method, ...params]),
    [['begin'], ['savepoint'], ['release', 1], ['savepoint'], ['savepoint'], ['count', 'User'], ['release', 3], ['rollback', 2], ['commit']],
  )
})

test('a commit that was refused is followed by a rollback, one that nobody knows of is not', async () => {
  for (const [details, rolledBack] of [
    [{}, true],
    [{ outcome: 'unknown' }, false],
    [{ transaction: 'ended' }, false],
  ] as const) {
    const { client, methods } = fake(({ method }) => (method === 'commit' ? told('DATABASE_ERROR', details) : null))
    await assert.rejects(
      client.transaction(async () => 1),
      { code: 'DATABASE_ERROR' },
    )
    assert.equal(methods().includes('rollback'), rolledBack)
  }
})

test('a signal that fires inside ends it: nothing is committed, and the rows are let go', async () => {
  const { client, calls, methods } = fake()
  const abort = new AbortController()
  await assert.rejects(
    client.transaction(
      async (tx) => {
        await tx.users?.create({})
        abort.abort()
      },
      { signal: abort.signal },
    ),
    { code: 'TIMEOUT' },
  )
  assert.deepEqual(methods(), ['begin', 'create', 'rollback'])
  assert.equal(calls[2]?.signal, undefined)
})

test('it ends as whom it began, whatever the client becomes', async () => {
  const { client, calls } = fake(({ method }) => (method === 'login' ? { token: 'other', userId: 'u', expiresAt: '' } : null))
  await client.transaction(async (tx) => {
    await client.login('a', 'b')
    await tx.users?.count()
  })
  const tokens = calls.filter(({ method }) => method !== 'login').map(({ identity }) => (identity as { token: string }).token)
  assert.deepEqual(tokens, ['t', 't', 't'])
})

test('a step never has a key, and waits for its turn again only where it was told to', async () => {
  let refused = 0
  const { client, methods } = fake(({ method }) => {
    if (method === 'count' && refused++ === 0) return told('RATE_LIMIT_EXCEEDED', { retryAfter: 0.001 })
    return method === 'create' ? told('DATABASE_ERROR', { transaction: 'ended' }) : null
  })
  await assert.rejects(
    client.with({ retry: 3 }).transaction(async (tx) => {
      await tx.users?.count()
      await assert.rejects(tx.entity('User').create({}, { idempotencyKey: 'k' }), { code: 'VALIDATION_ERROR' })
      await tx.users?.create({})
    }),
    { code: 'DATABASE_ERROR' },
  )
  assert.deepEqual(methods(), ['begin', 'count', 'count', 'create'])
})

test('names that have to be asked for are asked inside it, once', async () => {
  const { client, calls } = fake(({ method }) => (method === 'getSchema' ? { entities: { Person: { plural: 'people' } } } : null))
  await client.transaction(async (tx) => {
    await Promise.all([tx['people']?.count(), tx['people']?.count()])
  })
  assert.deepEqual(
    calls.map(({ method, transaction }) => [method, transaction]),
    [['begin', undefined], ...['getSchema', 'count', 'count', 'commit'].map((method) => [method, 'tx_1'])],
  )
})

test('a list is still a list of steps', async () => {
  const { client, methods } = fake()
  await client.transaction([{ method: 'count', params: ['User'] }])
  await assert.rejects(client.transaction('x' as never), { code: 'VALIDATION_ERROR' })
  assert.deepEqual(methods(), ['transaction'])
})
