import assert from 'node:assert/strict'
import { connect as tcp } from 'node:net'
import { after, describe, it } from 'node:test'
import { DBALError } from '../../src/errors/error.ts'
import { connect, fakeDaemon, gate, member, upgradeStatus } from './peer.ts'

type Fake = Awaited<ReturnType<typeof fakeDaemon>>
const running: Fake['daemon'][] = []
const start: typeof fakeDaemon = async (...args) => {
  const fake = await fakeDaemon(...args)
  running.push(fake.daemon)
  return fake
}
after(() => Promise.all(running.map((daemon) => daemon.drain())))

const alice = { token: 'alice-token' }
const bob = { token: 'bob-token' }

describe('envelopes', () => {
  it('answers by id in the form that was asked for', async () => {
    const { daemon } = await start((call) => {
      if (call.method === 'fail') throw new DBALError('FORBIDDEN', { reason: 'no' })
      return { params: call.params }
    })
    const peer = await connect(daemon.url)
    peer.send({ id: 'a', method: 'read', params: ['User', 'x'] })
    assert.deepEqual(await peer.next(), { id: 'a', result: { params: ['User', 'x'] } })
    peer.send({ jsonrpc: '2.0', id: 7, method: 'read', params: { entity: 'User' } })
    assert.deepEqual(await peer.next(), { jsonrpc: '2.0', id: 7, result: { params: { entity: 'User' } } })
    peer.send({ id: 'b', method: 'fail' })
    const { id, error } = await peer.next()
    assert.deepEqual([id, error.code, error.name, error.details], ['b', 403, 'FORBIDDEN', { reason: 'no' }])
    assert.equal(typeof error.requestId, 'string')
    peer.send({ jsonrpc: '2.0', id: 'c', method: 'fail' })
    const strict = await peer.next()
    assert.deepEqual([strict.jsonrpc, strict.error.code, strict.error.data.name], ['2.0', 403, 'FORBIDDEN'])
  })

  it('answers what is no request with an error, executes nothing of it, and goes on', async () => {
    const { daemon, done, seen } = await start()
    const peer = await connect(daemon.url)
    for (const text of [
      '',
      'null',
      '{',
      '[]',
      '{"id":1}',
      '{"id":1,"id":2,"method":"ping"}',
      '{"id":1,"method":"ping","extra":1}',
      `${'['.repeat(5000)}`,
    ]) {
      peer.send(text)
      const { error } = await peer.next()
      assert.equal(error.name, 'VALIDATION_ERROR', text.slice(0, 40))
    }
    assert.equal(done.length, 0)
    assert.ok(seen.some((o) => o.kind === 'request' && o.code === 'VALIDATION_ERROR'))
    peer.send({ id: 1, method: 'ping' })
    assert.equal((await peer.next()).id, 1)
  })

  it('hands idempotency key, address and a unique request id on', async () => {
    const { daemon, done } = await start()
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'create', params: [], idempotencyKey: 'k' })
    peer.send({ id: 2, method: 'create', params: [] })
    await peer.byId(2)
    const [first, second] = done.map(({ call }) => call)
    assert.deepEqual([first?.idempotencyKey, first?.address, second?.idempotencyKey], ['k', '127.0.0.1', undefined])
    assert.notEqual(first?.requestId, second?.requestId)
  })

  it('an engine that breaks its promise is an internal error, not a crash', async () => {
    const { daemon, seen } = await start(undefined, { execute: () => Promise.reject(new Error('secret detail')) })
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'ping' })
    const reply = await peer.next()
    assert.equal(reply.error.name, 'INTERNAL_ERROR')
    assert.ok(!JSON.stringify(reply).includes('secret'))
    assert.ok(seen.some((o) => o.kind === 'request' && o.cause instanceof Error))
  })
})

describe('identity', () => {
  it('comes from the message, else from the connection, and nothing else', async () => {
    const { daemon } = await start()
    const peer = await connect(daemon.url, { headers: { authorization: 'Bearer bob-token' } })
    const asked = async (message: object): Promise<unknown> => {
      peer.send({ id: 'x', method: 'whoami', ...message })
      const { result, error } = await peer.next()
      return member(result, 'who') ?? error?.name
    }
    assert.equal(await asked({}), 'bob')
    assert.equal(await asked({ auth: alice }), 'alice')
    assert.equal(await asked({}), 'bob')
    assert.equal(await asked({ auth: { ...alice, userId: 'alice' } }), 'alice')
    assert.equal(await asked({ auth: { ...alice, userId: 'bob' } }), 'UNAUTHORIZED')
    assert.equal(await asked({ auth: { ...alice, user_id: 'bob' } }), 'UNAUTHORIZED')
    assert.equal(await asked({ auth: { userId: 'bob' } }), 'bob')
    assert.equal(await asked({ auth: { userId: 'alice' } }), 'UNAUTHORIZED')
    assert.equal(await asked({ auth: null }), 'UNAUTHORIZED')
    assert.equal(await asked({ auth: { token: 'nosuch' } }), 'UNAUTHORIZED')
    assert.equal(await asked({ auth: { token: { $ne: null } } }), 'VALIDATION_ERROR')
    assert.equal(await asked({}), 'bob')
  })

  it('a claimed user id that differs executes nothing and is observed', async () => {
    const { daemon, done, seen } = await start()
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'list', auth: { ...alice, userId: 'bob' } })
    await peer.next()
    peer.send({ id: 2, method: 'list', auth: { userId: 'bob' } })
    assert.equal((await peer.next()).error.name, 'UNAUTHORIZED')
    assert.equal(done.length, 0)
    assert.equal(seen.filter((o) => o.kind === 'authentication' && !o.ok).length, 2)
  })

  it("refusals go through the engine's recorder where there is one", async () => {
    const recorded: string[] = []
    const { daemon } = await start(undefined, {
      refused: async (call, error) => {
        recorded.push(`${call.method} ${error.code} ${call.address}`)
        return { ok: false, error, requestId: call.requestId }
      },
    })
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'list', auth: { token: 'nosuch' } })
    peer.send('{')
    await peer.next()
    await peer.next()
    assert.deepEqual(recorded.sort(), ['list UNAUTHORIZED 127.0.0.1', 'other VALIDATION_ERROR 127.0.0.1'])
  })

  it('S3: two users interleaved on one socket are never mixed', async () => {
    const { daemon, done } = await start(async (_, who) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
      return { who: who.id ?? null }
    })
    const peer = await connect(daemon.url)
    const expected = new Map<number, string | null>()
    for (let id = 0; id < 600; id++) {
      const who = (['alice', 'bob', null] as const)[id % 3] as string | null
      expected.set(id, who)
      peer.send({ id, method: 'whoami', ...(who === null ? {} : { auth: { token: `${who}-token` } }) })
    }
    for (const [id, who] of expected) assert.equal(member((await peer.byId(id)).result, 'who'), who)
    assert.equal(done.length, 600)
  })

  it('authenticate sets the identity of messages that come in after its reply, not of earlier ones', async () => {
    const { daemon } = await start((call, who) => {
      if (call.method !== 'authenticate') return { who: who.id ?? null }
      const [token] = call.params as string[]
      if (token !== 'alice-token') throw new DBALError('UNAUTHORIZED')
      return { id: 'alice' }
    })
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'authenticate', params: ['alice-token'] })
    peer.send({ id: 2, method: 'whoami' })
    assert.equal(member((await peer.byId(2)).result, 'who'), null)
    await peer.byId(1)
    peer.send({ id: 3, method: 'whoami' })
    assert.equal(member((await peer.byId(3)).result, 'who'), 'alice')
    peer.send({ id: 4, method: 'authenticate', params: ['wrong'] })
    assert.equal((await peer.byId(4)).error.name, 'UNAUTHORIZED')
    peer.send({ id: 5, method: 'whoami' })
    assert.equal(member((await peer.byId(5)).result, 'who'), 'alice')
  })

  it('a bad token or header in the upgrade is refused there', async () => {
    const { daemon } = await start()
    assert.equal(await upgradeStatus(daemon.url, { authorization: 'Bearer nosuch' }), 401)
    assert.equal(await upgradeStatus(daemon.url, { authorization: 'Basic YTpi' }), 401)
    assert.equal(await upgradeStatus(daemon.url, { authorization: 'Bearer alice-token' }), 101)
  })

  it('S2: a revoked session ends its socket with 1008, and no message is executed for it before', async () => {
    const { daemon, tokens, done } = await start()
    const own = await connect(daemon.url, { headers: { authorization: 'Bearer alice-token' } })
    const shown = await connect(daemon.url)
    shown.send({ id: 1, method: 'whoami', auth: alice })
    await shown.next()
    const both = await connect(daemon.url)
    both.send({ id: 1, method: 'whoami', auth: alice })
    both.send({ id: 2, method: 'whoami', auth: bob })
    await both.byId(2)
    await both.byId(1)
    const before = done.length
    tokens.delete('alice-token')
    own.send({ id: 9, method: 'whoami' })
    assert.equal((await own.closed).code, 1008)
    assert.equal((await shown.closed).code, 1008)
    assert.equal(done.length, before)
    both.send({ id: 3, method: 'whoami', auth: bob })
    assert.equal(member((await both.byId(3)).result, 'who'), 'bob')
  })
})

describe('frames', () => {
  it('binary, oversize, bad UTF-8 and unmasked frames close with their code, and nothing after them is executed', async () => {
    const { daemon, done } = await start()
    const violations: [number, (peer: Awaited<ReturnType<typeof connect>>) => void][] = [
      [1003, ({ ws }) => ws.send(Buffer.from('{"id":1,"method":"ping"}'))],
      [1009, ({ ws }) => ws.send('x'.repeat(1024 * 1024 + 1))],
      [1007, ({ ws }) => ws.send(Buffer.from([0xff, 0xfe]), { binary: false })],
      [1002, ({ ws }) => ws.send('ping', { mask: false })],
    ]
    for (const [code, violate] of violations) {
      const peer = await connect(daemon.url)
      violate(peer)
      for (let id = 0; id < 50; id++) peer.send({ id, method: 'ping' })
      assert.equal((await peer.closed).code, code)
    }
    assert.equal(done.length, 0)
    const peer = await connect(daemon.url)
    peer.send(`{"id":1,"method":"ping","params":["${'x'.repeat(1024 * 1024 - 40)}"]}`)
    assert.equal((await peer.next()).id, 1)
  })

  it('D6: a flood of pings closes, everyday ones are answered', async () => {
    const { daemon } = await start(undefined, { limits: { check: 500 } })
    const peer = await connect(daemon.url)
    const pong = new Promise((resolve) => peer.ws.once('pong', resolve))
    peer.ws.ping()
    await pong
    for (let i = 0; i < 200; i++) peer.ws.ping()
    assert.equal((await peer.closed).code, 1008)
  })

  it('D5: at most 32 run at once, the rest waits in line and nothing is lost', async () => {
    const hold = gate()
    let now = 0
    let most = 0
    const { daemon, done } = await start(async () => {
      most = Math.max(most, ++now)
      await hold.wait
      now -= 1
      return true
    })
    const peer = await connect(daemon.url)
    for (let id = 0; id < 500; id++) peer.send({ id, method: 'read' })
    const other = await connect(daemon.url)
    other.send({ id: 'o', method: 'read' })
    while (done.length < 33) await new Promise((resolve) => setTimeout(resolve, 5))
    hold.open()
    for (let id = 0; id < 500; id++) assert.equal((await peer.byId(id)).result, true)
    assert.ok(most <= 33)
    assert.equal(done.length, 501)
  })

  it('S10: an id that is in flight is refused, and free again after its reply', async () => {
    const hold = gate()
    const { daemon, done } = await start(async () => {
      await hold.wait
      return true
    })
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'create' })
    peer.send({ id: 1, method: 'create' })
    peer.send({ id: '1', method: 'create' })
    assert.equal((await peer.next()).error.name, 'VALIDATION_ERROR')
    hold.open()
    assert.deepEqual([(await peer.next()).id, (await peer.next()).id], [1, '1'])
    peer.send({ id: 1, method: 'create' })
    assert.equal((await peer.next()).result, true)
    assert.equal(done.length, 3)
  })

  it('D4: a peer that does not read is paused, then cut; others are served', async () => {
    const big = 'x'.repeat(300_000)
    const { daemon, done } = await start(() => big, { limits: { slow: 200, highWater: 100_000 } })
    const socket = tcp(daemon.port, '127.0.0.1')
    socket.write(
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    const text = Buffer.from('{"id":0,"method":"r"}')
    for (let i = 0; i < 2000; i++) {
      const body = Buffer.from(text)
      body.write(String(i % 10), 6)
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]))
    }
    socket.on('error', () => undefined)
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'read' })
    assert.equal(member((await peer.next()).result, 'length'), 300_000)
    await new Promise((resolve) => {
      socket.once('close', resolve)
      setTimeout(() => socket.resume(), 1000)
    })
    assert.ok(done.length < 1000, `${done.length} calls were executed for a peer that never read`)
  })

  it('D2, D3: silent, idle and dead sockets are closed', async () => {
    const silent = await start(undefined, { limits: { first: 50 } })
    assert.deepEqual(await (await connect(silent.daemon.url)).closed, { code: 1008, reason: 'No message came' })
    const idle = await start(undefined, { limits: { idle: 60 } })
    const peer = await connect(idle.daemon.url)
    peer.send({ id: 1, method: 'ping' })
    assert.equal((await peer.closed).code, 1001)
    const dead = await start(undefined, { limits: { ping: 30 } })
    const deaf = await connect(dead.daemon.url)
    deaf.ws.pause()
    deaf.send({ id: 1, method: 'ping' })
    while (dead.seen.every((o) => o.kind !== 'connection' || o.change !== 'closed')) await new Promise((resolve) => setTimeout(resolve, 10))
    deaf.ws.terminate()
  })

  it('D9: a peer that leaves aborts its calls', async () => {
    const aborted = gate()
    const { daemon, done } = await start(async (call) => {
      call.signal?.addEventListener('abort', () => aborted.open())
      await aborted.wait
      return true
    })
    const peer = await connect(daemon.url)
    peer.send({ id: 1, method: 'list' })
    while (done.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    peer.ws.terminate()
    await aborted.wait
  })
})

describe('upgrade', () => {
  it('S6: pages need an allowed origin, exactly', async () => {
    const { daemon } = await start(undefined, { originAllowList: ['https://app.example.com'] })
    const own = `http://127.0.0.1:${daemon.port}`
    for (const [origin, status] of [
      ['https://app.example.com', 101],
      [own, 101],
      ['null', 403],
      ['https://app.example.com.evil.org', 403],
      ['http://app.example.com', 403],
      ['https://app.example.com:8443', 403],
      ['https://evil.org', 403],
      ['', 403],
      ['https://app.example.co', 403],
      [`https://127.0.0.1:${daemon.port}`, 403],
    ] as const) {
      assert.equal(await upgradeStatus(daemon.url, { origin }), status, origin)
    }
    // DNS rebinding: the attacker's name as both Origin and Host.
    assert.equal(await upgradeStatus(daemon.url, { origin: `http://evil.org:${daemon.port}`, host: `evil.org:${daemon.port}` }), 403)
  })

  it('is taken on / and /ws only', async () => {
    const { daemon } = await start()
    assert.deepEqual(
      await Promise.all(['/', '/ws', '/ws?x=1', '/rpc', '/other'].map((path) => upgradeStatus(daemon.url, {}, path))),
      [101, 101, 101, 404, 404],
    )
  })
})

describe('drain', () => {
  it('C9: calls in flight end, new ones are refused, sockets close with 1001, the port is free', async () => {
    const hold = gate()
    const fake = await start(async () => {
      await hold.wait
      return 'done'
    })
    const busy = await connect(fake.daemon.url)
    const idle = await connect(fake.daemon.url)
    busy.send({ id: 1, method: 'create' })
    while (fake.done.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const drained = fake.daemon.drain()
    assert.equal((await idle.closed).code, 1001)
    busy.send({ id: 2, method: 'create' })
    assert.deepEqual((await busy.byId(2)).error.name, 'DATABASE_ERROR')
    hold.open()
    assert.equal((await busy.byId(1)).result, 'done')
    assert.equal((await busy.closed).code, 1001)
    await drained
    assert.equal(fake.done.length, 1)
    await assert.rejects(fetch(`${fake.http}/livez`))
    assert.deepEqual(
      fake.seen.filter((o) => o.kind === 'daemon').map((o) => o.change),
      ['listening', 'draining', 'stopped'],
    )
  })

  it('does not wait for ever for a call that does not end', async () => {
    const fake = await start(() => new Promise(() => undefined), { limits: { drain: 50 } })
    const peer = await connect(fake.daemon.url)
    peer.send({ id: 1, method: 'create' })
    while (fake.done.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await fake.daemon.drain()
    assert.equal((await peer.closed).code, 1001)
  })
})
