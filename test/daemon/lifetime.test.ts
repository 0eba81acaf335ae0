/** A daemon that dies, drains or cannot be heard: what was acknowledged is there, once, and callers are told what is not known. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket, connect as tcp } from 'node:net'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { verifyAudit } from '../../src/audit/verify.ts'
import { DBALClient, type DBALError } from '../../src/exports/index.ts'
import { furnish, Place, password, post, type Running } from './process.ts'

const places: Place[] = []
after(() => Promise.all(places.map((place) => place.close())))

async function furnished(): Promise<Place> {
  const place = new Place()
  places.push(place)
  await furnish(place, '', ['god'])
  return place
}

async function login(daemon: Running): Promise<string> {
  return (await post(daemon.http, { id: 1, method: 'login', params: ['god', password] })).body.result.token
}

const account = (name: string) => ({ username: name, email: `${name}@example.com`, role: 'user' as const })

async function usernames(daemon: Running, token: string, prefix: string): Promise<Set<string>> {
  const names = new Set<string>()
  let after: string | null = null
  do {
    const options = { filter: { username: { startsWith: prefix } }, select: ['username'], limit: 100, ...(after === null ? {} : { after }) }
    const { body } = await post(daemon.http, { id: 1, method: 'list', params: ['User', options], auth: { token } })
    for (const { username } of body.result.data) names.add(username)
    after = body.result.nextCursor
  } while (after !== null)
  return names
}

/** A socket that writes accounts as fast as its answers come, a few at a time. */
function writer(daemon: Running, token: string, prefix: string) {
  const ws = new WebSocket(daemon.url)
  const acknowledged: string[] = []
  const refused: { readonly name: string; readonly retryable: boolean }[] = []
  let sent = 0
  const send = (): void => {
    const name = `${prefix}${sent++}`
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ id: name, method: 'create', params: ['User', account(name)], auth: { token } }))
  }
  ws.on('open', () => {
    for (let i = 0; i < 8; i++) send()
  })
  ws.on('message', (data) => {
    const { id, error } = JSON.parse(String(data)) as { id: string; error?: { name: string; details?: { reason?: string } } }
    if (error === undefined) acknowledged.push(id)
    else refused.push({ name: error.name, retryable: error.details?.reason?.includes('shutting down') === true })
    send()
  })
  ws.on('error', () => undefined)
  const closed = once(ws, 'close') as Promise<[number, Buffer]>
  const reached = async (count: number): Promise<void> => {
    while (acknowledged.length < count) await once(ws, 'message')
  }
  return { acknowledged, refused, closed, reached }
}

test('kill -9 in the middle of writes: what was acknowledged is there, and the audit chain holds', async () => {
  const place = await furnished()
  const daemon = await place.start()
  const token = await login(daemon)
  const writing = writer(daemon, token, 'kill')
  await writing.reached(60)
  assert.equal(await daemon.end('SIGKILL'), null)
  await writing.closed
  const again = await place.start()
  const names = await usernames(again, token, 'kill')
  for (const name of writing.acknowledged) assert.ok(names.has(name), name)
  assert.equal(await again.end('SIGTERM'), 0)
  const verdict = await verifyAudit(place.file('audit.log'))
  assert.ok(verdict.ok, JSON.stringify(verdict))
})

test('SIGTERM under load: 1001, exit code 0, every call is answered or never began', async () => {
  const place = await furnished()
  const daemon = await place.start()
  const token = await login(daemon)
  const writing = writer(daemon, token, 'term')
  await writing.reached(40)
  const ended = daemon.end('SIGTERM')
  assert.equal((await writing.closed)[0], 1001)
  assert.equal(await ended, 0)
  assert.ok(
    writing.refused.every(({ name, retryable }) => name === 'DATABASE_ERROR' && retryable),
    JSON.stringify(writing.refused[0]),
  )
  const again = await place.start()
  const names = await usernames(again, token, 'term')
  assert.deepEqual([...names].sort(), [...writing.acknowledged].sort())
  const verdict = await verifyAudit(place.file('audit.log'))
  assert.ok(verdict.ok, JSON.stringify(verdict))
})

test('a client goes on with a daemon that was killed and started again on its port', async () => {
  const place = await furnished()
  const first = await place.start()
  const client = new DBALClient({ mode: 'production', endpoint: first.url })
  const seen: string[] = []
  client.on('status', (status) => seen.push(status))
  await client.login('god', password)
  await client.users.create(account('before'))
  await first.end('SIGKILL')
  const waiting = client.users.create(account('during'))
  const second = await place.start([], first.port)
  assert.equal((await waiting).username, 'during')
  assert.equal(await client.users.count({ filter: { username: { in: ['before', 'during'] } } }), 2)
  await client.close()
  assert.deepEqual([seen[0], seen[1], seen.includes('reconnecting'), seen.at(-1)], ['connecting', 'open', true, 'closed'])
  await second.end('SIGTERM')
})

/** Stands between client and daemon. `hears` says whether bytes of the daemon go on to the client; false cuts the connection at the first of them. */
async function between(port: number, mode: { now: 'pass' | 'cut' | 'swallow' }) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = tcp(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    near.pipe(far)
    far.on('data', (data) => {
      if (mode.now === 'pass') near.write(data)
      if (mode.now !== 'cut') return
      mode.now = 'pass'
      near.destroy()
      far.destroy()
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as { port: number }
  return {
    url: `ws://127.0.0.1:${own}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('S11: a reply that is lost, or does not come in time, never doubles a write', async () => {
  const place = await furnished()
  const daemon = await place.start()
  const mode: { now: 'pass' | 'cut' | 'swallow' } = { now: 'pass' }
  const proxy = await between(daemon.port, mode)
  const client = new DBALClient({ mode: 'production', endpoint: proxy.url })
  await client.login('god', password)
  for (const name of ['cut-1', 'cut-2', 'cut-3']) {
    mode.now = 'cut'
    assert.equal((await client.users.create(account(name))).username, name)
    assert.equal(await client.users.count({ filter: { username: name } }), 1)
  }
  mode.now = 'swallow'
  let told: DBALError | undefined
  await assert.rejects(client.users.create(account('late'), { timeout: 300 }), (error) => {
    told = error as DBALError
    return told.code === 'TIMEOUT' && told.details.outcome === 'unknown'
  })
  const abort = new AbortController()
  const cancelled = client.users.create(account('cancelled'), { signal: abort.signal, idempotencyKey: 'mine' })
  setTimeout(() => abort.abort(), 50)
  await assert.rejects(cancelled, { code: 'TIMEOUT', details: { reason: 'The call was cancelled', outcome: 'unknown', idempotencyKey: 'mine' } })
  mode.now = 'pass'
  const key = told?.details['idempotencyKey'] as string
  const row = await client.users.create(account('late'), { idempotencyKey: key })
  assert.deepEqual(await client.users.create(account('late'), { idempotencyKey: key }), row)
  assert.equal((await client.users.create(account('cancelled'), { idempotencyKey: 'mine' })).username, 'cancelled')
  assert.equal(await client.users.count({ filter: { username: { in: ['late', 'cancelled'] } } }), 2)
  await client.close()
  proxy.close()
  await daemon.end('SIGTERM')
})

test('a daemon whose output nobody reads any more serves on, without a word or a loop about it', async () => {
  const place = await furnished()
  const daemon = await place.start(['--log-level', 'debug'])
  daemon.child.stdout?.destroy()
  daemon.child.stderr?.destroy()
  for (let i = 0; i < 5; i++) assert.equal((await post(daemon.http, { id: i, method: 'nosuch' })).status, 422)
  const text = await (await fetch(`${daemon.http}/metrics`)).text()
  const faults = /dbal_faults_total\S* (\d+)/.exec(text)?.[1] ?? '0'
  assert.equal(faults, '0')
  assert.equal(await daemon.end('SIGTERM'), 0)
})
