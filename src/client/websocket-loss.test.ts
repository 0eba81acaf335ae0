import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Fake, last, pass, read, resumeTime, settle, stopTime, transport, watch, write } from '../../test/support/fake-socket.ts'

beforeEach(stopTime)
afterEach(resumeTime)

describe('a lost connection', () => {
  test('C2/S11: the reply is lost, the write is sent again with the same key and id, before later calls', async () => {
    const door = transport()
    const seen = watch(door.send(write()))
    last().open()
    const before = last()
    before.drop()
    watch(door.send(read()))
    assert.equal(Fake.all.length, 1)
    pass(100)
    last().open()
    assert.deepEqual(
      last().sent.map(({ method }) => method),
      ['create', 'read'],
    )
    assert.deepEqual(last().sent[0], before.sent[0])
    before.reply(0, 'from the dead')
    last().reply(0, 'once')
    await settle()
    assert.equal(seen.value, 'once')
    await door.close()
  })

  test('a transaction goes with its connection: steps are told so and never sent again, the commit asks what came of it', async () => {
    const door = transport()
    const flying = watch(door.send(write({ transaction: 'tx', writes: false })))
    const commit = watch(door.send(write({ transaction: 'tx', method: 'commit', params: [] })))
    last().open().drop()
    const waiting = watch(door.send(read()))
    await settle()
    assert.deepEqual([flying.error?.code, flying.error?.details['transaction'], commit.error], ['CONFLICT', 'ended', undefined])
    pass(100)
    last().open()
    assert.deepEqual(
      last().sent.map(({ method, transaction }) => [method, transaction]),
      [
        ['commit', 'tx'],
        ['read', undefined],
      ],
    )
    last().reply(0, true)
    last().reply(1, 'row')
    await settle()
    assert.deepEqual([commit.value, waiting.value], [true, 'row'])
    await door.close()
  })

  test('pauses double with full jitter between 100 ms and 5 s; an answer begins anew', async () => {
    const door = transport({ random: () => 0.999999, timeout: 600_000 })
    watch(door.send(read()))
    const pauses: number[] = []
    for (let i = 0; i < 8; i++) {
      const count = Fake.all.length
      last().drop()
      let waited = 0
      while (Fake.all.length === count) {
        pass(50)
        waited += 50
      }
      pauses.push(waited)
    }
    assert.deepEqual(pauses, [200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    last().open().reply(0, 1)
    last().drop()
    const count = Fake.all.length
    pass(100)
    assert.equal(Fake.all.length, count + 1)
    await door.close()
  })

  test('a connection that is accepted and dropped at once does not begin anew', async () => {
    const door = transport({ random: () => 0.999999, timeout: 600_000 })
    watch(door.send(read()))
    last().open().drop()
    pass(200)
    last().open().drop()
    const count = Fake.all.length
    pass(350)
    assert.equal(Fake.all.length, count)
    pass(50)
    assert.equal(Fake.all.length, count + 1)
    await door.close()
  })

  test('an attempt that hangs is given up', async () => {
    const door = transport({ timeout: 60_000, connectTimeout: 1_000 })
    watch(door.send(read()))
    pass(1_100)
    assert.equal(Fake.all.length, 2)
    await door.close()
  })

  test('a class that throws is tried again like a refused connection', async () => {
    Fake.refuse = true
    const door = transport()
    const seen = watch(door.send(read()))
    Fake.refuse = false
    pass(100)
    last().open().reply(0, 'ok')
    await settle()
    assert.equal(seen.value, 'ok')
    await door.close()
  })

  test('heartbeat: silence is asked about, silence behind it is an end, and calls go on elsewhere', async () => {
    const door = transport({ heartbeat: { after: 1_000, gone: 2_000 }, timeout: 60_000 })
    const seen = watch(door.send(read()))
    last().open()
    const silent = last()
    pass(1_500)
    assert.deepEqual(
      silent.sent.map(({ method }) => method),
      ['read', 'ping'],
    )
    silent.reply(1, 'pong')
    pass(1_000)
    assert.equal(silent.closed, false)
    pass(1_500)
    assert.equal(silent.closed, true)
    pass(200)
    last().open().reply(0, 'at last')
    await settle()
    assert.equal(seen.value, 'at last')
    await door.close()
  })
})
