/** Transactions that are led call by call, against the real daemon: whatever ends them but a commit leaves nothing behind and nobody waiting. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { verifyAudit } from '../../src/audit/verify.ts'
import { DBALClient, type DBALError } from '../../src/exports/index.ts'
import { connect, member } from './peer.ts'
import { furnish, Place, password, post, type Running } from './process.ts'

const places: Place[] = []
after(() => Promise.all(places.map((place) => place.close())))

async function furnished(more = ''): Promise<Place> {
  const place = new Place()
  places.push(place)
  await furnish(place, more, ['god', 'supergod'])
  return place
}

const login = async (daemon: Running, name = 'god'): Promise<string> =>
  (await post(daemon.http, { id: 1, method: 'login', params: [name, password] })).body.result.token

const account = (name: string) => ({ username: name, email: `${name}@example.com`, role: 'user' as const })

/** A stranger's program on a socket of its own. */
async function peerOf(daemon: Running, token: string) {
  const peer = await connect(daemon.url)
  let sent = 0
  const call = async (method: string, params: unknown, transaction?: unknown) => {
    const id = `m${++sent}`
    peer.send({ id, method, params, auth: { token }, ...(transaction === undefined ? {} : { transaction }) })
    return peer.byId(id)
  }
  const begin = async () => {
    const { result, error } = await call('begin', [])
    assert.equal(error, undefined, JSON.stringify(error))
    const id = member(result, 'transaction') as string
    return {
      id,
      call: (method: string, ...params: unknown[]) => call(method, params, id),
      create: (name: string) => call('create', ['User', account(name)], id),
    }
  }
  return { ...peer, call, begin }
}

/** Also a proof that the writer is free: it would wait for one that is not. */
async function names(daemon: Running, token: string, prefix: string): Promise<string[]> {
  const made = await post(daemon.http, { id: 1, method: 'create', params: ['User', account(`${prefix}after`)], auth: { token } })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const { body } = await post(daemon.http, {
    id: 1,
    method: 'list',
    params: ['User', { filter: { username: { startsWith: prefix } }, sort: { username: 'asc' } }],
    auth: { token },
  })
  return body.result.data.map(({ username }: { username: string }) => username)
}

test('a commit over the wire, in both spellings; others see nothing before, and read on meanwhile', async () => {
  const daemon = await (await furnished()).start()
  const token = await login(daemon)
  const peer = await peerOf(daemon, token)
  const tx = await peer.begin()
  assert.equal((await tx.create('wire1')).error, undefined)
  peer.send({
    jsonrpc: '2.0',
    id: 's',
    method: 'count',
    params: { entity: 'User', filter: { username: 'wire1' } },
    auth: { token },
    transaction: tx.id,
  })
  assert.deepEqual(await peer.byId('s'), { jsonrpc: '2.0', id: 's', result: 1 })
  const outside = await post(daemon.http, { id: 1, method: 'count', params: ['User', { filter: { username: 'wire1' } }], auth: { token } })
  assert.equal(outside.body.result, 0)
  const stolen = await post(daemon.http, { id: 1, method: 'commit', params: [], auth: { token }, transaction: tx.id })
  assert.deepEqual([stolen.status, stolen.body.error.details.transaction], [409, 'ended'])
  assert.equal((await post(daemon.http, { id: 1, method: 'begin', params: [], auth: { token } })).status, 501)
  peer.send({ jsonrpc: '2.0', id: 'c', method: 'commit', auth: { token }, transaction: tx.id })
  assert.deepEqual(await peer.byId('c'), { jsonrpc: '2.0', id: 'c', result: true })
  assert.deepEqual(await names(daemon, token, 'wire'), ['wire1', 'wireafter'])
  await daemon.end('SIGTERM')
})

test('a socket that goes, politely or not, takes its transaction with it at once', async () => {
  const daemon = await (await furnished()).start()
  const token = await login(daemon)
  for (const how of ['close', 'terminate'] as const) {
    const peer = await peerOf(daemon, token)
    const tx = await peer.begin()
    await tx.create(`${how}1`)
    // A call is under way, another waits for its turn.
    void tx.create(`${how}2`)
    void tx.call('commit')
    peer.ws[how]()
    await peer.closed
    const left = await names(daemon, token, how)
    assert.ok(left.length === 1 || left.length === 3, `all or nothing: ${left}`)
  }
  const peer = await peerOf(daemon, token)
  const tx = await peer.begin()
  await tx.create('gone')
  peer.ws.terminate()
  assert.deepEqual(await names(daemon, token, 'gone'), ['goneafter'])
  await daemon.end('SIGTERM')
})

test('the leases: without a call, and in all', async () => {
  for (const [setting, told] of [
    ['idle_timeout: 150', /No call of the transaction came for 150 ms/],
    ['idle_timeout: 400, lease: 400', /(?:was open|came) for 400 ms/],
  ] as const) {
    const place = await furnished(`performance: { transactions: { ${setting} } }\n`)
    const daemon = await place.start()
    const token = await login(daemon)
    const peer = await peerOf(daemon, token)
    const tx = await peer.begin()
    await tx.create('lease1')
    // Who comes next waits for the writer, which the end of the lease lets go.
    assert.deepEqual(await names(daemon, token, 'lease'), ['leaseafter'])
    const { error } = await tx.call('commit')
    assert.equal(error.name, 'TIMEOUT')
    assert.match(JSON.stringify(error), told)
    await daemon.end('SIGTERM')
    const lines = readFileSync(place.file('audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const begun = lines.find(({ operation, phase }) => operation === 'begin' && phase === undefined)
    const ofTransaction = lines
      .filter(({ transaction }) => transaction === begun.requestId)
      .map(({ operation, phase, success }) => [operation, phase ?? success])
    assert.deepEqual(ofTransaction.slice(0, 4), [
      ['begin', true],
      ['create', 'intent'],
      ['create', true],
      ['rollback', true],
    ])
    const verdict = await verifyAudit(place.file('audit.log'))
    assert.ok(verdict.ok, JSON.stringify(verdict))
  }
})

test('one caller cannot have more than its share, nor all more than there are', async () => {
  const daemon = await (await furnished('performance: { transactions: { per_caller: 1, total: 1 } }\n')).start()
  const [god, other] = [await login(daemon), await login(daemon, 'supergod')]
  const peer = await peerOf(daemon, god)
  const tx = await peer.begin()
  assert.equal((await peer.call('begin', [])).error.name, 'RATE_LIMIT_EXCEEDED')
  const stranger = await peerOf(daemon, other)
  assert.equal((await stranger.call('begin', [])).error.name, 'RATE_LIMIT_EXCEEDED')
  await tx.call('rollback')
  await (await stranger.begin()).call('rollback')
  await daemon.end('SIGTERM')
})

test('the end of a session, and another identity on the same socket', async () => {
  const daemon = await (await furnished()).start()
  const [god, other] = [await login(daemon), await login(daemon, 'supergod')]
  const peer = await peerOf(daemon, god)
  const tx = await peer.begin()
  await tx.create('session1')
  const never = (await peer.call('commit', [], 'tx_never')).error
  peer.send({ id: 'x', method: 'commit', auth: { token: other }, transaction: tx.id })
  const { requestId: _, ...told } = (await peer.byId('x')).error
  const { requestId: __, ...unknown } = never
  assert.deepEqual(told, unknown)
  await post(daemon.http, { id: 1, method: 'logout', auth: { token: god } })
  assert.deepEqual(await names(daemon, other, 'session'), ['sessionafter'])
  await daemon.end('SIGTERM')
})

test('what is open when the daemon drains, or dies, is undone, and the database is free', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGKILL', null],
  ] as const) {
    const place = await furnished('performance: { transactions: { idle_timeout: 30000 } }\n')
    const daemon = await place.start()
    const peer = await peerOf(daemon, await login(daemon))
    const tx = await peer.begin()
    await tx.create('drain1')
    assert.equal(await daemon.end(signal), code)
    const again = await place.start()
    assert.deepEqual(await names(again, await login(again), 'drain'), ['drainafter'])
    await again.end('SIGTERM')
    const verdict = await verifyAudit(place.file('audit.log'))
    assert.ok(verdict.ok, JSON.stringify(verdict))
  }
})

test('the client, in both modes: the same program, the same rows; lost with the daemon, and told so', async () => {
  const place = await furnished()
  const daemon = await place.start()
  const remote = new DBALClient({ mode: 'production', endpoint: daemon.url })
  await remote.login('god', password)
  const local = new DBALClient({ mode: 'development', adapter: 'memory' })
  const told: unknown[] = []
  for (const [name, client] of [
    ['remote', remote],
    ['local', local.asSystem('test')],
  ] as const) {
    const made = await client.transaction(async (tx) => {
      const first = await tx.users.create(account(`${name}1`))
      await assert.rejects(tx.users.create(account(`${name}1`)), { code: 'CONFLICT' })
      await tx.savepoint(() => tx.entity('User').create(account(`${name}2`)))
      await tx
        .savepoint(async () => {
          await tx.users.create(account(`${name}3`))
          throw new Error('not this one')
        })
        .catch(() => undefined)
      return first.username
    })
    assert.equal(made, `${name}1`)
    await assert.rejects(
      client.transaction(async (tx) => {
        await tx.users.deleteMany({ username: { startsWith: name } })
        throw new Error('mine')
      }),
      { message: 'mine' },
    )
    told.push(
      (await client.users.list({ filter: { username: { startsWith: name } }, sort: { username: 'asc' } })).data.map(({ username }) =>
        username.slice(name.length),
      ),
    )
  }
  assert.deepEqual(told, [
    ['1', '2'],
    ['1', '2'],
  ])
  await local.close()
  let error: DBALError | undefined
  let again: Running | undefined
  await assert.rejects(
    remote.transaction(async (tx) => {
      await tx.users.create(account('lost1'))
      await daemon.end('SIGKILL')
      again = await place.start([], daemon.port)
      await tx.users.create(account('lost2'))
    }),
    (thrown: DBALError) => {
      error = thrown
      return true
    },
  )
  assert.deepEqual([error?.code, error?.details['transaction']], ['CONFLICT', 'ended'])
  assert.equal(await remote.users.count({ filter: { username: { startsWith: 'lost' } } }), 0)
  await remote.close()
  await again?.end('SIGTERM')
})
