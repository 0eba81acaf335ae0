/** Transactions that a caller leads call by call, on both embedded databases: order, undoing, ends, and whose they are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedIn, system } from '../../../test/support/lab.ts'
import { ann, type Failed, failure, item, keep, open } from '../../../test/support/led.ts'
import type { AuditOutcome } from '../../audit/sink.ts'
import type { Principal } from '../../policy/principal.ts'
import type { Value } from '../../schema/entity.ts'

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
