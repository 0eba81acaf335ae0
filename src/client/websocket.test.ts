import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Fake, last, pass, read, resumeTime, settle, stopTime, transport, watch, write } from '../../test/support/fake-socket.ts'
import { DBALError } from '../errors/error.ts'
import type { Status } from './transport.ts'

beforeEach(stopTime)
afterEach(resumeTime)

describe('calls and replies', () => {
  test('connects at the first call, matches replies by ids that nobody can guess, in any order', async () => {
    const door = transport()
    assert.equal(Fake.all.length, 0)
    const calls = [watch(door.send(read())), watch(door.send(read()))]
    assert.equal(Fake.all.length, 1)
    assert.equal(last().sent.length, 0)
    last().open()
    last().reply(1, 'second')
    last().reply(0, 'first')
    await settle()
    assert.deepEqual(
      calls.map(({ value }) => value),
      ['first', 'second'],
    )
    for (const { id } of last().sent) assert.match(String(id), /^c_[0-9a-f]{32}_/)
    await door.close()
  })

  test('each message carries its own identity and key', async () => {
    const door = transport()
    watch(door.send(write({ identity: { kind: 'token', token: 't', userId: 'u' } })))
    watch(door.send(read({ identity: { kind: 'nobody' } })))
    last().open()
    assert.deepEqual(
      last().sent.map(({ auth, idempotencyKey }) => [auth, idempotencyKey]),
      [
        [{ token: 't', userId: 'u' }, 'k1'],
        [undefined, undefined],
      ],
    )
    await door.close()
  })

  test('an error of the daemon arrives as DBALError', async () => {
    const door = transport()
    const seen = watch(door.send(read()))
    last()
      .open()
      .raw(JSON.stringify({ id: last().sent[0]?.id, error: { code: 404, name: 'NOT_FOUND', message: 'Resource not found', requestId: 'r' } }))
    await settle()
    assert.ok(seen.error instanceof DBALError)
    assert.deepEqual([seen.error.code, seen.error.status, seen.error.requestId], ['NOT_FOUND', 404, 'r'])
    await door.close()
  })

  test('replies to strangers and second replies are ignored', async () => {
    const door = transport()
    const seen = watch(door.send(read()))
    last().open().raw('{"id":"c_guessed_1","result":"forged"}')
    last().raw('{"id":null,"error":{"code":422,"name":"VALIDATION_ERROR","message":"x"}}')
    last().reply(0, 'mine')
    last().reply(0, 'again')
    await settle()
    assert.equal(seen.value, 'mine')
    await door.close()
  })

  test('what is no reply ends the socket, not the call', async () => {
    for (const data of ['{', '[]', new ArrayBuffer(2), '{"id":1}']) {
      const door = transport()
      const seen = watch(door.send(read()))
      last().open().raw(data)
      assert.equal(last().closed, true)
      pass(100)
      last().open().reply(0, 'after')
      await settle()
      assert.equal(seen.value, 'after')
      await door.close()
    }
  })

  test('a call larger than a message is refused here', async () => {
    const door = transport()
    await assert.rejects(door.send(write({ params: ['x'.repeat(1024 * 1024)] })), { code: 'VALIDATION_ERROR' })
    assert.equal(Fake.all.length, 0)
  })
})

describe('bounds', () => {
  test('31 in flight (one place stays for heartbeats), the rest waits, one more than the line takes is refused', async () => {
    const door = transport({ maxWaiting: 10 })
    const first = watch(door.send(read()))
    last().open()
    for (let i = 0; i < 40; i++) watch(door.send(read()))
    assert.equal(last().sent.length, 31)
    await assert.rejects(door.send(read()), { code: 'RATE_LIMIT_EXCEEDED' })
    last().reply(0, 1)
    await settle()
    assert.equal(first.value, 1)
    assert.equal(last().sent.length, 32)
    await door.close()
  })

  test('a call that was given up keeps its place until its late answer, which nobody gets', async () => {
    const door = transport()
    const seen = watch(door.send(read({ timeout: 100 })))
    last().open()
    for (let i = 0; i < 31; i++) watch(door.send(read()))
    pass(100)
    await settle()
    assert.equal(seen.error?.code, 'TIMEOUT')
    assert.equal(last().sent.length, 31)
    last().reply(0, 'late')
    assert.equal(last().sent.length, 32)
    await settle()
    assert.equal(seen.value, undefined)
    await door.close()
  })
})

describe('deadline and abort', () => {
  test('30 s unless told otherwise; a read has no unknown outcome', async () => {
    const door = transport()
    const seen = watch(door.send(read()))
    last().open()
    pass(29_000)
    last().raw('{"id":"x","result":1}')
    await settle()
    assert.ok(!('error' in seen))
    pass(1_000)
    await settle()
    assert.equal(seen.error?.code, 'TIMEOUT')
    assert.equal(seen.error?.details.outcome, undefined)
    await door.close()
  })

  test('a write that was sent: outcome unknown, with the key that answers it', async () => {
    const door = transport({ timeout: 200 })
    const seen = watch(door.send(write()))
    last().open()
    pass(200)
    await settle()
    assert.deepEqual([seen.error?.code, seen.error?.details.outcome, seen.error?.details['idempotencyKey']], ['TIMEOUT', 'unknown', 'k1'])
    await door.close()
  })

  test('a write that was never sent had no effect, and the error says why it was not sent', async () => {
    const door = transport({ timeout: 200 })
    const seen = watch(door.send(write()))
    pass(200)
    await settle()
    assert.equal(seen.error?.details.outcome, undefined)
    assert.match(seen.error?.details.reason ?? '', /no connection to wss:\/\/daemon/)
    last().open()
    assert.equal(last().sent.length, 0)
    await door.close()
  })

  test('abort before sending, while waiting, and in flight', async () => {
    const door = transport()
    await assert.rejects(door.send(read({ signal: AbortSignal.abort() })), { code: 'TIMEOUT' })
    assert.equal(Fake.all.length, 0)
    const waiting = new AbortController()
    const one = watch(door.send(write({ signal: waiting.signal })))
    waiting.abort()
    last().open()
    assert.equal(last().sent.length, 0)
    const flying = new AbortController()
    const two = watch(door.send(write({ signal: flying.signal })))
    flying.abort()
    last().reply(0, 'late')
    await settle()
    assert.deepEqual([one.error?.code, one.error?.details.outcome], ['TIMEOUT', undefined])
    assert.deepEqual([two.error?.code, two.error?.details.outcome, two.value], ['TIMEOUT', 'unknown', undefined])
    await door.close()
  })
})

describe('status and close', () => {
  test('connecting, open, reconnecting, open, closed', async () => {
    const door = transport()
    const seen: Status[] = []
    const end = door.on((status) => seen.push(status))
    assert.equal(door.status, 'closed')
    watch(door.send(read()))
    last().open().drop()
    pass(100)
    last().open()
    await door.close()
    assert.deepEqual(seen, ['connecting', 'open', 'reconnecting', 'open', 'closed'])
    end()
  })

  test('close ends every call and all later ones, opens nothing, and may be called twice', async () => {
    const door = transport()
    const sent = watch(door.send(write()))
    last().open()
    await Promise.all([door.close(), door.close()])
    const unsent = watch(door.send(write()))
    await settle()
    assert.deepEqual([sent.error?.code, sent.error?.details.outcome], ['DATABASE_ERROR', 'unknown'])
    assert.deepEqual([unsent.error?.code, unsent.error?.details.outcome], ['DATABASE_ERROR', undefined])
    pass(60_000)
    assert.equal(Fake.all.length, 1)
  })

  test('closing before an attempt succeeds', async () => {
    const door = transport()
    watch(door.send(read()))
    const done = door.close()
    last().open()
    await done
    assert.equal(last().sent.length, 0)
    assert.equal(door.status, 'closed')
  })
})
