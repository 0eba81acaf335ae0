/**
 * C2 and C4: the connection to the database is cut at any byte of a write. An error that does not say `outcome: unknown` means that nothing
 * was written; the same call with its idempotency key takes effect once, however often and wherever it was cut.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../src/protocol/execute.ts'
import { type CuttingProxy, type Side, startCuttingProxy } from '../support/cutting-proxy.ts'
import { type DatabaseName, serverOf } from '../support/databases.ts'
import { type Hand, handOn, sqlServers, until, words } from './servers.ts'
import { assertTyped, onSite, openSite, type Site } from './site.ts'

/** Places at which each side of each call is cut in an ordinary run; DBAL_TEST_CUTS=all cuts at every byte. */
const { DBAL_TEST_CUTS: cuts = '14' } = process.env
const mostTries = 20
const kinds: readonly DatabaseName[] = [...sqlServers, 'mongodb']

interface Seen {
  cuts: number
  unknown: number
  /** Of those, how many had been made. */
  made: number
}

interface Write {
  readonly name: string
  readonly call: (i: number) => Pick<Call, 'method' | 'params'>
  /** How often it has taken effect. */
  readonly count: (direct: Site, i: number) => Promise<number>
}

const versionOf = async (direct: Site, id: string): Promise<number> =>
  Number(((await direct.get('read', 'Counter', id)) as { version: number }).version)
const notesOf = async (direct: Site, filter: object): Promise<number> => Number(await direct.get('count', 'Note', { filter }))

const writes: readonly Write[] = [
  {
    name: 'update',
    call: (i) => ({ method: 'update', params: ['Counter', 'c', { n: i }] }),
    count: (direct) => versionOf(direct, 'c'),
  },
  {
    name: 'create',
    call: (i) => ({ method: 'create', params: ['Note', { id: `create${i}` }] }),
    count: (direct, i) => notesOf(direct, { id: `create${i}` }),
  },
  {
    name: 'transaction',
    call: (i) => {
      const many = [1, 2, 3].map((k) => ({ id: `many${i}.${k}`, batch: `b${i}` }))
      const steps = [
        { method: 'update', params: ['Counter', 'd', { n: i }] },
        { method: 'createMany', params: ['Note', many] },
      ]
      return { method: 'transaction', params: [steps] }
    },
    count: async (direct, i) => {
      const rows = await notesOf(direct, { batch: `b${i}` })
      assert.ok(rows === 0 || rows === 3, `${rows} of 3 rows of one call`)
      return versionOf(direct, 'd')
    },
  },
]

/** What was being done when the connection went ends with it. */
function settled(kind: DatabaseName, eye: Hand | undefined): Promise<unknown> {
  if (eye === undefined || kind === 'mongodb') return Promise.resolve()
  const { running, idling } = words[kind]
  return until(
    async () => [...(await eye.say(running)), ...(await eye.say(idling))],
    (found) => found.length === 0,
    'an end of what was cut',
  )
}

interface Scene {
  readonly kind: DatabaseName
  /** Through the proxy, and past it. */
  readonly site: Site
  readonly direct: Site
  /** Absent where nothing can be seen. */
  readonly eye: Hand | undefined
  readonly proxy: CuttingProxy
  readonly seen: Seen
}

/** One call, cut once; with a key it is asked again until it is answered. */
async function cutOnce({ kind, site, direct, eye, proxy, seen }: Scene, write: Write, i: number, keyed: boolean): Promise<void> {
  const before = await write.count(direct, i)
  const call = { ...write.call(i), ...(keyed ? { idempotencyKey: `key ${write.name} ${i}` } : {}) }
  let answer = await site.send(call)
  const { cut } = proxy.heal()
  if (cut) seen.cuts++
  if (answer.error !== undefined) {
    await settled(kind, eye)
    const error = assertTyped(answer, ['DATABASE_ERROR'])
    const happened = (await write.count(direct, i)) - before
    if (error.details?.outcome === 'unknown') {
      seen.unknown++
      seen.made += happened
    } else assert.equal(happened, 0, `${write.name} ${i}: an error without 'unknown', and it was made`)
    if (!keyed) return
  }
  for (let tries = 1; answer.error !== undefined; tries++) {
    assert.ok(tries < mostTries, JSON.stringify(answer))
    answer = await site.send(call)
  }
  assert.equal((await write.count(direct, i)) - before, 1, `${write.name} ${i} took effect more or less than once`)
  if (keyed) {
    // The key answers the same thing again, and does nothing.
    assert.deepEqual((await site.send(call)).result, answer.result)
    assert.equal((await write.count(direct, i)) - before, 1)
  }
}

/** Evenly spread, the last byte among them. */
function places(kind: DatabaseName, length: number): number[] {
  const all = Array.from({ length }, (_, at) => at)
  if (cuts === 'all') return all
  const most = kind === 'mongodb' ? Math.ceil(Number(cuts) / 3) : Number(cuts)
  return [...new Set(Array.from({ length: most }, (_, k) => Math.min(length - 1, Math.round((k * (length - 1)) / (most - 1)))))]
}

for (const kind of kinds) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: C2, C4: cut at any byte, a write with a key takes effect once, and no error hides that it did`, options, () =>
    onSite(kind, {}, async (direct, url) => {
      for (const id of ['c', 'd']) await direct.get('create', 'Counter', { id, n: 0 })
      const eye = kind === 'mongodb' ? undefined : await handOn(kind, url)
      const { hostname, port } = new URL(url)
      const proxy = await startCuttingProxy({ host: hostname, port: Number(port) })
      const through = new URL(url)
      through.port = String(proxy.port)
      if (kind === 'mongodb') through.search = '?directConnection=true&serverMonitoringMode=poll'
      const site = await openSite(kind, { url: through.href, ...(kind === 'mongodb' ? {} : { sslMode: 'disable' }), poolSize: 1 })
      const seen: Seen = { cuts: 0, unknown: 0, made: 0 }
      const scene: Scene = { kind, site, direct, eye, proxy, seen }
      let i = 0
      try {
        for (const write of writes) {
          for (const keyed of [true, false]) {
            // How long it is, on a connection that has seen it before.
            for (let warm = 0; warm < 2; warm++) await cutOnce(scene, write, ++i, keyed)
            proxy.heal()
            await site.send({ ...write.call(++i), ...(keyed ? { idempotencyKey: `length ${i}` } : {}) })
            const lengths = proxy.heal()
            for (const side of ['request', 'response'] as const satisfies readonly Side[]) {
              for (const at of places(kind, lengths[side])) {
                // There is a connection, and it knows the statements.
                await site.send({ ...write.call(++i), ...(keyed ? { idempotencyKey: `warm ${i}` } : {}) })
                proxy.cutAfter(side, at)
                await cutOnce(scene, write, ++i, keyed)
              }
            }
          }
        }
      } finally {
        await eye?.end()
        await site.close()
        await proxy.end()
      }
      // The cuts hit what they were meant for: answers to COMMIT among them.
      assert.ok(seen.cuts > writes.length * 10, JSON.stringify(seen))
      // The driver of MongoDB asks again by itself, also what became of a commit.
      if (kind !== 'mongodb') assert.ok(seen.unknown > 0 && seen.made > 0 && seen.made <= seen.unknown, JSON.stringify(seen))
    }),
  )
}
