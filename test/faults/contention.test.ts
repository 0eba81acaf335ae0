/** C5, C6 and D10: writers that want the same rows, changes that would overwrite each other, a transaction whose caller does nothing. Sums come out right. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DatabaseName, serverOf } from '../support/databases.ts'
import { sqlServers, until, words } from './servers.ts'
import { assertTyped, onGround, onSite } from './site.ts'

const writers = 16
const hot = 4
/** DBAL_TEST_RACES=10000 for a long run. */
const races = Number(process.env['DBAL_TEST_RACES'] ?? 160)

interface Row {
  readonly id: string
  readonly n: number
  readonly version: number
}

const kinds: readonly DatabaseName[] = [...sqlServers, 'mongodb']

for (const kind of kinds) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: C5: ${writers} writers on ${hot} rows, each in its own order`, options, () =>
    onSite(kind, { poolSize: writers }, async (site) => {
      await site.get(
        'createMany',
        'Counter',
        Array.from({ length: hot }, (_, i) => ({ id: `c${i}`, n: 0 })),
      )
      const done = Array.from({ length: hot }, () => 0)
      let refused = 0
      const writer = async (w: number): Promise<void> => {
        for (let round = 0; round < 4; round++) {
          // Two rows, in an order that some other writer has the other way round.
          const [a, b] = w % 2 === 0 ? [w % hot, (w + round + 1) % hot] : [(w + round + 1) % hot, w % hot]
          const targets = a === b ? [a] : [a, b]
          const steps = targets.map((i) => ({ method: 'update', params: ['Counter', `c${i}`, { n: w * 100 + round }] }))
          const answer = await site.ask('transaction', steps)
          if (answer.error === undefined) for (const i of targets) done[i as number] = (done[i as number] as number) + 1
          else {
            // Bounded retries: one that met others too often is told to come back, and nothing of it is there.
            refused++
            assertTyped(answer, ['CONFLICT', 'TIMEOUT'])
            assert.equal(answer.error.details?.outcome, undefined)
          }
        }
      }
      await Promise.all(Array.from({ length: writers }, (_, w) => writer(w)))
      const { data } = (await site.get('list', 'Counter', { sort: { id: 'asc' } })) as unknown as { data: Row[] }
      // The engine's own count of changes: each was made once, none was lost, none half.
      assert.deepEqual(
        data.map(({ version }) => version - 1),
        done,
      )
      assert.ok(refused < writers, `${refused} of ${writers * 4} transactions were refused`)
    }),
  )

  test(`${kind}: C6: changes of a row that somebody changed since are refused, never made over it`, options, () =>
    onSite(kind, { poolSize: 8 }, async (site) => {
      await site.get('create', 'Counter', { id: 'c', n: 0 })
      let tried = 0
      let accepted = 0
      const racer = async (): Promise<void> => {
        while (tried < races) {
          tried++
          const { n, version } = (await site.get('read', 'Counter', 'c')) as unknown as Row
          const answer = await site.ask('update', 'Counter', 'c', { n: n + 1 }, { expectedVersion: version })
          if (answer.error === undefined) accepted++
          else assertTyped(answer, 'CONFLICT')
        }
      }
      await Promise.all(Array.from({ length: 8 }, racer))
      assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: accepted, version: accepted + 1 })
      assert.ok(accepted > 0 && accepted < tried, `${accepted} of ${tried}: the race was none`)
    }),
  )
}

for (const kind of sqlServers) {
  const { skip } = serverOf(kind)
  const options = skip === undefined ? {} : { skip }

  test(`${kind}: D10: a transaction whose caller does nothing ends, with its locks, and the next writer goes on`, options, () =>
    onGround(kind, { poolSize: 4, limits: { interactive: { idle: 400 } } }, async ({ site, eye }) => {
      await site.get('create', 'Counter', { id: 'c', n: 0 })
      // An open transaction belongs to a connection of its caller.
      const connection = new AbortController().signal
      const begun = await site.send({ method: 'begin', params: [], connection })
      assert.equal(begun.error, undefined, JSON.stringify(begun))
      const transaction = (begun.result as { transaction: string }).transaction
      const held = await site.send({ method: 'update', params: ['Counter', 'c', { n: 1 }], transaction, connection })
      assert.equal(held.error, undefined, JSON.stringify(held))
      await until(
        () => eye.say(words[kind].idling),
        (found) => found.length === 1,
        'one open transaction',
      )
      // It waits for the row, and gets it as soon as the time of the other is over.
      const next = await site.send({ method: 'update', params: ['Counter', 'c', { n: 2 }], timeout: 15_000 })
      assert.deepEqual(next.result, { id: 'c', n: 2, version: 2 })
      assertTyped(await site.send({ method: 'commit', params: [], transaction, connection }), [
        'CONFLICT',
        'TIMEOUT',
        'NOT_FOUND',
        'VALIDATION_ERROR',
      ])
      assert.deepEqual(await site.get('read', 'Counter', 'c'), { id: 'c', n: 2, version: 2 })
      assert.deepEqual(await eye.say(words[kind].idling), [])
    }),
  )
}
