import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { decode } from '../protocol/codec.ts'
import type { Request } from '../protocol/message.ts'
import type { Value } from '../schema/entity.ts'
import type { Outgoing, Status } from './transport.ts'
import { overWebSocket, type RemoteOptions, type Socket } from './websocket.ts'

/** A socket whose other end is the test. */
class Fake implements Socket {
  static all: Fake[] = []
  static refuse = false
  readyState = 0
  readonly url: string
  readonly sent: Request[] = []
  closed = false
  readonly #listeners = new Map<string, ((event: never) => void)[]>()
  constructor(url: string) {
    if (Fake.refuse) throw new SyntaxError('no')
    this.url = url
    Fake.all.push(this)
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }
  emit(type: string, event: object = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
  open(): this { this.readyState = 1; this.emit('open'); return this }
  send(text: string): void { this.sent.push(decode(text)) }
  close(): void { if (!this.closed) { this.closed = true; this.emit('close', { code: 1000 }) } }
  drop(): void { this.closed = true; this.emit('close', { code: 1006 }) }
  reply(index: number, result: Value): void { this.emit('message', { data: JSON.stringify({ id: this.sent[index]?.id, result }) }) }
  raw(data: unknown): void { this.emit('message', { data }) }
}

const last = (): Fake => Fake.all.at(-1) as Fake
const transport = (more: Partial<RemoteOptions> = {}) => overWebSocket({ endpoint: 'wss://daemon/', webSocket: Fake, random: () => 0, ...more })
const read = (more: Partial<Outgoing> = {}): Outgoing => ({ method: 'read', params: ['User', 'a'], identity: { kind: 'configured' }, writes: false, ...more })
const write = (more: Partial<Outgoing> = {}): Outgoing => ({ method: 'create', params: ['User', {}], identity: { kind: 'configured' }, writes: true, idempotencyKey: 'k1', ...more })
/** What becomes of a call, without waiting for it. */
function watch(call: Promise<Value>) {
  const seen: { value?: Value; error?: DBALError } = {}
  call.then((value) => { seen.value = value }, (error) => { seen.error = error })
  return seen
}
const settle = async (): Promise<void> => { for (let i = 0; i < 5; i++) await Promise.resolve() }

let now = 0
beforeEach(() => {
  Fake.all = []
  Fake.refuse = false
  now = 0
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(performance, 'now', () => now)
})
afterEach(() => { mock.timers.reset(); mock.restoreAll() })
const pass = (ms: number): void => { for (let left = ms; left > 0; left -= 50) { now += Math.min(50, left); mock.timers.tick(Math.min(50, left)) } }

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
    assert.deepEqual(calls.map(({ value }) => value), ['first', 'second'])
    for (const { id } of last().sent) assert.match(String(id), /^c_[0-9a-f]{32}_/)
    await door.close()
  })

  test('each message carries its own identity and key', async () => {
    const door = transport()
    watch(door.send(write({ identity: { kind: 'token', token: 't', userId: 'u' } })))
    watch(door.send(read({ identity: { kind: 'nobody' } })))
    last().open()
    assert.deepEqual(last().sent.map(({ auth, idempotencyKey }) => [auth, idempotencyKey]), [[{ token: 't', userId: 'u' }, 'k1'], [undefined, undefined]])
    await door.close()
  })

  test('an error of the daemon arrives as DBALError', async () => {
    const door = transport()
    const seen = watch(door.send(read()))
    last().open().raw(JSON.stringify({ id: last().sent[0]?.id, error: { code: 404, name: 'NOT_FOUND', message: 'Resource not found', requestId: 'r' } }))
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
    assert.deepEqual(last().sent.map(({ method }) => method), ['create', 'read'])
    assert.deepEqual(last().sent[0], before.sent[0])
    before.reply(0, 'from the dead')
    last().reply(0, 'once')
    await settle()
    assert.equal(seen.value, 'once')
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
      while (Fake.all.length === count) { pass(50); waited += 50 }
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
    assert.deepEqual(silent.sent.map(({ method }) => method), ['read', 'ping'])
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
