/**
 * D8 and D9: statements that are given up, by their deadline or because their caller has gone. Each is gone in the server within a second,
 * its connection is clean or is no more, and every answer carries a mark, so that no answer of one call is ever another's.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOf } from '../support/databases.ts'
import { sayAll, sqlServers, until, words } from './servers.ts'
import { type Asked, assertTyped, onGround, type Site } from './site.ts'

/** DBAL_TEST_CANCELS=10000 for a long run. */
const cancels = Number(process.env['DBAL_TEST_CANCELS'] ?? 500)
const together = 12
const rows = 24

/** Numbers that look like chance and are the same in each run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const markOf = (id: string): string => `mark of ${id}`

interface Seen {
  answered: number
  stopped: number
}

/** One call with a mark of its own; whatever comes back has to carry it. */
async function oneCall(site: Site, i: number, random: () => number, seen: Seen): Promise<void> {
  const id = `r${Math.floor(random() * rows)}`
  // Some have all the time: whoever is stopped instead of a neighbour is one of them.
  const patient = random() < 0.2
  const leaves = !patient && random() < 0.4
  const abort = new AbortController()
  const after = 1 + Math.floor(random() * 30)
  const timer = leaves ? setTimeout(() => abort.abort(), after) : undefined
  const more = leaves ? { signal: abort.signal, timeout: 20_000 } : { timeout: patient ? 20_000 : after }
  const kind = Math.floor(random() * 4)
  const select = ['id', 'text']
  let answer: Asked
  if (kind === 0) answer = await site.send({ method: 'read', params: ['Note', id, { select }], ...more })
  else if (kind === 1) answer = await site.send({ method: 'list', params: ['Note', { filter: { id }, select, total: 'none' }], ...more })
  else if (kind === 2) {
    const params = [[{ method: 'read', params: ['Note', id, { select }] }]]
    answer = await site.send({ method: 'transaction', params, ...more })
  } else answer = await site.send({ method: 'create', params: ['Counter', { id: `w${i}`, n: i }], ...more })
  clearTimeout(timer)
  if (answer.error !== undefined) {
    assertTyped(answer, 'TIMEOUT')
    assert.ok(!patient, 'a call was stopped that had time')
    seen.stopped++
    return
  }
  seen.answered++
  const { result } = answer
  const row = kind === 1 ? (result as { data: unknown[] }).data[0] : kind === 2 ? (result as unknown[])[0] : result
  if (kind === 3) assert.deepEqual(row, { id: `w${i}`, n: i, version: 1 })
  else assert.deepEqual(row, { id, text: markOf(id) })
}

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: D8: ${cancels} statements that are given up, and no answer of one is another's`, options, () =>
    onGround(kind, { poolSize: 6 }, async ({ site, hand, eye }) => {
      const random = chance(20_261_121)
      const data = Array.from({ length: rows }, (_, i) => ({ id: `r${i}`, text: markOf(`r${i}`), pause: 2 + ((i * 7) % 25) }))
      await site.get('createMany', 'Note', data)
      // Reading a row takes as long as the row says.
      await sayAll(hand, [
        'ALTER TABLE notes RENAME TO stored_notes',
        `CREATE VIEW notes AS SELECT * FROM stored_notes WHERE ${words[kind].takes('pause')}`,
      ])
      const seen: Seen = { answered: 0, stopped: 0 }
      let next = 0
      const worker = async (): Promise<void> => {
        while (seen.stopped < cancels) await oneCall(site, next++, random, seen)
      }
      await Promise.all(Array.from({ length: together }, worker))
      assert.ok(seen.stopped >= cancels && seen.answered > cancels / 20, JSON.stringify(seen))
      await until(
        () => eye.say(words[kind].running),
        (found) => found.length === 0,
        'an end of what was given up',
        1000,
      )
      for (const { id, text } of data) assert.deepEqual(await site.get('read', 'Note', id, { select: ['id', 'text'] }), { id, text })
      const gauges = site.adapter.gauges()
      assert.equal(gauges['pool_leased'], 0)
      assert.equal(gauges['pool_waiting'], 0)
    }),
  )

  test(`${kind}: D8: a statement past its deadline is gone on the server, a write wholly`, options, () =>
    onGround(kind, { poolSize: 4 }, async ({ site, hand, eye }) => {
      await site.get('create', 'Counter', { id: 'c', n: 1 })
      await sayAll(hand, words[kind].block('counters'))
      const calls = [
        { method: 'update', params: ['Counter', 'c', { n: 2 }] },
        { method: 'create', params: ['Counter', { id: 'd', n: 2 }] },
        {
          method: 'createMany',
          params: [
            'Counter',
            [
              { id: 'e', n: 2 },
              { id: 'f', n: 2 },
            ],
          ],
        },
        { method: 'list', params: ['Counter', {}] },
      ]
      const started = performance.now()
      for (const call of calls) {
        assertTyped(await site.send({ ...call, timeout: 150 }), 'TIMEOUT')
        await until(
          () => eye.say(words[kind].running),
          (found) => found.length === 0,
          `an end of ${call.method}`,
          1000,
        )
      }
      // They were told to end, not left to be found out.
      const took = performance.now() - started
      assert.ok(took < 6000, `${calls.length} calls of 0.15 s took ${took} ms`)
      await sayAll(hand, words[kind].release)
      assert.deepEqual(await eye.say('SELECT id, n, version FROM counters'), [['c', 1, 1]])
    }),
  )

  test(`${kind}: D9: a caller that leaves in mid-query leaves nothing behind`, options, () =>
    onGround(kind, { poolSize: 4 }, async ({ site, hand, eye }) => {
      await site.get('create', 'Counter', { id: 'c', n: 1 })
      await sayAll(hand, words[kind].block('counters'))
      const abort = new AbortController()
      const calls = [
        site.send({ method: 'read', params: ['Counter', 'c'], signal: abort.signal }),
        site.send({ method: 'list', params: ['Counter', {}], signal: abort.signal }),
        site.send({ method: 'update', params: ['Counter', 'c', { n: 5 }], signal: abort.signal }),
      ]
      await until(
        () => eye.say(words[kind].running),
        (found) => found.length >= 3,
        'three statements under way',
      )
      abort.abort()
      for (const answer of await Promise.all(calls)) assertTyped(answer, 'TIMEOUT')
      await until(
        () => eye.say(words[kind].running),
        (found) => found.length === 0,
        'an end of what nobody waits for',
        1000,
      )
      await sayAll(hand, words[kind].release)
      assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: 1, version: 1 })
      assert.deepEqual(await eye.say(words[kind].idling), [])
    }),
  )
}
