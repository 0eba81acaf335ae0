/** Transactions that a caller leads call by call, on both embedded databases: order, undoing, ends, and whose they are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, openLab, signedIn, system } from '../../../test/support/lab.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import { createMemoryAdapter } from '../../adapters/memory/memory.ts'
import type { AuditEvent, AuditOutcome, Sink } from '../../audit/sink.ts'
import { DBALError } from '../../errors/error.ts'
import { createTokenBuckets } from '../../limit/token-bucket.ts'
import type { Principal } from '../../policy/principal.ts'
import type { Call } from '../../protocol/execute.ts'
import type { Value } from '../../schema/entity.ts'

const yaml = `
entity: Item
versioned: true
fields:
  id: { type: integer, primary: true }
  owner: { type: string, required: true }
  label: { type: string, optional: true, unique: true }
acl:
  create: { role: [user], row_level: "owner = $user.id" }
  read: { role: [user], row_level: "owner = $user.id" }
  update: { role: [user], row_level: "owner = $user.id" }
  delete: { role: [user], row_level: "owner = $user.id" }
`
const ann = signedIn('ann')
type Failed = { name: string; details: { transaction?: string; reason?: string; outcome?: string } }
const failure = (answer: Value): [string, string | undefined] => [(answer as Failed).name, (answer as Failed).details?.transaction]

type Options = NonNullable<Parameters<typeof openLab>[2]>

/** A caller on a connection of its own. */
async function open(which: 'memory' | 'sqlite', options: Options = {}) {
  const lab = await openLab(yaml, which, options)
  const connect = (who: Principal = ann, closing = new AbortController()) => {
    const send = (method: string, params: unknown, more: Partial<Call> = {}): Promise<Value> =>
      lab.send(who, { method, params, connection: closing.signal, ...more })
    const begin = async () => {
      const begun = (await send('begin', [])) as { transaction: string }
      assert.match(begun.transaction, /^tx_[\w-]{32}$/, JSON.stringify(begun))
      const { transaction } = begun
      return { id: transaction, call: (method: string, ...params: unknown[]) => send(method, params, { transaction }) }
    }
    return { send, begin, closing, close: () => closing.abort(), call: (method: string, ...params: unknown[]) => send(method, params) }
  }
  const rows = async (): Promise<Value> =>
    ((await lab.call(ann, 'list', 'Item', { sort: { id: 'asc' } })) as { data: { id: number }[] }).data.map(({ id }) => id)
  return { lab, connect, rows }
}

const item = (id: number, more: object = {}) => ['Item', { id, owner: 'ann', ...more }] as const

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: what is committed is there, what is not is not, and a commit happens once`, async () => {
    const { connect, rows, lab } = await open(which)
    const peer = connect()
    const first = await peer.begin()
    await first.call('create', ...item(1))
    assert.equal(await first.call('count', 'Item'), 1)
    assert.equal(await first.call('rollback'), true)
    assert.deepEqual(await rows(), [])
    const second = await peer.begin()
    await second.call('create', ...item(2))
    await second.call('update', 'Item', 2, { label: 'x' }, { expectedVersion: 1 })
    assert.equal(await second.call('commit'), true)
    assert.deepEqual(await rows(), [2])
    assert.deepEqual(failure(await second.call('commit')), ['CONFLICT', 'ended'])
    assert.deepEqual(failure(await second.call('create', ...item(3))), ['CONFLICT', 'ended'])
    assert.deepEqual(await rows(), [2])
    await lab.engine.close()
  })

  test(`${which}: a step that fails is undone alone, and the transaction goes on`, async () => {
    const { connect, rows, lab } = await open(which)
    const peer = connect()
    const tx = await peer.begin()
    await tx.call('create', ...item(1, { label: 'a' }))
    for (const [call, name] of [
      [tx.call('create', ...item(2, { label: 'a' })), 'CONFLICT'],
      [tx.call('create', 'Item', { id: 3, owner: 'bob' }), 'FORBIDDEN'],
      [tx.call('update', 'Item', 1, { owner: 'bob' }), 'FORBIDDEN'],
      [tx.call('update', 'Item', 1, { label: 'b' }, { expectedVersion: 7 }), 'CONFLICT'],
      [tx.call('createMany', 'Item', [item(4)[1], item(5, { label: 'a' })[1]]), 'CONFLICT'],
      [tx.call('read', 'Item', 9), 'NOT_FOUND'],
      [tx.call('list', 'Nosuch'), 'NOT_FOUND'],
      [tx.call('create', 'Item', { id: 6 }), 'VALIDATION_ERROR'],
    ] as const) {
      assert.deepEqual(failure(await call), [name, undefined])
    }
    assert.deepEqual(((await tx.call('read', 'Item', 1)) as { owner: string }).owner, 'ann')
    assert.equal(await tx.call('commit'), true)
    assert.deepEqual(await rows(), [1])
    await lab.engine.close()
  })

  test(`${which}: savepoints undo or keep what stands behind them, in each other too`, async () => {
    const { connect, rows, lab } = await open(which)
    const tx = await connect().begin()
    const mark = async (): Promise<number> => ((await tx.call('savepoint')) as { savepoint: number }).savepoint
    await tx.call('create', ...item(1))
    const outer = await mark()
    await tx.call('create', ...item(2))
    const inner = await mark()
    await tx.call('create', ...item(3))
    assert.equal(await tx.call('rollback', inner), true)
    assert.equal(failure(await tx.call('rollback', inner))[0], 'VALIDATION_ERROR')
    await tx.call('create', ...item(4))
    const deep = [await mark(), await mark(), await mark()]
    await tx.call('create', ...item(5))
    assert.equal(await tx.call('release', deep[1]), true)
    assert.equal(failure(await tx.call('release', deep[2]))[0], 'VALIDATION_ERROR')
    assert.equal(await tx.call('rollback', deep[0]), true)
    assert.equal(await tx.call('release', outer), true)
    const undone = await mark()
    await mark()
    await tx.call('create', ...item(6))
    assert.equal(await tx.call('rollback', undone), true)
    await mark()
    await tx.call('create', ...item(7))
    assert.equal(await tx.call('commit'), true)
    assert.deepEqual(await rows(), [1, 2, 4, 7])
    const whole = await connect().begin()
    await whole.call('savepoint')
    await whole.call('create', ...item(8))
    assert.equal(await whole.call('rollback'), true)
    assert.deepEqual(await rows(), [1, 2, 4, 7])
    for (const bad of ['1', 1.5, null, {}]) {
      const again = await connect().begin()
      assert.equal(failure(await again.call('release', bad))[0], 'VALIDATION_ERROR')
      await again.call('rollback')
    }
    await lab.engine.close()
  })

  test(`${which}: calls take their turn in the order in which they came`, async () => {
    const { connect, rows, lab } = await open(which)
    const tx = await connect().begin()
    const answers = await Promise.all([
      tx.call('create', ...item(1)),
      tx.call('update', 'Item', 1, { label: 'a' }),
      tx.call('update', 'Item', 1, { label: 'b' }),
      tx.call('read', 'Item', 1),
      tx.call('commit'),
      tx.call('create', ...item(2)),
    ])
    assert.deepEqual((answers[3] as { label: string; version: number }).label, 'b')
    assert.equal(answers[4], true)
    assert.deepEqual(failure(answers[5] as Value), ['CONFLICT', 'ended'])
    assert.deepEqual(await rows(), [1])
    await lab.engine.close()
  })

  test(`${which}: only its own caller on its own connection knows it; for all others it never was`, async () => {
    const { connect, rows, lab } = await open(which)
    const peer = connect()
    const tx = await peer.begin()
    await tx.call('create', ...item(1))
    const never = await peer.send('commit', [], { transaction: 'tx_none' })
    const onIt = (who: Principal) => connect(who, peer.closing)
    for (const stranger of [
      onIt(signedIn('bob')),
      onIt(signedIn('ann', 'god')),
      onIt(signedIn('ann', 'user', { sessionId: 's' })),
      onIt(signedIn('ann', 'user', { tenantId: 't' })),
      onIt({ ...ann, kind: 'service' }),
      onIt(system),
      connect(),
      connect(signedIn('bob')),
      connect(signedIn('ann', 'god')),
      connect(signedIn('ann', 'user', { sessionId: 's' })),
      connect(system),
    ]) {
      for (const [method, params] of [
        ['commit', []],
        ['rollback', []],
        ['count', ['Item']],
        ['savepoint', []],
        ['create', item(2)],
      ] as const) {
        assert.deepEqual(await stranger.send(method, params, { transaction: tx.id }), never)
      }
    }
    // The same connection, another identity; and no connection at all.
    const { connection: _, ...bare } = { connection: undefined, method: 'commit', params: [], transaction: tx.id }
    assert.deepEqual(await lab.send(ann, bare), never)
    await tx.call('commit')
    for (const stranger of [connect(), connect(signedIn('bob'))]) assert.deepEqual(await stranger.send('commit', [], { transaction: tx.id }), never)
    assert.deepEqual(await rows(), [1])
    await lab.engine.close()
  })

  test(`${which}: a connection that ends takes its transactions with it`, async () => {
    const { connect, rows, lab } = await open(which)
    const peer = connect()
    const tx = await peer.begin()
    await tx.call('create', ...item(1))
    peer.close()
    assert.deepEqual(failure(await tx.call('commit')), ['CONFLICT', 'ended'])
    // Whoever writes next finds the database free.
    await lab.call(ann, 'create', ...item(2))
    assert.deepEqual(await rows(), [2])
    assert.deepEqual(failure(await peer.send('begin', [])), ['CONFLICT', 'ended'], 'nor does it begin another')
    await lab.engine.close()
  })

  test(`${which}: without a call, and after its whole time, it is undone, and its caller is told why`, async () => {
    for (const [lease, told] of [
      [{ idle: 5 }, /^No call of the transaction came for 5 ms/],
      [{ idle: 60_000, whole: 5 }, /^The transaction was open for 5 ms/],
    ] as const) {
      const ends: AuditOutcome[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const sink = keep((event) => {
        ends.push(event)
        if (event.operation === 'rollback') resolve()
      })
      const { connect, rows, lab } = await open(which, { limits: { interactive: lease }, sink })
      const alive = setInterval(() => undefined, 1000)
      const peer = connect()
      const tx = await peer.begin()
      void tx.call('create', ...item(1))
      await promise
      clearInterval(alive)
      const late = (await tx.call('commit')) as unknown as Failed
      assert.deepEqual([late.name, late.details.transaction], ['TIMEOUT', 'ended'])
      assert.match(late.details.reason ?? '', told)
      assert.deepEqual(await rows(), [])
      const line = ends.find(({ operation }) => operation === 'rollback')
      assert.match(line?.message ?? '', told)
      assert.equal(line?.transaction, ends[0]?.requestId)
      await lab.engine.close()
    }
  })

  test(`${which}: there is a bound for each caller and for all`, async () => {
    const { connect, lab } = await open('memory', { limits: { interactive: { perCaller: 1, total: 2 } } })
    const first = await connect().begin()
    assert.equal(failure(await connect().call('begin'))[0], 'RATE_LIMIT_EXCEEDED')
    const bob = connect(signedIn('bob'))
    const waiting = bob.call('begin')
    assert.equal(failure(await connect(signedIn('cleo')).call('begin'))[0], 'RATE_LIMIT_EXCEEDED')
    await first.call('rollback')
    const { transaction = '' } = (await waiting) as { transaction?: string }
    assert.equal(await bob.send('rollback', [], { transaction }), true)
    const last = connect(signedIn('cleo'))
    assert.equal(await last.begin().then(({ call }) => call('rollback')), true, 'the place of the first is free again')
    await lab.engine.close()
  })

  test(`${which}: closing the engine undoes what is open`, async () => {
    const { connect, lab } = await open(which)
    const tx = await connect().begin()
    await tx.call('create', ...item(1))
    await lab.engine.close()
    assert.deepEqual(failure(await tx.call('commit')), ['CONFLICT', 'ended'])
  })

  test(`${which}: a commit whose answer was lost is asked again with its key, from anywhere`, async () => {
    const { connect, rows, lab } = await open(which)
    const peer = connect()
    const tx = await peer.begin()
    await tx.call('create', ...item(1))
    const key = { transaction: tx.id, idempotencyKey: 'k' }
    assert.equal(await peer.send('commit', [], key), true)
    assert.equal(await connect().send('commit', [], key), true)
    assert.equal(await peer.send('commit', [], key), true)
    assert.equal(failure(await connect(signedIn('bob')).send('commit', [], key))[0], 'CONFLICT')
    assert.equal(failure(await connect().send('commit', [], { ...key, transaction: 'tx_other' }))[0], 'CONFLICT')
    // One that never came to its commit has not happened; its socket had gone before.
    const lost = await peer.begin()
    await lost.call('create', ...item(2))
    peer.close()
    assert.deepEqual(failure(await connect().send('commit', [], { transaction: lost.id, idempotencyKey: 'l' })), ['CONFLICT', 'ended'])
    // While it is under way, who asks again waits for it.
    const third = connect()
    const slow = await third.begin()
    void slow.call('create', ...item(3))
    const [first, second] = await Promise.all([
      third.send('commit', [], { transaction: slow.id, idempotencyKey: 'm' }),
      connect().send('commit', [], { transaction: slow.id, idempotencyKey: 'm' }),
    ])
    assert.deepEqual([first, second], [true, true])
    assert.deepEqual(await rows(), [1, 3])
    await lab.engine.close()
  })
}

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

function keep(outcome: (event: AuditOutcome) => void, intent: (event: AuditEvent) => void = () => undefined): Sink {
  return {
    intent(event) {
      intent(event)
      return undefined
    },
    outcome(event) {
      outcome(event)
      return undefined
    },
    close: async () => undefined,
  }
}

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
