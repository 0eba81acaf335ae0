/**
 * Daemons on database servers: what they say when they cannot start, and how they go on when the server goes and comes back under them.
 * Refusals name what to do, and no secret.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { DBALError } from '../../src/errors/error.ts'
import type { Place } from '../daemon/process.ts'
import { post } from '../daemon/process.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { freshDatabase, serverOf } from '../support/databases.ts'
import { placeFor, token } from './daemon.ts'
import { handOn, type Sql, sayAll, sqlServers, until, words } from './servers.ts'
import { adapterOn, assertDiscreet, entities, schemaOf } from './site.ts'

const open: (() => Promise<unknown>)[] = []
after(async () => {
  for (const close of open.reverse()) await close()
})

const placed: typeof placeFor = (...given) => {
  const place = placeFor(...given)
  open.push(() => place.close())
  return place
}

async function database(kind: Sql): Promise<string> {
  const { url, drop } = await freshDatabase(kind)
  open.push(drop)
  return url
}

/** What `dbal daemon` says when it does not start. */
async function refusal(place: Place, url: string): Promise<string> {
  const { code, out, err } = await place.run(['daemon', '--config', place.file('dbal.yaml'), '--port', '0'])
  assert.notEqual(code, 0, out)
  const { password } = new URL(url)
  const text = out + err
  if (password !== '') assert.ok(!text.includes(password), 'the password of the database was printed')
  assertDiscreet(text.replaceAll(place.folder, ''))
  return text
}

const extra = entities.replace(
  '  n: { type: integer, required: true }\n',
  '  n: { type: integer, required: true }\n  more: { type: integer, default: 0 }\n',
)
const less = entities.replace('  text: { type: string, max_length: 200, nullable: true }\n', '')

describe('daemons on database servers', { concurrency: 2 }, () => {
  for (const kind of sqlServers) {
    const { url: server, skip } = serverOf(kind)
    const options = skip === undefined ? {} : { skip }
    test(`${kind}: no start where the server refuses the account, and why`, options, async () => {
      const url = new URL(String(server))
      url.password = 'secret-of-test'
      assert.match(await refusal(placed(kind, url.href), url.href), /account|user and password/)
    })

    test(`${kind}: C7: a schema that is behind, or ahead, is a refusal that names the command`, options, async () => {
      const url = await database(kind)
      assert.match(await refusal(placed(kind, url, { migrate: false }), url), /dbal migrate apply/)
      const hand = await handOn(kind, url)
      open.push(() => hand.end())
      await assert.rejects(hand.say('SELECT count(*) FROM counters'), 'a daemon that was refused made tables')
      const adapter = await adapterOn(kind, { url })
      open.push(() => adapter.close())
      const hinted = (hint: RegExp) => (error: unknown) => {
        assert.ok(error instanceof DBALError && error.code === 'DATABASE_ERROR')
        assert.match(String(error.details.hint), hint)
        return true
      }
      await adapter.prepare(schemaOf())
      await assert.rejects(adapter.prepare(schemaOf(extra), 'check'), hinted(/behind the schema by 1 change.*dbal migrate apply/s))
      const newer = placed(kind, url, { text: less })
      const migrated = await newer.run(['migrate', 'apply', '--config', newer.file('dbal.yaml'), '--allow-destructive'])
      assert.equal(migrated.code, 0, migrated.out + migrated.err)
      await assert.rejects(adapter.prepare(schemaOf()), hinted(/newer schema.*dbal migrate apply --back/s))
      assert.match(await refusal(placed(kind, url, { migrate: false }), url), /newer schema.*dbal migrate apply --back/s)
    })

    test(`${kind}: C3, D7: the server goes and comes back, the pool fills and empties, and the daemon goes on`, options, async () => {
      const url = await database(kind)
      const { hostname, port } = new URL(url)
      const proxy = await startCuttingProxy({ host: hostname, port: Number(port) })
      open.push(() => proxy.end())
      const through = new URL(url)
      through.port = String(proxy.port)
      const place = placed(kind, through.href, { more: 'performance: { query_timeout: 4000 }' })
      const daemon = await place.start(['--config', place.file('dbal.yaml')])
      const auth = { token: await token() }
      const ask = (method: string, ...params: unknown[]) => post(daemon.http, { id: 1, method, params, auth })
      const health = async (): Promise<number> => (await fetch(`${daemon.http}/health`)).status
      assert.equal((await ask('create', 'Counter', { id: 'c', n: 0 })).status, 200)

      proxy.away()
      for (const [method, ...params] of [
        ['read', 'Counter', 'c'],
        ['update', 'Counter', 'c', { n: 1 }],
      ] as const) {
        const { status, body } = await ask(method, ...params)
        assert.equal(status, 503, JSON.stringify(body))
        assertDiscreet(JSON.stringify(body))
      }
      await until(health, (status) => status === 503, 'a health that says so')
      assert.equal((await fetch(`${daemon.http}/livez`)).status, 200)
      proxy.back()
      assert.deepEqual((await ask('read', 'Counter', 'c')).body.result, { id: 'c', n: 0, version: 1 })
      await until(health, (status) => status === 200, 'a health that says so')

      const hand = await handOn(kind, url)
      open.push(() => hand.end())
      await sayAll(hand, words[kind].block('counters'))
      const crowd = Array.from({ length: 80 }, () => ask('list', 'Counter', {}))
      const eye = await handOn(kind, url)
      open.push(() => eye.end())
      await until(
        () => eye.say(words[kind].running),
        (found) => found.length >= 2,
        'statements that wait',
      )
      // The cached answer is a second old at most; each of these is asked anew.
      for (let i = 0; i < 3; i++) {
        assert.equal(await health(), 200, 'health waits behind the pool')
        await new Promise((resolve) => setTimeout(resolve, 350))
      }
      for (const { status } of await Promise.all(crowd)) assert.ok([503, 504].includes(status), String(status))
      await sayAll(hand, words[kind].release)
      assert.equal((await ask('update', 'Counter', 'c', { n: 3 })).body.result.n, 3)
      assert.equal(await daemon.end('SIGTERM'), 0)
    })
  }
})
