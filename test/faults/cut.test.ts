/**
 * C2 and C4: the connection to the database is cut at any byte of a write. An error that does not say `outcome: unknown` means that nothing
 * was written; the same call with its idempotency key takes effect once, however often and wherever it was cut.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../src/protocol/execute.ts'
import { type CuttingProxy, type Side, startCuttingProxy } from '../support/cutting-proxy.ts'
import { serverOf } from '../support/databases.ts'
import { type Hand, type Sql, sqlServers, until, words } from './servers.ts'
import { assertTyped, onGround, openSite, type Site } from './site.ts'

/** Places at which each side of each call is cut in an ordinary run; DBAL_TEST_CUTS=all cuts at every byte. */
const { DBAL_TEST_CUTS: cuts = '14' } = process.env
const mostTries = 20

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
  readonly count: (eye: Hand, i: number) => Promise<number>
}

const number = async (eye: Hand, text: string): Promise<number> => Number((await eye.say(text))[0]?.[0] ?? 0)

const writes: readonly Write[] = [
  {
    name: 'update',
    call: (i) => ({ method: 'update', params: ['Counter', 'c', { n: i }] }),
    count: (eye) => number(eye, "SELECT version FROM counters WHERE id = 'c'"),
  },
  {
    name: 'create',
    call: (i) => ({ method: 'create', params: ['Note', { id: `create${i}` }] }),
    count: (eye, i) => number(eye, `SELECT count(*) FROM notes WHERE id = 'create${i}'`),
  },
  {
    name: 'transaction',
    call: (i) => ({
      method: 'transaction',
      params: [
        [
          { method: 'update', params: ['Counter', 'd', { n: i }] },
          { method: 'createMany', params: ['Note', [1, 2, 3].map((k) => ({ id: `many${i}.${k}`, batch: `b${i}` }))] },
        ],
      ],
    }),
    count: async (eye, i) => {
      const [version, rows] = [
        await number(eye, "SELECT version FROM counters WHERE id = 'd'"),
        await number(eye, `SELECT count(*) FROM notes WHERE batch = 'b${i}'`),
      ]
      assert.ok(rows === 0 || rows === 3, `${rows} of 3 rows of one call`)
      return version
    },
  },
]

/** What was being done when the connection went ends with it. */
const settled = (kind: Sql, eye: Hand): Promise<unknown> =>
  until(
    async () => [...(await eye.say(words[kind].running)), ...(await eye.say(words[kind].idling))],
    (found) => found.length === 0,
    'an end of what was cut',
  )

interface Scene {
  readonly kind: Sql
  readonly site: Site
  readonly eye: Hand
  readonly proxy: CuttingProxy
  readonly seen: Seen
}

/** One call, cut once; with a key it is asked again until it is answered. */
async function cutOnce({ kind, site, eye, proxy, seen }: Scene, write: Write, i: number, keyed: boolean): Promise<void> {
  const before = await write.count(eye, i)
  const call = { ...write.call(i), ...(keyed ? { idempotencyKey: `key ${write.name} ${i}` } : {}) }
  let answer = await site.send(call)
  const { cut } = proxy.heal()
  if (cut) seen.cuts++
  if (answer.error !== undefined) {
    await settled(kind, eye)
    const error = assertTyped(answer, ['DATABASE_ERROR'])
    const happened = (await write.count(eye, i)) - before
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
  assert.equal((await write.count(eye, i)) - before, 1, `${write.name} ${i} took effect more or less than once`)
  if (keyed) {
    // The key answers the same thing again, and does nothing.
    assert.deepEqual((await site.send(call)).result, answer.result)
    assert.equal((await write.count(eye, i)) - before, 1)
  }
}

/** Evenly spread, the last byte among them. */
function places(length: number): number[] {
  const all = Array.from({ length }, (_, at) => at)
  if (cuts === 'all') return all
  const most = Number(cuts)
  return [...new Set(Array.from({ length: most }, (_, k) => Math.min(length - 1, Math.round((k * (length - 1)) / (most - 1)))))]
}

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: C2, C4: cut at any byte, a write with a key takes effect once, and no error hides that it did`, options, () =>
    onGround(kind, {}, async ({ url, site: direct, eye }) => {
      for (const id of ['c', 'd']) await direct.get('create', 'Counter', { id, n: 0 })
      const { hostname, port } = new URL(url)
      const proxy = await startCuttingProxy({ host: hostname, port: Number(port) })
      const through = new URL(url)
      through.port = String(proxy.port)
      const site = await openSite(kind, { url: through.href, sslMode: 'disable', poolSize: 1 }, { prepare: true })
      const seen: Seen = { cuts: 0, unknown: 0, made: 0 }
      const scene: Scene = { kind, site, eye, proxy, seen }
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
              for (const at of places(lengths[side])) {
                // There is a connection, and it knows the statements.
                await site.send({ ...write.call(++i), ...(keyed ? { idempotencyKey: `warm ${i}` } : {}) })
                proxy.cutAfter(side, at)
                await cutOnce(scene, write, ++i, keyed)
              }
            }
          }
        }
      } finally {
        await site.close()
        await proxy.end()
      }
      // The cuts hit what they were meant for: answers to COMMIT among them.
      assert.ok(seen.cuts > writes.length * 10, JSON.stringify(seen))
      assert.ok(seen.unknown > 0 && seen.made > 0 && seen.made < seen.unknown + 1, JSON.stringify(seen))
    }),
  )
}
