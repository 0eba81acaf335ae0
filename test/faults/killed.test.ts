/**
 * A server that offers no TLS, is killed in the middle of statements, and comes back on its port: typed errors in time, what was
 * acknowledged is there, what was not is there wholly or not at all, and the same engine goes on without being opened again.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { DBALError } from '../../src/errors/error.ts'
import type { Server } from '../../tools/databases/private-server.ts'
import { privateServer, serverOf } from '../support/databases.ts'
import { assertOnlyReads } from './reading.ts'
import { handOn, type Sql, sayAll, sqlServers, until, words } from './servers.ts'
import { type Asked, adapterOn, assertTyped, openSite, type Site } from './site.ts'

const withoutTls: Readonly<Record<Sql, readonly string[]>> = { postgresql: ['-c', 'ssl=off'], mysql: ['--skip-ssl'] }
const open: (() => Promise<unknown>)[] = []
after(async () => {
  for (const close of open.reverse()) await close().catch(() => undefined)
})

const databaseOn = async (kind: Sql, server: Server): Promise<string> => {
  const hand = await handOn(kind, server.url)
  await hand.say('CREATE DATABASE killed')
  await hand.end()
  const url = new URL(server.url)
  url.pathname = '/killed'
  return url.href
}

async function tlsIsAskedFor(kind: Sql, url: string): Promise<void> {
  for (const sslMode of ['require', 'verify-ca', 'verify-full'] as const) {
    const adapter = await adapterOn(kind, { url, sslMode })
    await assert.rejects(adapter.probe(), (error) => {
      assert.ok(error instanceof DBALError && error.code === 'DATABASE_ERROR')
      assert.match(String(error.details.hint), /offers? no TLS|does not offer secure/)
      return true
    })
    await adapter.close()
  }
  for (const sslMode of ['disable', 'prefer'] as const) {
    const adapter = await adapterOn(kind, { url, sslMode })
    assert.match(await adapter.probe(), /\d/)
    await adapter.close()
  }
}

/** Writers that never stop; what each was told is kept. */
function writers(site: Site, count: number) {
  const acknowledged: string[] = []
  const unsure: string[] = []
  const refused: string[] = []
  const errors: Asked[] = []
  let going = true
  let next = 0
  const writer = async (w: number): Promise<void> => {
    while (going) {
      const id = `w${w}.${next++}`
      const items = [1, 2, 3].map((k) => ({ id: `${id}.${k}`, batch: id }))
      const steps = items.map((item) => ({ method: 'create', params: ['Note', item] }))
      const call = next % 2 === 0 ? { method: 'createMany', params: ['Note', items] } : { method: 'transaction', params: [steps] }
      const answer = await site.send({ ...call, timeout: 10_000 })
      if (answer.error === undefined) acknowledged.push(id)
      else {
        errors.push(answer)
        ;(answer.error.details?.outcome === 'unknown' ? unsure : refused).push(id)
        // A server that is away answers at once.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  const all = Promise.all(Array.from({ length: count }, (_, w) => writer(w)))
  return {
    acknowledged,
    unsure,
    refused,
    errors,
    stop: () => {
      going = false
      return all
    },
  }
}

/** The whole server, so that it cannot be the one that others use; and for an account without a privilege that passes it over. */
async function readOnlyServer(url: string): Promise<void> {
  const hand = await handOn('mysql', url)
  const password = randomBytes(12).toString('hex')
  await sayAll(hand, [`CREATE USER ordinary@'127.0.0.1' IDENTIFIED BY '${password}'`, "GRANT ALL ON killed.* TO ordinary@'127.0.0.1'"])
  const as = new URL(url)
  as.username = 'ordinary'
  as.password = password
  const site = await openSite('mysql', { url: as.href })
  await sayAll(hand, words.mysql.readOnly('killed'))
  await assertOnlyReads(site, /read-only/)
  await sayAll(hand, words.mysql.writable('killed'))
  assert.deepEqual(await site.get('update', 'Counter', 'c', { n: 9 }), { id: 'c', n: 9, version: 2 })
  await site.close()
  await hand.end()
}

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  test(`${kind}: C3: killed in the middle of statements, and back on its port`, skip === undefined ? {} : { skip }, async () => {
    const server = await privateServer(kind, { args: withoutTls[kind] })
    open.push(() => server.stop())
    const url = await databaseOn(kind, server)
    await tlsIsAskedFor(kind, url)
    const site = await openSite(kind, { url, poolSize: 10 })
    open.push(() => site.close())
    await site.get('create', 'Counter', { id: 'c', n: 0 })
    // Statements that are under way for certain when it goes.
    const hand = await handOn(kind, url)
    const eye = await handOn(kind, url)
    await sayAll(hand, words[kind].block('counters'))
    const waiting = [
      site.send({ method: 'read', params: ['Counter', 'c'], timeout: 3000 }),
      site.send({ method: 'update', params: ['Counter', 'c', { n: 1 }], timeout: 3000 }),
      site.send({ method: 'create', params: ['Counter', { id: 'd', n: 1 }], timeout: 3000 }),
    ]
    await until(
      () => eye.say(words[kind].running),
      (found) => found.length >= waiting.length,
      'statements under way',
    )
    const writing = writers(site, 6)
    await until(
      () => writing.acknowledged.length,
      (count) => count >= 30,
      'thirty acknowledged writes',
    )
    await server.kill()
    for (const answer of await Promise.all(waiting)) assertTyped(answer, ['DATABASE_ERROR', 'TIMEOUT'])
    // Away: a clear error at once, for health too.
    assertTyped(await site.ask('read', 'Counter', 'c'), 'DATABASE_ERROR', /database/)
    await assert.rejects(site.adapter.probe(), { code: 'DATABASE_ERROR' })
    await until(
      () => writing.errors.length,
      (count) => count >= 6,
      'writers that were told',
    )
    const before = writing.acknowledged.length
    await server.start()
    await until(
      () => writing.acknowledged.length,
      (count) => count >= before + 30,
      'writers that go on',
    )
    await writing.stop()
    for (const answer of writing.errors) assertTyped(answer, ['DATABASE_ERROR', 'TIMEOUT'])

    const again = await handOn(kind, url)
    const found = new Map(
      (await again.say('SELECT batch, count(*) FROM notes GROUP BY batch')).map(([batch, count]) => [String(batch), Number(count)]),
    )
    await again.end()
    for (const [batch, count] of found) assert.equal(count, 3, `${batch}: ${count} of 3 rows`)
    for (const id of writing.acknowledged) assert.ok(found.has(id), `${id} was acknowledged and is lost`)
    for (const id of writing.refused) assert.ok(!found.has(id), `${id} was refused and is there`)
    assert.equal(found.size, writing.acknowledged.length + writing.unsure.filter((id) => found.has(id)).length)
    assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: 0, version: 1 })
    assert.match(await site.adapter.probe(), /^(PostgreSQL|MariaDB|MySQL) \d/)
    assert.equal(site.adapter.gauges()['pool_waiting'], 0)
    if (kind === 'mysql') await readOnlyServer(url)
  })
}
