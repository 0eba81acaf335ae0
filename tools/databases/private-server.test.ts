/** Private servers really run, really end, and leave nothing behind however their parent ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createConnection } from 'mariadb'
import pg from 'pg'
import { authorityOf, freshDatabase, privateServer, serverOf } from '../../test/support/databases.ts'
import { openServer, type Recipe, type Server } from './private-server.ts'
import { findPostgres, findProgram } from './programs.ts'
import { type ServerName, startServer } from './servers.ts'

const absent: Readonly<Record<ServerName, string | false>> = {
  postgresql: findPostgres() === undefined && 'this machine has no PostgreSQL',
  mysql: findProgram('mariadbd') === undefined && 'this machine has no MariaDB',
  redis: findProgram('redis-server') === undefined && 'this machine has no Redis',
  mongodb: findProgram('mongod') === undefined && 'this machine has no mongod',
}

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Ends when the condition holds; where it never does, the runner's limit ends the test. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}

const rows = async (server: Server, statement: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

describe('a private PostgreSQL', { skip: absent.postgresql }, () => {
  test('keeps what was committed over a crash and a start on the same port, and nothing over its stop', async () => {
    const server = await privateServer('postgresql')
    await rows(server, 'CREATE TABLE t (a int); INSERT INTO t VALUES (7)')
    const [port, first] = [server.port, server.pid]
    await server.kill()
    assert.equal(runs(first), false)
    await assert.rejects(rows(server, 'SELECT 1'), { code: 'ECONNREFUSED' })
    await server.start()
    assert.equal(server.port, port)
    assert.notEqual(server.pid, first)
    assert.deepEqual(await rows(server, 'SELECT a FROM t'), [{ a: 7 }])
    const [settings] = (await rows(server, "SELECT current_setting('max_connections')::int AS most, version() AS version")) as [
      { most: number; version: string },
    ]
    assert.ok(settings.most >= 200)
    assert.ok(settings.version.startsWith(`PostgreSQL ${server.version} `), server.version)
    await server.stop()
    assert.equal(runs(server.pid), false)
    assert.equal(existsSync(dirname(server.logFile)), false)
    await server.stop()
  })

  test('is no root, takes no connection without its password, and proves its name', async () => {
    const server = await privateServer('postgresql')
    after(() => server.stop())
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
    assert.notEqual(uid, '0')
    const wrong = new pg.Client({ connectionString: server.url.replace(/:[^:@]+@/, ':wrong@') })
    await assert.rejects(wrong.connect(), { code: '28P01' })
    const secured = async (ca: string | undefined, servername?: string): Promise<unknown> => {
      const { password, port } = new URL(server.url)
      const ssl = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }), ...(servername === undefined ? {} : { servername }) }
      const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: 'postgres', password, database: 'postgres', ssl })
      await client.connect()
      try {
        return (await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows[0]
      } finally {
        await client.end()
      }
    }
    const ca = readFileSync(server.caFile ?? '', 'utf8')
    assert.deepEqual(await secured(ca), { ssl: true })
    await assert.rejects(secured(undefined), /self-signed|unable to (?:verify|get)/)
    await assert.rejects(secured(ca, 'other.example'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('says why it did not start', async () => {
    const broken = await startServer('postgresql', { args: ['-c', 'no_such_setting=1'] })
    assert.ok('missing' in broken)
    assert.match(broken.missing, /PostgreSQL did not start: .*no_such_setting/)
  })
})

describe('a private MariaDB', { skip: absent.mysql }, () => {
  test('keeps what was committed over a crash, and proves its name', async () => {
    const server = await privateServer('mysql')
    after(() => server.stop())
    const ca = readFileSync(server.caFile ?? '', 'utf8')
    const ask = async (statement: string, ssl: { ca?: string; rejectUnauthorized: boolean } | false): Promise<unknown> => {
      const { username, password, port } = new URL(server.url)
      const connection = await createConnection({ host: '127.0.0.1', port: Number(port), user: username, password, ssl, multipleStatements: true })
      try {
        return await connection.query(statement)
      } finally {
        await connection.end()
      }
    }
    await ask('CREATE DATABASE d; CREATE TABLE d.t (a int); INSERT INTO d.t VALUES (7)', false)
    await server.kill()
    await server.start()
    const [row] = (await ask('SELECT a, @@version AS version, @@sql_mode AS mode FROM d.t', false)) as [{ a: number; version: string; mode: string }]
    assert.equal(row.a, 7)
    assert.ok(row.version.startsWith(server.version), row.version)
    assert.match(row.mode, /STRICT_TRANS_TABLES/)
    const [cipher] = (await ask("SHOW STATUS LIKE 'Ssl_cipher'", { ca, rejectUnauthorized: true })) as [{ Value: string }]
    assert.match(cipher.Value, /\w/)
    await assert.rejects(ask('SELECT 1', { ca: otherAuthority, rejectUnauthorized: true }), /certificate|signature/)
  })
})

test('a private Redis answers whoever knows its password', { skip: absent.redis }, async () => {
  const server = await privateServer('redis')
  after(() => server.stop())
  const socket = connect(server.port, '127.0.0.1')
  socket.write('PING\r\n')
  const lines = createInterface(socket)[Symbol.asyncIterator]()
  assert.match(String((await lines.next()).value), /^-NOAUTH/)
  socket.write(`AUTH ${new URL(server.url).password}\r\nPING\r\n`)
  assert.equal((await lines.next()).value, '+OK')
  assert.equal((await lines.next()).value, '+PONG')
  socket.destroy()
})

test('a private MongoDB is the primary of its set', { skip: absent.mongodb }, async () => {
  const server = await privateServer('mongodb')
  after(() => server.stop())
  const database = await freshDatabase('mongodb', server.url)
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(database.url)
  await client.withSession((session) => session.withTransaction(() => client.db().collection('c').insertOne({ a: 1 }, { session })))
  assert.equal(await client.db().collection('c').countDocuments(), 1)
  await database.drop()
  assert.equal(await client.db().collection('c').countDocuments(), 0)
  await client.close()
})

test('a program that is not there is a reason, and leaves no folder', async () => {
  const folders: string[] = []
  const recipe: Recipe = {
    title: 'Nothing',
    program: '/no/such/program',
    accounts: [],
    prepare: () => [],
    command: ({ folder }) => {
      folders.push(folder)
      return ['/no/such/program']
    },
    ready: 'never',
    version: /x/,
    tls: false,
    stopSignal: 'SIGTERM',
    url: () => '',
  }
  await assert.rejects(openServer(recipe), /Nothing did not start/)
  assert.deepEqual(folders.map(existsSync), [false])
})

for (const [name, signal] of [
  ['postgresql', 'SIGKILL'],
  ['mysql', 'SIGKILL'],
  ['redis', 'SIGTERM'],
] as const)
  test(`a parent that ends by ${signal} leaves no ${name}`, { skip: absent[name] }, async () => {
    const program = `
      import { startServer } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'servers.ts')).href)}
      const server = await startServer(${JSON.stringify(name)})
      console.log(JSON.stringify({ pid: server.pid, log: server.logFile }))
      setInterval(() => {}, 1e6)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = String((await createInterface(parent.stdout)[Symbol.asyncIterator]().next()).value)
    const { pid, log } = JSON.parse(line) as { pid: number; log: string }
    assert.equal(runs(pid), true)
    assert.equal(existsSync(log), true)
    parent.kill(signal)
    await until(() => !runs(pid) && !existsSync(dirname(log)))
  })

for (const kind of ['postgresql', 'mysql'] as const)
  test(`a database of one's own on the ${kind} of this run`, serverOf(kind), async () => {
    const [one, other] = await Promise.all([freshDatabase(kind), freshDatabase(kind)])
    assert.notEqual(one.url, other.url)
    const say = async (url: string, statement: string): Promise<unknown> => {
      if (kind === 'postgresql') {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        return client
          .query(statement)
          .then(({ rows }) => rows, String)
          .finally(() => client.end())
      }
      const connection = await createConnection(url.replace(/^mysql/, 'mariadb'))
      return connection
        .query(statement)
        .then(Array.from, String)
        .finally(() => connection.end())
    }
    await say(one.url, 'CREATE TABLE only_here (a int)')
    assert.deepEqual(await say(one.url, 'SELECT a FROM only_here'), [])
    assert.match(String(await say(other.url, 'SELECT a FROM only_here')), /exist/)
    await Promise.all([one.drop(), other.drop()])
    await assert.rejects(say(one.url, 'SELECT 1'))
  })

test('the authority of a kind without TLS is not known', () => assert.equal(authorityOf('redis'), undefined))

/** One that signed none of these certificates. */
const otherAuthority = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUGgcuFKu2uJkqtqZSNUh2f2anPY8wCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTIxMTEyODU2WhgPMjEyNjEwMjgxMTI4
NTZaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
HX8CoObIGSIlJV6y9ihSMeA4wvEeUfqizQ0Flow4XlVzQStieFn22eqkOiDhQheB
sf9Uuwc34BOOuAywPHrhBqNTMFEwHQYDVR0OBBYEFGjgMhoZ/KLzwQjctVRTahbZ
u3MmMB8GA1UdIwQYMBaAFGjgMhoZ/KLzwQjctVRTahbZu3MmMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAM6fDBj3/0FJCDiOJsm/BUe03d19Lh37
KBFYM0dXnfUrAiEAkVr2B8As8vfH4R4Bu2+MHgtiq9nBd5kaWEwj5L8gT+M=
-----END CERTIFICATE-----
`
