import assert from 'node:assert/strict'
import { connect as tcp } from 'node:net'
import { after, describe, it } from 'node:test'
import { DBALError } from '../../src/errors/error.ts'
import { type Answered, connect, fakeDaemon, member } from './peer.ts'

const running: { drain(): Promise<void> }[] = []
const start: typeof fakeDaemon = async (...args) => {
  const fake = await fakeDaemon(...args)
  running.push(fake.daemon)
  return fake
}
after(() => Promise.all(running.map((daemon) => daemon.drain())))

const post = (url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/rpc`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

describe('POST /rpc', () => {
  it('is the same call as over a socket', async () => {
    const { http, done } = await start()
    const response = await post(http, '{"id":"a","method":"whoami"}', { authorization: 'Bearer alice-token' })
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { id: 'a', result: { method: 'whoami', who: 'alice' } })
    assert.deepEqual([response.headers.get('x-content-type-options'), response.headers.get('cache-control')], ['nosniff', 'no-store'])
    const own = await post(http, '{"id":"a","method":"whoami","auth":{"token":"bob-token"}}', { authorization: 'Bearer alice-token' })
    assert.equal(member(((await own.json()) as Answered).result, 'who'), 'bob')
    assert.equal(done[0]?.call.address, '127.0.0.1')
  })

  it('tells failures by status in the short form, and always 200 in the strict one', async () => {
    const { http } = await start((call) => {
      throw call.method === 'slow' ? new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 3 }) : new DBALError('NOT_FOUND')
    })
    const absent = await post(http, '{"id":1,"method":"read"}')
    assert.deepEqual([absent.status, ((await absent.json()) as Answered).error.code], [404, 404])
    const strict = await post(http, '{"jsonrpc":"2.0","id":1,"method":"read"}')
    assert.deepEqual([strict.status, ((await strict.json()) as Answered).error.data.name], [200, 'NOT_FOUND'])
    assert.equal((await post(http, '{"id":1,"method":"slow"}')).headers.get('retry-after'), '3')
    for (const headers of [{ authorization: 'Bearer nosuch' }, { authorization: 'Basic x' }]) {
      const refused = await post(http, '{"id":1,"method":"read"}', headers)
      assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'])
    }
  })

  it('refuses other forms, other bytes and too many, and executes none of it', async () => {
    const { http, done, daemon } = await start()
    const bad: [number, Promise<Response>][] = [
      [415, post(http, '{}', { 'content-type': 'text/plain' })],
      [415, post(http, '{}', { 'content-type': 'application/json; charset=latin1' })],
      [415, post(http, '{}', { 'content-encoding': 'gzip' })],
      [413, post(http, `{"id":1,"method":"ping","params":["${'x'.repeat(1024 * 1024)}"]}`)],
      [400, post(http, new Uint8Array([0x7b, 0xff, 0x7d]))],
      [422, post(http, '{')],
      [422, post(http, '[]')],
      [422, post(http, '{"id":1}')],
      [422, post(http, '')],
    ]
    for (const [status, asked] of bad) {
      const response = await asked
      assert.equal(response.status, status)
      const { error } = (await response.json()) as Answered
      assert.equal(error.name, 'VALIDATION_ERROR')
    }
    assert.equal(done.length, 0)
    const chunked = await new Promise<string>((resolve) => {
      const socket = tcp(daemon.port, '127.0.0.1')
      socket.write('POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (let i = 0; i < 20; i++) socket.write(`10000\r\n${' '.repeat(65536)}\r\n`)
      let text = ''
      socket.on('data', (data) => {
        text += String(data)
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(text))
    })
    assert.match(chunked, /^HTTP\/1\.1 413/)
  })

  it('S6: pages of other origins are refused, allowed ones get their headers', async () => {
    const { http, done } = await start(undefined, { originAllowList: ['https://app.example.com'] })
    assert.equal((await post(http, '{"id":1,"method":"ping"}', { origin: 'https://evil.org' })).status, 403)
    assert.equal(done.length, 0)
    const allowed = await post(http, '{"id":1,"method":"ping"}', { origin: 'https://app.example.com' })
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, 'https://app.example.com'])
    const preflight = await fetch(`${http}/rpc`, { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } })
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-methods')], [204, 'POST'])
  })

  it('a request with two lengths is refused by the parser', async () => {
    const { daemon, done } = await start()
    const answer = await new Promise<string>((resolve) => {
      const socket = tcp(daemon.port, '127.0.0.1', () => {
        socket.write(
          'POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        )
      })
      socket.once('data', (data) => resolve(String(data)))
    })
    assert.match(answer, /^HTTP\/1\.1 400/)
    assert.equal(done.length, 0)
  })
})

describe('requests in doubt', () => {
  it('a refused Authorization header is told at the id and in the form of its message', async () => {
    const { http, done } = await start()
    const short = await post(http, '{"id":"a","method":"ping"}', { authorization: 'Basic x' })
    assert.equal(((await short.json()) as Answered).id, 'a')
    const strict = await post(http, '{"jsonrpc":"2.0","id":7,"method":"ping"}', { authorization: 'Basic x' })
    const { jsonrpc, id, error } = (await strict.json()) as Answered
    assert.deepEqual([strict.status, jsonrpc, id, error.data.name], [200, '2.0', 7, 'UNAUTHORIZED'])
    assert.equal(done.length, 0)
  })

  it('I19: HTTP/0.9 and bodies where none belongs are 400, and end the connection', async () => {
    const { daemon } = await start()
    const said = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = tcp(daemon.port, '127.0.0.1', () => socket.write(text))
        let all = ''
        socket.on('data', (data) => {
          all += String(data)
        })
        socket.on('close', () => resolve(all))
      })
    for (const text of [
      'GET /health\r\n\r\n',
      'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
      'GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ]) {
      const answer = await said(text)
      assert.match(answer, /^HTTP\/1\.1 400/, text)
      assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1)
    }
  })
})

describe('other paths', () => {
  it('are 404, other methods 405 with Allow, sockets without upgrade 426, all as JSON', async () => {
    const { http } = await start()
    for (const [method, path, status, allow] of [
      ['GET', '/nosuch', 404, null],
      ['GET', '/rpc/', 404, null],
      ['GET', '/rpc', 405, 'POST, OPTIONS'],
      ['DELETE', '/health', 405, 'GET, HEAD'],
      ['POST', '/metrics', 405, 'GET, HEAD'],
      ['GET', '/', 426, null],
    ] as const) {
      const response = await fetch(http + path, { method })
      assert.deepEqual([response.status, response.headers.get('allow')], [status, allow], `${method} ${path}`)
      assert.equal(typeof ((await response.json()) as Answered).error.message, 'string')
    }
  })

  it('/health, /livez, /readyz and /metrics', async () => {
    const { http, daemon } = await start()
    const peer = await connect(daemon.url)
    const { uptime, ...health } = (await (await fetch(`${http}/health`)).json()) as Readonly<Record<string, unknown>>
    assert.equal(typeof uptime, 'number')
    assert.deepEqual(health, {
      status: 'healthy',
      version: '1.2.3',
      connections: { active: 1, total: 1 },
      database: { connected: true, latency_ms: 0.5 },
    })
    assert.deepEqual(await (await fetch(`${http}/livez`)).json(), { status: 'alive' })
    assert.equal((await fetch(`${http}/readyz`)).status, 200)
    assert.equal(await (await fetch(`${http}/metrics`)).text(), 'dbal_up 1\n')
    peer.ws.close()
  })

  it('a database that is away is 503, asked once for a flood of probes', async () => {
    let probes = 0
    const { http } = await start(undefined, {
      health: async () => {
        probes += 1
        throw new Error('down')
      },
    })
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => fetch(`${http}${i % 2 === 0 ? '/health' : '/readyz'}`)))
    assert.ok(all.every(({ status }) => status === 503))
    assert.equal(probes, 1)
    const { database } = (await (all[0] as Response).json()) as { database: { connected: boolean } }
    assert.equal(database.connected, false)
  })
})
