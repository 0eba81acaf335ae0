/**
 * C1: the daemon is killed with eight writers at work, again and again. Every acknowledged write is there, every other one wholly or not
 * at all, and a key whose answer was lost makes its change once, whoever asks again.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyAudit } from '../../src/audit/verify.ts'
import { type Posted, post, type Running } from '../daemon/process.ts'
import { freshDatabase, serverOf } from '../support/databases.ts'
import { placeFor, token } from './daemon.ts'
import { type Hand, handOn, type Sql, sqlServers, until, words } from './servers.ts'

/** Of each server; DBAL_TEST_CRASHES=1000 for a long run. */
const cycles = Number(process.env['DBAL_TEST_CRASHES'] ?? 5)
const writers = 8
const rows = 5

interface Write {
  readonly kind: 'bulk' | 'steps' | 'update'
  readonly id: string
  readonly message: object
}

/** What one writer does, one thing after the other. */
function writeOf(w: number, i: number): Write {
  const id = `w${w}.${i}`
  const idempotencyKey = `key ${id}`
  const items = Array.from({ length: rows }, (_, k) => ({ id: `${id}.${k}`, batch: id }))
  if (i % 3 === 0) return { kind: 'bulk', id, message: { id, method: 'createMany', params: ['Note', items], idempotencyKey } }
  if (i % 3 === 1) {
    const steps = items.map((item) => ({ method: 'create', params: ['Note', item] }))
    return { kind: 'steps', id, message: { id, method: 'transaction', params: [steps], idempotencyKey } }
  }
  return { kind: 'update', id, message: { id, method: 'update', params: ['Counter', `c${w}`, { n: i }], idempotencyKey } }
}

class Crowd {
  readonly acknowledged: Write[] = []
  /** Of each writer: what it was doing when the daemon went. */
  readonly open = new Map<number, Write>()
  readonly #next = Array.from({ length: writers }, () => 0)
  readonly #auth: { readonly token: string }

  constructor(auth: { readonly token: string }) {
    this.#auth = auth
  }

  /** Until the daemon no longer answers; what was open before is asked again first, with its key. */
  async work({ http }: Running): Promise<void> {
    await Promise.all(
      this.#next.map(async (_, w) => {
        for (;;) {
          const write = this.open.get(w) ?? writeOf(w, (this.#next[w] as number)++)
          this.open.set(w, write)
          let body: Posted
          try {
            body = (await post(http, { ...write.message, auth: this.#auth })).body
          } catch {
            return
          }
          assert.equal(body.error, undefined, `${write.id}: ${JSON.stringify(body.error)}`)
          this.open.delete(w)
          this.acknowledged.push(write)
        }
      }),
    )
  }
}

async function assertWhole(kind: Sql, eye: Hand, { acknowledged, open }: Crowd): Promise<void> {
  await until(
    async () => [...(await eye.say(words[kind].running)), ...(await eye.say(words[kind].idling))],
    (found) => found.length === 0,
    'an end of what the daemon was doing',
  )
  const found = new Map((await eye.say('SELECT batch, count(*) FROM notes GROUP BY batch')).map(([batch, count]) => [String(batch), Number(count)]))
  for (const [batch, count] of found) assert.equal(count, rows, `${batch}: ${count} of ${rows} rows`)
  const known = new Set([...acknowledged, ...open.values()].map(({ id }) => id))
  for (const batch of found.keys()) assert.ok(known.has(batch), `${batch} was never asked for`)
  const versions = new Map((await eye.say('SELECT id, version FROM counters')).map(([id, version]) => [String(id), Number(version) - 1]))
  for (const write of acknowledged) assert.ok(write.kind === 'update' || found.has(write.id), `${write.id} was acknowledged and is lost`)
  for (let w = 0; w < writers; w++) {
    const made = acknowledged.filter(({ kind: what, id }) => what === 'update' && id.startsWith(`w${w}.`)).length
    const perhaps = open.get(w)?.kind === 'update' ? 1 : 0
    const version = versions.get(`c${w}`) as number
    assert.ok(version >= made && version <= made + perhaps, `counter ${w}: ${version} changes of ${made} acknowledged and ${perhaps} open`)
  }
}

async function crash(kind: Sql): Promise<void> {
  const database = await freshDatabase(kind)
  const place = placeFor(kind, database.url)
  let eye: Hand | undefined
  try {
    const auth = { token: await token() }
    const crowd = new Crowd(auth)
    let daemon = await place.start(['--config', place.file('dbal.yaml')])
    eye = await handOn(kind, database.url)
    const counters = Array.from({ length: writers }, (_, w) => ({ id: `c${w}`, n: 0 }))
    assert.equal((await post(daemon.http, { id: 1, method: 'createMany', params: ['Counter', counters], auth })).body.result, writers)
    let lost = 0
    for (let cycle = 0; cycle < cycles; cycle++) {
      const before = crowd.acknowledged.length
      const working = crowd.work(daemon)
      await Promise.race([
        until(
          () => crowd.acknowledged.length - before,
          (count) => count >= 15 + cycle * 3,
          'acknowledged writes',
        ),
        working,
      ])
      assert.equal(await daemon.end('SIGKILL'), null)
      await working
      lost += crowd.open.size
      await assertWhole(kind, eye, crowd)
      daemon = await place.start(['--config', place.file('dbal.yaml')])
    }
    assert.ok(lost >= cycles, `${lost} answers were lost in ${cycles} crashes: nobody was at work`)
    assert.equal(await daemon.end('SIGTERM'), 0)
    const verdict = await verifyAudit(place.file('audit.log'))
    assert.ok(verdict.ok, JSON.stringify(verdict))
  } finally {
    await place.close()
    await eye?.end()
    await database.drop()
  }
}

describe(`C1: ${cycles} crashes with ${writers} writers`, { concurrency: 2 }, () => {
  for (const kind of sqlServers) {
    const { skip } = serverOf(kind)
    test(kind, skip === undefined ? {} : { skip }, () => crash(kind))
  }
})
