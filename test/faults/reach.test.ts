/** Servers that cannot be reached, do not know us or are not who they should be: a typed error in time that says what to do, and no word of the inside. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ServerOptions } from '../../src/adapter/server.ts'
import { DBALError } from '../../src/errors/error.ts'
import { makeCertificate } from '../../tools/databases/certificate.ts'
import { authorityOf, type DatabaseName, freshDatabase, serverOf } from '../support/databases.ts'
import { sqlServers } from './servers.ts'
import { adapterOn, assertDiscreet, assertTyped, openSite } from './site.ts'

const kinds: readonly DatabaseName[] = [...sqlServers, 'mongodb']
const servers: Server[] = []
const sockets = new Set<Socket>()
after(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
})

/** Somebody else's server: what it does with a connection is the test's. */
async function stranger(meet: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    meet(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

/** A port that nobody listens on: it was free a moment ago. */
async function nobodysPort(): Promise<number> {
  const port = await stranger(() => undefined)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return port
}

/** What opening and asking say. Both must fail alike, and a second time too. */
async function refusal(kind: DatabaseName, options: ServerOptions): Promise<DBALError> {
  const adapter = await adapterOn(kind, options)
  try {
    const told: DBALError[] = []
    for (let i = 0; i < 2; i++) {
      await assert.rejects(adapter.probe(), (error) => {
        assert.ok(error instanceof DBALError, String(error))
        assertDiscreet(JSON.stringify(error))
        told.push(error)
        return true
      })
    }
    const [first, second] = told as [DBALError, DBALError]
    assert.equal(first.code, 'DATABASE_ERROR')
    assert.deepEqual(second.toPublic(), first.toPublic())
    return first
  } finally {
    await adapter.close()
  }
}

const hintOf = ({ details }: DBALError): string => String(details.hint)
const refusedAccount = /account|user and password|name or password/
const anyone = { database: 'd', user: 'u', password: 'secret-of-test', connectTimeout: 1500 }

for (const kind of kinds) {
  // The driver of MongoDB looks for a server as long as it may, whatever it hears.
  const account = { ...anyone, ...(kind === 'mongodb' ? { connectTimeout: 400 } : {}) }

  test(`${kind}: a host that is not known`, async () => {
    assert.match(hintOf(await refusal(kind, { ...account, host: 'no-such-host.invalid' })), /host/i)
  })

  test(`${kind}: a port that nobody listens on`, async () => {
    assert.match(hintOf(await refusal(kind, { ...account, host: '127.0.0.1', port: await nobodysPort() })), /listens|reached/)
  })

  test(`${kind}: a server that says nothing`, async () => {
    const port = await stranger(() => undefined)
    assert.match(hintOf(await refusal(kind, { ...account, connectTimeout: 300, host: '127.0.0.1', port })), /in time|reached/)
  })

  test(`${kind}: a server of something else`, async () => {
    const port = await stranger((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'))
    await refusal(kind, { ...account, host: '127.0.0.1', port })
  })

  test(`${kind}: a call's own deadline holds while a connection is being made`, async () => {
    const port = await stranger(() => undefined)
    const site = await openSite(kind, { ...account, connectTimeout: 4000, host: '127.0.0.1', port }, { prepare: false })
    const started = performance.now()
    for (const [method, ...params] of [
      ['list', 'Counter', {}],
      ['create', 'Counter', { id: 'a', n: 1 }],
      ['transaction', [{ method: 'create', params: ['Counter', { id: 'a', n: 1 }] }]],
    ] as const)
      assertTyped(await site.send({ method, params, timeout: 400 }), ['TIMEOUT', 'DATABASE_ERROR'])
    assert.ok(performance.now() - started < 8000, 'three calls of 0.4 s each waited 4 s each for a connection')
    await site.close()
  })
}

for (const kind of kinds) {
  const { url, skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: a password that is wrong, and a user that is not there`, options, async () => {
    const { hostname: host, port, username } = new URL(String(url))
    const at = { ...anyone, host, port: Number(port) }
    const wrong = await refusal(kind, { ...at, database: kind === 'mysql' ? 'mysql' : 'postgres', user: username === '' ? 'u' : username })
    assert.match(hintOf(wrong), refusedAccount)
    assert.match(hintOf(await refusal(kind, { ...at, user: 'nobody_of_this_name' })), refusedAccount)
  })
}

for (const kind of sqlServers) {
  const { url, skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }
  const caFile = authorityOf(kind)
  const secured = skip === undefined && caFile === undefined ? { skip: 'the authority of this server is not known' } : options
  const at = (): ServerOptions => {
    const { hostname, port, username, password } = new URL(String(url))
    return { host: hostname, port: Number(port), user: username, password, database: kind === 'mysql' ? 'mysql' : 'postgres' }
  }

  test(`${kind}: a database that is not there`, options, async () => {
    assert.match(hintOf(await refusal(kind, { ...at(), database: 'no_such_database' })), /no such database/)
  })

  test(`${kind}: a server is trusted only as far as its certificate reaches`, secured, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbal-authority-'))
    chmodSync(folder, 0o700)
    try {
      const other = await makeCertificate(folder, undefined)
      const right = readFileSync(String(caFile), 'utf8')
      const wrong = readFileSync(String(other?.ca), 'utf8')
      // The certificate is for 127.0.0.1 and localhost; here the server has another name.
      const elsewhere = await stranger((socket) => {
        const far = connect({ host: String(at().host), port: Number(at().port) })
        sockets.add(far)
        far.on('error', () => socket.destroy())
        far.on('close', () => socket.destroy())
        socket.on('close', () => far.destroy())
        socket.pipe(far).pipe(socket)
      }, '127.0.0.2')
      const misnamed = { ...at(), host: '127.0.0.2', port: elsewhere }
      for (const fine of [
        { ...at(), sslMode: 'verify-full', sslCa: right },
        { ...at(), host: 'localhost', sslMode: 'verify-full', sslCa: right },
        { ...misnamed, sslMode: 'verify-ca', sslCa: right },
        { ...misnamed, sslMode: 'require', sslCa: wrong },
      ] as const) {
        const adapter = await adapterOn(kind, fine)
        assert.match(await adapter.probe(), /^(PostgreSQL|MariaDB|MySQL) \d/, `${fine.sslMode} by ${fine.host}`)
        await adapter.close()
      }
      for (const bad of [
        { ...at(), sslMode: 'verify-full', sslCa: wrong },
        { ...at(), sslMode: 'verify-ca', sslCa: wrong },
        { ...at(), sslMode: 'verify-full' },
        { ...misnamed, sslMode: 'verify-full', sslCa: right },
      ] as const) {
        assert.match(hintOf(await refusal(kind, bad)), /certificate|secure connection/, `${bad.sslMode} by ${bad.host}`)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test(`${kind}: nothing is made where an account is refused, and the same options serve once it is not`, options, async () => {
    const database = await freshDatabase(kind)
    const wrong = new URL(database.url)
    wrong.password = 'secret-of-test'
    const refused = await openSite(kind, { url: wrong.href }, { prepare: false })
    assertTyped(await refused.ask('create', 'Counter', { id: 'a', n: 1 }), 'DATABASE_ERROR', /account/)
    await refused.close()
    const site = await openSite(kind, { url: database.url })
    assert.equal(await site.get('count', 'Counter'), 0)
    await site.close()
    await database.drop()
  })
}
