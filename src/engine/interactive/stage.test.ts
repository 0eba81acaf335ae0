/** What each call of an open transaction costs, leaves in the audit and may be, and what a database that lacks something makes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, openLab, signedIn, system } from '../../../test/support/lab.ts'
import { ann, type Failed, failure, item, keep, open } from '../../../test/support/led.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import { createMemoryAdapter } from '../../adapters/memory/memory.ts'
import type { Sink } from '../../audit/sink.ts'
import { DBALError } from '../../errors/error.ts'
import { createTokenBuckets } from '../../limit/token-bucket.ts'

test('what does not belong there is refused by name, and the transaction goes on', async () => {
  const { connect, lab, rows } = await open('memory')
  const peer = connect()
  const tx = await peer.begin()
  for (const method of ['begin', 'transaction', 'login', 'logout', 'ping', 'whoami', 'explain', 'nosuch', 'constructor']) {
    assert.equal(failure(await tx.call(method))[0], 'VALIDATION_ERROR', method)
  }
  for (const method of ['commit', 'rollback', 'savepoint', 'release'])
    assert.equal(failure(await peer.call(method, ...(method === 'release' ? [1] : [])))[0], 'VALIDATION_ERROR')
  assert.equal(failure(await peer.send('create', item(1), { transaction: tx.id, idempotencyKey: 'k' }))[0], 'VALIDATION_ERROR')
  for (const [method, params] of [
    ['begin', [1]],
    ['commit', [1]],
    ['commit', { extra: 1 }],
    ['savepoint', [1]],
    ['rollback', [1, 2]],
    ['release', []],
  ] as const) {
    assert.equal(failure(await peer.send(method, params, method === 'begin' ? {} : { transaction: tx.id }))[0], 'VALIDATION_ERROR', method)
  }
  assert.equal(failure(await lab.send(ann, { method: 'begin', params: [] }))[0], 'CAPABILITY_NOT_SUPPORTED', 'no connection')
  assert.equal(failure(await connect(nobody).call('begin'))[0], 'UNAUTHORIZED')
  assert.ok(await tx.call('create', ...item(1)))
  assert.equal(await tx.call('commit'), true)
  assert.deepEqual(await rows(), [1])
  await lab.engine.close()
})

test('each step is written down by itself, with its transaction; intents come before, also of the commit', async () => {
  const seen: string[] = []
  const sink = keep(
    (event) => seen.push(`${event.operation} ${event.transaction ?? '-'} ${event.success}`),
    (event) => seen.push(`intent ${event.operation} ${event.transaction ?? '-'}`),
  )
  const { connect, lab } = await open('memory', { sink })
  const tx = await connect().begin()
  await tx.call('create', ...item(1))
  await tx.call('create', 'Item', { id: 2, owner: 'bob' })
  await tx.call('commit')
  assert.deepEqual(seen, [
    'begin r1 true',
    'intent create r1',
    'create r1 true',
    'intent create r1',
    'create r1 false',
    'intent commit r1',
    'commit r1 true',
  ])
  await lab.engine.close()
})

test('a log that cannot be written keeps steps from being committed', async () => {
  for (const broken of ['create', 'commit']) {
    let fails = true
    const sink: Sink = {
      ...keep(() => undefined),
      intent: (event) => (broken === 'commit' && event.operation === broken && fails ? Promise.reject(new Error('full')) : undefined),
      outcome: (event) => (broken === 'create' && event.operation === broken && fails ? Promise.reject(new Error('full')) : undefined),
    }
    const { connect, lab, rows } = await open('memory', { sink })
    const tx = await connect().begin()
    const made = await tx.call('create', ...item(1))
    if (broken === 'create') assert.equal(failure(made)[0], 'DATABASE_ERROR')
    assert.notEqual(await tx.call('commit'), true)
    fails = false
    assert.deepEqual(await rows(), [])
    await lab.engine.close()
  }
})

test('each call costs what it costs alone; the end is paid for by the beginning', async () => {
  const rate = createTokenBuckets({ perMinute: 1, burst: 4, monotonic: () => 0 })
  const { connect, lab } = await open('memory', { limits: { rate } })
  const tx = await connect().begin()
  assert.ok(await tx.call('create', ...item(1)))
  assert.ok(await tx.call('create', ...item(2)))
  assert.equal(failure(await tx.call('create', ...item(3)))[0], 'RATE_LIMIT_EXCEEDED')
  assert.equal(await tx.call('commit'), true)
  assert.equal(failure(await tx.call('commit'))[0], 'RATE_LIMIT_EXCEEDED')
  await lab.engine.close()
})

test('an identity that ends takes what it holds with it', async () => {
  let now = 1_000_000
  const { connect, lab, rows } = await open('memory', { clock: { now: () => now, monotonic: () => performance.now() } })
  const brief = signedIn('ann', 'user', { expiresAt: now + 1000, sessionId: 's1' })
  const tx = await connect(brief).begin()
  await tx.call('create', ...item(1))
  now += 2000
  assert.equal(failure(await tx.call('commit'))[0], 'UNAUTHORIZED')
  now -= 2000
  // A login of its own; what is said there of its end is said of the transaction.
  const session = signedIn('ann', 'user', { sessionId: '01980f4e-9f2b-7cc0-8f4e-0f64b1c7a001' })
  const other = connect(session)
  await tx.call('rollback')
  const held = await other.begin()
  await held.call('create', ...item(2))
  await other.call('logout')
  assert.deepEqual(failure(await held.call('commit')), ['CONFLICT', 'ended'])
  assert.deepEqual(await rows(), [])
  await lab.engine.close()
})

const altered = (base: Adapter, more: Partial<Adapter>): Adapter => ({
  name: base.name,
  capabilities: base.capabilities,
  run: (query, args, options) => base.run(query, args, options),
  transaction: (mode, work, options) => base.transaction(mode, work, options),
  prepare: (schema, mode) => base.prepare(schema, mode),
  probe: () => base.probe(),
  gauges: () => base.gauges(),
  close: () => base.close(),
  ...more,
})

test('a database without transactions, or with too small a pool, says so; without savepoints a failed write ends all', async () => {
  const base = createMemoryAdapter()
  const limited = (capabilities: object) => altered(base, { capabilities: { ...base.capabilities, ...capabilities } })
  const without = await open('memory', { adapter: limited({ transactions: false }) })
  assert.equal(failure(await without.connect().call('begin'))[0], 'CAPABILITY_NOT_SUPPORTED')
  const small = await open('memory', { limits: { interactive: { total: 0 } } })
  assert.equal(failure(await small.connect().call('begin'))[0], 'CAPABILITY_NOT_SUPPORTED')
  await base.prepare(small.lab.engine.world().schema)
  const flat = await open('memory', { adapter: limited({ nestedTransactions: false }) })
  const tx = await flat.connect().begin()
  assert.equal(failure(await tx.call('savepoint'))[0], 'CAPABILITY_NOT_SUPPORTED')
  await tx.call('create', ...item(1))
  assert.deepEqual(failure(await tx.call('read', 'Item', 5)), ['NOT_FOUND', undefined])
  assert.deepEqual(failure(await tx.call('create', ...item(1))), ['CONFLICT', 'ended'])
  assert.deepEqual(failure(await tx.call('commit')), ['CONFLICT', 'ended'])
  assert.deepEqual(await flat.rows(), [])
})

test('a commit of which nobody knows is told as unknown; one that the database refuses left nothing', async () => {
  for (const outcome of ['unknown', undefined] as const) {
    const base = createMemoryAdapter()
    const adapter = altered(base, {
      transaction: (mode, work, options) =>
        base.transaction(
          mode,
          async (tx) => {
            await work(tx)
            throw new DBALError('DATABASE_ERROR', outcome === undefined ? {} : { outcome })
          },
          options,
        ),
    })
    const { connect, lab } = await open('memory', { adapter })
    await base.prepare(lab.engine.world().schema)
    const tx = await connect().begin()
    await tx.call('create', ...item(1))
    const told = (await tx.call('commit')) as unknown as Failed
    assert.deepEqual([told.name, told.details.outcome, told.details.transaction], ['DATABASE_ERROR', outcome, 'ended'])
  }
})

test('beginning gives up at its deadline or signal, and leaves the database free', async () => {
  for (const which of ['memory', 'sqlite'] as const) {
    const { connect, lab, rows } = await open(which)
    const first = await connect().begin()
    const abort = new AbortController()
    const second = connect().send('begin', [], { timeout: 5 })
    const third = connect().send('begin', [], { signal: abort.signal })
    const alive = setInterval(() => undefined, 1000)
    assert.equal(failure(await second)[0], 'TIMEOUT')
    abort.abort()
    assert.equal(failure(await third)[0], 'TIMEOUT')
    clearInterval(alive)
    await first.call('create', ...item(1))
    assert.equal(await first.call('commit'), true)
    assert.ok(await lab.call(ann, 'create', ...item(2)))
    assert.deepEqual(await rows(), [1, 2])
    await lab.engine.close()
  }
})

test('where the transaction has the only connection, its own steps are not kept waiting for the look-up of their token', async () => {
  let shift = 0
  const clock = { now: () => Date.now(), monotonic: () => performance.now() + shift }
  const lab = await openLab(undefined, 'sqlite', { clock })
  const tokens: string[] = []
  for (const name of ['ann', 'bob']) {
    await lab.call(system, 'create', 'User', { username: name, email: `${name}@example.com`, role: 'god' })
    await lab.call(system, 'call', 'Credential', 'set', { username: name, password: 'a password of a test' })
    tokens.push(((await lab.call(nobody, 'login', name, 'a password of a test')) as { token: string }).token)
  }
  const [mine, other] = tokens as [string, string]
  const who = await lab.engine.authenticate(mine)
  const connection = new AbortController().signal
  const begun = (await lab.send(who, { method: 'begin', params: [], connection })) as { transaction: string }
  // What was found of tokens is forgotten by now.
  shift = 60_000
  assert.equal(await lab.engine.authenticate(mine, begun.transaction), who)
  let found = false
  const waits = [lab.engine.authenticate(other, begun.transaction), lab.engine.authenticate(mine, 'tx_other'), lab.engine.authenticate(mine)]
  for (const wait of waits) void wait.then(() => (found = true))
  const step = { transaction: begun.transaction, connection }
  assert.equal(await lab.send(who, { method: 'count', params: ['User'], ...step }), 2)
  assert.ok(((await lab.send(who, { method: 'getSchema', params: [], ...step })) as { entities: object }).entities)
  assert.equal(found, false, 'everybody else is looked up')
  assert.equal(await lab.send(who, { method: 'commit', params: [], ...step }), true)
  const [stranger] = await Promise.all(waits)
  assert.equal(stranger?.username, 'bob')
  await lab.engine.close()
})

test('the database is told that the work cannot run again; who asks for a commit under way waits for it', async () => {
  const base = createMemoryAdapter()
  const gate = Promise.withResolvers<void>()
  const once: unknown[] = []
  let held = true
  const adapter = altered(base, {
    transaction(mode, work, options) {
      if (!held) return base.transaction(mode, work, options)
      once.push(options?.once)
      held = false
      return base.transaction(
        mode,
        async (tx) => {
          const result = await work(tx)
          await gate.promise
          return result
        },
        options,
      )
    },
  })
  const { connect, lab, rows } = await open('memory', { adapter })
  await base.prepare(lab.engine.world().schema)
  const peer = connect()
  const tx = await peer.begin()
  await tx.call('create', ...item(1))
  const key = { transaction: tx.id, idempotencyKey: 'k' }
  const first = peer.send('commit', [], key)
  let answered = false
  const second = connect().send('commit', [], key)
  void second.then(() => (answered = true))
  // Far more turns than an answer without waiting would take.
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(answered, false)
  gate.resolve()
  assert.equal(await first, true)
  assert.deepEqual(once, [true])
  assert.equal(await second, true)
  assert.equal(await connect().send('commit', [], key), true)
  assert.deepEqual(await rows(), [1])
  await lab.engine.close()
})

test('what is known of identities is forgotten with the commit that changed them', async () => {
  const lab = await openLab(undefined, 'memory')
  const bob = (await lab.call(system, 'create', 'User', { username: 'bob', email: 'bob@example.com', role: 'user' })) as { id: string }
  await lab.call(system, 'call', 'Credential', 'set', { username: 'bob', password: 'a password of a test' })
  const { token } = (await lab.call(nobody, 'login', 'bob', 'a password of a test')) as { token: string }
  assert.equal((await lab.engine.authenticate(token)).role, 'user')
  const connection = new AbortController().signal
  const god = signedIn('01980f4e-9f2b-7cc0-8f4e-0f64b1c7a001', 'supergod')
  const { transaction } = (await lab.send(god, { method: 'begin', params: [], connection })) as { transaction: string }
  const made = await lab.send(god, { method: 'update', params: ['User', bob.id, { role: 'admin' }], transaction, connection })
  assert.equal((made as { role?: string }).role, 'admin', JSON.stringify(made))
  assert.equal((await lab.engine.authenticate(token)).role, 'user', 'not before it is committed')
  assert.equal(await lab.send(god, { method: 'commit', params: [], transaction, connection }), true)
  assert.equal((await lab.engine.authenticate(token)).role, 'admin')
  await lab.engine.close()
})
