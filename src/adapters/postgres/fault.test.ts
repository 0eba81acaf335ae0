/** What goes wrong on the way to a server and with it: told in words that help, in time, and over by itself when the server is back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { type FreshDatabase, freshDatabase, privateServer, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import type { ServerOptions } from '../../adapter/server.ts'
import type { DBALError } from '../../errors/error.ts'
import { compare, field, param } from '../../query/build.ts'
import { createPostgresAdapter } from './adapter.ts'

const { skip } = serverOf('postgresql')
const integer = { type: 'integer' } as const
const Item = makeEntity('Item', { fields: { id: { type: 'integer', primary: true } } })
const schema = makeSchema([Item])
const insert = insertOf(Item)
const point = readOf(Item, compare('eq', field('id'), param(0, integer)), { order: [], reach: 'one' })
const item = (id: number) => rowsOf([[id]])

async function withDatabase(work: (database: FreshDatabase) => Promise<void>, on?: string): Promise<void> {
  const database = await freshDatabase('postgresql', on)
  try {
    await work(database)
  } finally {
    await database.drop()
  }
}

async function withAdapter(options: ServerOptions, work: (adapter: Adapter) => Promise<void>): Promise<void> {
  const adapter = createPostgresAdapter(options)
  try {
    await work(adapter)
  } finally {
    await adapter.close()
  }
}

/** What a caller is told may name nothing of the server: no host, account, database, statement. */
function told(hint: RegExp, ...secret: readonly string[]): (error: DBALError) => boolean {
  return (error) => {
    assert.equal(error.code, 'DATABASE_ERROR')
    assert.match(String(error.details.hint), hint)
    const text = JSON.stringify(error.toPublic())
    for (const word of [...secret, 'SELECT', 'INSERT', 'items']) assert.ok(!text.includes(word), `${text} names ${word}`)
    return true
  }
}

test('what the options lack or get wrong is told before anything is connected', () => {
  const refusal = (options: ServerOptions, hint: RegExp): void => assert.throws(() => createPostgresAdapter(options), told(hint))
  refusal({ url: 'postgresql://user@host' }, /Name the PostgreSQL database/)
  refusal({ url: 'mysql://user@host/db' }, /begins with postgresql/)
  refusal({ url: 'postgresql://user@host/db?pool=3' }, /parameters sslmode, sslrootcert, schema and host/)
  refusal({ url: 'postgresql://user@host/db?sslmode=maybe' }, /sslmode is one of/)
  refusal({ host: 'host', database: 'db' }, /Name the user/)
  refusal({ url: 'postgresql://us%er@host/db' }, /hexadecimal/)
})

test('a wrong address, account, password or database', { skip }, () =>
  withDatabase(async ({ url }) => {
    const other = (parts: Partial<URL>): ServerOptions => ({ url: Object.assign(new URL(url), parts).href, connectTimeout: 2000 })
    const refusal = (options: ServerOptions, hint: RegExp, ...secret: string[]): Promise<void> =>
      withAdapter(options, async (adapter) => {
        await assert.rejects(adapter.probe(), told(hint, ...secret))
        await assert.rejects(adapter.prepare(schema), told(hint, ...secret))
        assert.equal(adapter.gauges()['pool_size'], 0)
      })
    await refusal(other({ port: '1' }), /No database server listens/)
    await refusal(other({ hostname: 'no-such-host.invalid' }), /host of the database/, 'no-such-host')
    await refusal(other({ password: 'wrong' }), /refuses the account/, 'wrong')
    await refusal(other({ username: 'nobody_here' }), /refuses the account/, 'nobody_here')
    await refusal(other({ pathname: '/no_such_database' }), /no such database/, 'no_such_database')
  }),
)

test('a server that never answers is given up in time', async (t) => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const { port } = silent.address() as AddressInfo
  await withAdapter({ host: '127.0.0.1', port, user: 'u', database: 'd', connectTimeout: 200 }, (adapter) =>
    assert.rejects(adapter.probe(), told(/did not answer in time/)),
  )
})

test('TLS as far as it is asked for', { skip, timeout: 60_000 }, async (t) => {
  const server = await privateServer('postgresql')
  t.after(() => server.stop())
  const ca = readFileSync(server.caFile as string, 'utf8')
  const encrypted = async (options: ServerOptions): Promise<unknown> => {
    let ssl: unknown
    await withAdapter({ url: server.url, ...options }, async (adapter) => {
      const { Engine } = await import('./engine.ts')
      const { reachOf } = await import('./options.ts')
      const engine = new Engine(reachOf({ url: server.url, ...options }))
      ;[[ssl]] = (await engine.once({ text: 'SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()', rows: true })) as [[unknown]]
      await engine.pool.close()
      await adapter.prepare(schema)
    })
    return ssl
  }
  assert.equal(await encrypted({ sslMode: 'disable' }), 'false')
  assert.equal(await encrypted({ sslMode: 'prefer' }), 'true')
  assert.equal(await encrypted({ sslMode: 'require' }), 'true')
  assert.equal(await encrypted({ sslMode: 'verify-ca', sslCa: ca }), 'true')
  assert.equal(await encrypted({ sslMode: 'verify-full', sslCa: ca }), 'true')
  await assert.rejects(encrypted({ sslMode: 'verify-full' }), told(/not to be trusted/))
  await assert.rejects(encrypted({ sslMode: 'verify-ca' }), told(/not to be trusted/))
})

test('a server without TLS is used by prefer, and by nothing that asks for more', { skip, timeout: 60_000 }, async (t) => {
  const server = await privateServer('postgresql', { args: ['-c', 'ssl=off'] })
  t.after(() => server.stop())
  await withAdapter({ url: server.url, sslMode: 'prefer' }, async (adapter) => assert.match(await adapter.probe(), /^PostgreSQL \d+\.\d+/))
  await withAdapter({ url: server.url, sslMode: 'require' }, (adapter) => assert.rejects(adapter.probe(), told(/offers no TLS/)))
})

test('a server that dies in the middle, and comes back', { skip, timeout: 60_000 }, async (t) => {
  const server = await privateServer('postgresql')
  t.after(() => server.stop())
  await withAdapter({ url: server.url }, async (adapter) => {
    await adapter.prepare(schema)
    await adapter.run(insert, item(1))
    let killed: Promise<void> | undefined
    const work = adapter.transaction('write', async (tx) => {
      await tx.run(insert, item(2))
      killed = server.kill()
      await killed
      await tx.run(insert, item(3))
    })
    await assert.rejects(work, told(/connection to the database was lost|transaction has|shutting down/))
    await assert.rejects(async () => adapter.run(point, args([1])), told(/No database server listens|lost|reached/))
    assert.equal(adapter.gauges()['pool_leased'], 0)
    await server.start()
    assert.deepEqual((await adapter.run(point, args([1]))).rows, [[1]])
    assert.deepEqual((await adapter.run(point, args([2]))).rows, [])
    assert.deepEqual(await adapter.transaction('write', async (tx) => (await tx.run(insert, item(2))).affected), 1)
  })
})

/** Between the adapter and the server: cuts every connection once `cut` has seen a text go by, before the server hears it or before its answer. */
async function proxy(
  url: string,
  word: string,
  when: 'before' | 'after',
): Promise<{ url: string; armed: (yes: boolean) => void; close: () => void }> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let armed = false
  const server = createServer((inside) => {
    const outside = connect(Number(port), hostname)
    sockets.add(inside).add(outside)
    let cutting = false
    const cut = (): void => {
      inside.destroy()
      outside.destroy()
    }
    inside.on('data', (data) => {
      const found = armed && data.includes(word)
      if (found && when === 'before') return cut()
      cutting ||= found
      outside.write(data)
    })
    outside.on('data', (data) => (cutting ? cut() : inside.write(data)))
    for (const socket of [inside, outside]) socket.on('error', cut).on('close', cut)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = new URL(url)
  target.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: target.href,
    armed: (yes) => {
      armed = yes
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const unknown = (error: DBALError): boolean => {
  assert.equal(error.code, 'DATABASE_ERROR')
  assert.equal(error.details.outcome, 'unknown')
  return true
}

for (const when of ['before', 'after'] as const) {
  test(`a commit whose answer is lost ${when} the server heard of it has an unknown outcome`, { skip }, (t) =>
    withDatabase(async ({ url }) => {
      const between = await proxy(url, 'COMMIT', when)
      t.after(() => between.close())
      await withAdapter({ url, sslMode: 'disable' }, (adapter) => adapter.prepare(schema))
      await withAdapter({ url: between.url, sslMode: 'disable', poolSize: 1 }, async (adapter) => {
        between.armed(true)
        const runs: number[] = []
        const work = adapter.transaction('write', async (tx) => {
          runs.push(1)
          await tx.run(insert, item(1))
        })
        await assert.rejects(work, unknown)
        assert.equal(runs.length, 1, 'what may have happened was done again')
        between.armed(false)
        assert.deepEqual((await adapter.run(point, args([1]))).rows, when === 'after' ? [[1]] : [])
      })
    }),
  )

  test(`a single write whose answer is lost ${when} the server heard of it has an unknown outcome; a read is asked again`, { skip }, (t) =>
    withDatabase(async ({ url }) => {
      const between = await proxy(url, 'INSERT', when)
      t.after(() => between.close())
      await withAdapter({ url, sslMode: 'disable' }, (adapter) => adapter.prepare(schema))
      await withAdapter({ url: between.url, sslMode: 'disable', poolSize: 1 }, async (adapter) => {
        between.armed(true)
        await assert.rejects(async () => adapter.run(insert, item(1)), unknown)
        between.armed(false)
        assert.deepEqual((await adapter.run(point, args([1]))).rows, when === 'after' ? [[1]] : [])
        // The server ends the connection between two reads.
        const { Client } = (await import('pg')).default
        const client = new Client({ connectionString: url })
        await client.connect()
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
        await client.end()
        assert.deepEqual((await adapter.run(point, args([9]))).rows, [])
      })
    }),
  )
}

test('a standby, or a server that only reads, says so', { skip }, () =>
  withDatabase(async ({ url, name }) => {
    await withAdapter({ url }, (adapter) => adapter.prepare(schema))
    const { Client } = (await import('pg')).default
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    await client.end()
    await withAdapter({ url }, async (adapter) => {
      assert.deepEqual((await adapter.run(point, args([1]))).rows, [])
      await assert.rejects(async () => adapter.run(insert, item(1)), told(/only reads/))
      await assert.rejects(
        adapter.transaction('write', async (tx) => tx.run(insert, item(1))),
        told(/only reads/),
      )
    })
  }),
)

test('a server that takes no more connections still serves those that there are', { skip, timeout: 60_000 }, async (t) => {
  const server = await privateServer('postgresql', { args: ['-c', 'max_connections=8', '-c', 'superuser_reserved_connections=0'] })
  t.after(() => server.stop())
  await withAdapter({ url: server.url, poolSize: 20 }, async (adapter) => {
    await adapter.prepare(schema)
    const one = (i: number) => adapter.transaction('write', async (tx) => (await tx.run(insert, item(i))).affected)
    assert.deepEqual(await Promise.all(Array.from({ length: 40 }, (_, i) => one(i))), Array(40).fill(1))
    assert.ok((adapter.gauges()['pool_size'] ?? 0) <= 8)
  })
})
