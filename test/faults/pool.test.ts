/**
 * D7: ten times as many slow statements as the pool has connections. Waiting is bounded and says so, what was stopped is gone in the
 * server, the site serves again at once, and whether the database is well can be asked meanwhile.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOf } from '../support/databases.ts'
import { sayAll, sqlServers, until, words } from './servers.ts'
import { type Asked, assertTyped, onGround } from './site.ts'

const poolSize = 4
const calls = poolSize * 10

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: D7: 10 × the pool of slow statements`, options, () =>
    onGround(kind, { poolSize, acquireTimeout: 400 }, async ({ site, hand, eye }) => {
      await site.get('create', 'Counter', { id: 'c', n: 0 })
      await site.get('create', 'Note', { id: 'free' })
      await sayAll(hand, words[kind].block('counters'))
      const waiting = Array.from({ length: calls }, (_, i): Promise<Asked> => {
        const [method, ...params] =
          i % 3 === 0 ? ['update', 'Counter', 'c', { n: i }] : i % 3 === 1 ? ['list', 'Counter', {}] : ['create', 'Counter', { id: `c${i}`, n: i }]
        return site.send({ method: method as string, params, timeout: 2000 })
      })
      // Health is not behind the same queue.
      await until(
        () => site.adapter.gauges()['pool_waiting'] ?? 0,
        (seen) => seen > 0,
        'calls that wait for a connection',
      )
      assert.match(await site.adapter.probe(), /^(PostgreSQL|MariaDB|MySQL) \d/)
      const answers = await Promise.all(waiting)
      for (const answer of answers) assertTyped(answer, ['DATABASE_ERROR', 'TIMEOUT'])
      const crowded = answers.filter(({ error }) => /Every connection/.test(String(error?.details?.hint)))
      assert.ok(crowded.length >= calls - 3 * poolSize, `${crowded.length} of ${calls} were told that the pool is in use`)
      assert.ok(answers.some(({ error }) => error?.name === 'TIMEOUT'))
      assert.ok(answers.every(({ error }) => error?.details?.outcome === undefined))
      // Nothing of them is left in the server, and nothing of them happened.
      await until(
        () => eye.say(words[kind].running),
        (rows) => rows.length === 0,
        'an end of the stopped statements',
      )
      await sayAll(hand, words[kind].release)
      const started = performance.now()
      assert.deepEqual(await site.get('list', 'Counter', { select: ['id', 'n', 'version'], total: 'none' }), {
        ...((await site.get('list', 'Counter', { select: ['id', 'n', 'version'], total: 'none' })) as object),
        data: [{ id: 'c', n: 0, version: 1 }],
      })
      await Promise.all(Array.from({ length: calls }, (_, i) => site.get('create', 'Counter', { id: `later${i}`, n: i })))
      assert.ok(performance.now() - started < 10_000)
      const gauges = site.adapter.gauges()
      assert.equal(gauges['pool_waiting'], 0)
      assert.equal(gauges['pool_leased'], 0)
    }),
  )

  test(`${kind}: a connection that a caller stopped waiting for serves the next`, options, () =>
    onGround(kind, { poolSize: 2, acquireTimeout: 5000 }, async ({ site, hand, eye }) => {
      await sayAll(hand, words[kind].block('counters'))
      const holders = [1, 2].map((i) => site.send({ method: 'create', params: ['Counter', { id: `h${i}`, n: i }], timeout: 20_000 }))
      await until(
        () => eye.say(words[kind].running),
        (rows) => rows.length === 2,
        'two statements that wait for the table',
      )
      const impatient = await Promise.all([1, 2, 3].map((i) => site.send({ method: 'read', params: ['Note', `n${i}`], timeout: 100 })))
      for (const answer of impatient) assertTyped(answer, 'TIMEOUT')
      const patient = site.get('list', 'Note', {})
      await sayAll(hand, words[kind].release)
      assert.deepEqual(((await patient) as { data: unknown }).data, [])
      for (const answer of await Promise.all(holders)) assert.equal(answer.error, undefined)
      assert.equal(await site.get('count', 'Counter'), 2)
    }),
  )
}
