/**
 * MongoDB: reads that are given up are gone on the server, waiting for a connection is bounded, writers that want one row take turns, and a
 * server that is killed, or is no longer the one that may be written, costs nothing that was acknowledged.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MongoClient } from 'mongodb'
import { kinds } from '../../tools/databases/servers.ts'
import { freshDatabase, serverOf } from '../support/databases.ts'
import { until } from './servers.ts'
import { type Asked, acl, assertTyped, openSite, type Site } from './site.ts'

const { skip, url: server } = serverOf('mongodb')
const options = skip === undefined ? {} : { skip }

interface Ground {
  readonly site: Site
  readonly client: MongoClient
  readonly name: string
}

async function onMongo(more: Parameters<typeof openSite>[1], work: (ground: Ground) => Promise<void>): Promise<void> {
  const database = await freshDatabase('mongodb')
  const client = new MongoClient(String(server))
  try {
    const site = await openSite('mongodb', { ...more, url: database.url })
    await work({ site, client, name: database.name }).finally(() => site.close())
  } finally {
    await client.close()
    await database.drop()
  }
}

/** From then on reading a note takes as long as the note says, or as the server lets it. */
async function slowDown({ client, name }: Ground): Promise<void> {
  const db = client.db(name)
  await db.collection('notes').rename('stored_notes')
  const takes = { $function: { body: 'function (ms) { sleep(ms); return true }', args: ['$pause'], lang: 'js' } }
  await db.createCollection('notes', { viewOn: 'stored_notes', pipeline: [{ $match: { $expr: takes } }] })
}

/** Operations on the database that run in the server now. */
async function running({ client, name }: Ground): Promise<readonly unknown[]> {
  const found = client
    .db('admin')
    .aggregate([{ $currentOp: { allUsers: true, idleCursors: true } }, { $match: { ns: { $regex: `^${name}\\.` }, active: true } }])
  return found.toArray()
}

const gone = (ground: Ground): Promise<unknown> =>
  until(
    () => running(ground),
    (found) => found.length === 0,
    'an end of what nobody waits for',
    2000,
  )

const slow = { id: 'slow', text: 'slow', pause: 15_000 }

test('mongodb: D8, D9: a read past its deadline, and one whose caller leaves, are gone on the server', options, () =>
  onMongo({ poolSize: 4 }, async (ground) => {
    const { site } = ground
    await site.get('createMany', 'Note', [slow, { id: 'quick', text: 'quick', pause: 0 }])
    await slowDown(ground)
    for (const call of [
      { method: 'read', params: ['Note', 'slow'] },
      { method: 'list', params: ['Note', {}] },
      { method: 'transaction', params: [[{ method: 'read', params: ['Note', 'slow'] }]] },
      { method: 'aggregate', params: ['Note', { groupBy: ['text'] }] },
    ]) {
      assertTyped(await site.send({ ...call, timeout: 300 }), 'TIMEOUT')
      await gone(ground)
      const abort = new AbortController()
      const waiting = site.send({ ...call, signal: abort.signal, timeout: 60_000 })
      await until(
        () => running(ground),
        (found) => found.length > 0,
        `${call.method} under way`,
      )
      abort.abort()
      assertTyped(await waiting, 'TIMEOUT')
      await gone(ground)
    }
    assert.equal(((await site.get('read', 'Note', 'quick')) as { text: string }).text, 'quick')
    assert.equal(site.adapter.gauges()['pool_waiting'], 0)
  }),
)

test('mongodb: D7: ten times the pool of slow reads: waiting is bounded and says so, and the site serves again', options, () =>
  onMongo({ poolSize: 3, acquireTimeout: 500 }, async (ground) => {
    const { site } = ground
    await site.get('createMany', 'Note', [slow, { id: 'quick', text: 'quick', pause: 0 }])
    await slowDown(ground)
    const answers = await Promise.all(Array.from({ length: 30 }, () => site.send({ method: 'read', params: ['Note', 'slow'], timeout: 3000 })))
    for (const answer of answers) assertTyped(answer, ['DATABASE_ERROR', 'TIMEOUT'])
    const crowded = answers.filter(({ error }) => /All connections/.test(String(error?.details?.hint)))
    assert.ok(crowded.length >= 20, `${crowded.length} of 30 were told that the pool is in use`)
    await gone(ground)
    for (let i = 0; i < 5; i++) assert.equal(((await site.get('read', 'Note', 'quick')) as { text: string }).text, 'quick')
    assert.equal(site.adapter.gauges()['pool_waiting'], 0)
  }),
)

test('mongodb: a row that somebody else is writing is waited for until the deadline, and is written as soon as it is free', options, () =>
  onMongo({}, async ({ site, client, name }) => {
    await site.get('create', 'Counter', { id: 'c', n: 0 })
    const session = client.startSession()
    session.startTransaction()
    const held = await client
      .db(name)
      .collection('counters')
      .updateOne({}, { $set: { held: true } }, { session })
    assert.equal(held.matchedCount, 1)
    const stopped = assertTyped(await site.send({ method: 'update', params: ['Counter', 'c', { n: 1 }], timeout: 400 }), ['TIMEOUT', 'CONFLICT'])
    assert.equal(stopped.details?.outcome, undefined)
    const patient = site.send({ method: 'update', params: ['Counter', 'c', { n: 2 }], timeout: 30_000 })
    await session.abortTransaction()
    await session.endSession()
    assert.deepEqual((await patient).result, { id: 'c', n: 2, version: 2 })
  }),
)

test('mongodb: 24 writers of one row take turns: none is refused, none is lost', options, () =>
  onMongo({ poolSize: 24 }, async ({ site }) => {
    await site.get('create', 'Counter', { id: 'hot', n: 0 })
    const answers = await Promise.all(
      Array.from({ length: 24 * 3 }, (_, n) => site.send({ method: 'update', params: ['Counter', 'hot', { n }], timeout: 60_000 })),
    )
    assert.deepEqual(
      answers.filter(({ error }) => error !== undefined).map(({ error }) => error),
      [],
    )
    assert.equal(((await site.get('read', 'Counter', 'hot')) as { version: number }).version, 1 + answers.length)
  }),
)

const family = `entity: Parent
fields:
  id: { type: string, primary: true, required: true, max_length: 40 }
${acl}
---
entity: Child
fields:
  id: { type: string, primary: true, required: true, max_length: 40 }
  parentId: { type: string, max_length: 40, required: true, foreign_key: { entity: Parent, on_delete: cascade } }
${acl}
`

test('mongodb: 32 writers whose rows refer to one row: none is refused, and the row goes with all of them', options, async () => {
  const database = await freshDatabase('mongodb')
  try {
    const site = await openSite('mongodb', { url: database.url, poolSize: 32 }, { text: family })
    await site.get('create', 'Parent', { id: 'p' })
    const answers = await Promise.all(
      Array.from({ length: 96 }, (_, i) => site.send({ method: 'create', params: ['Child', { id: `c${i}`, parentId: 'p' }], timeout: 60_000 })),
    )
    assert.deepEqual(
      answers.filter(({ error }) => error !== undefined).map(({ error }) => error),
      [],
    )
    assert.equal(await site.get('count', 'Child'), 96)
    await site.get('delete', 'Parent', 'p')
    assert.equal(await site.get('count', 'Child'), 0)
    await site.close()
  } finally {
    await database.drop()
  }
})

describe('mongodb: a server of its own', options, () => {
  const open: (() => Promise<unknown>)[] = []
  after(async () => {
    for (const close of open.reverse()) await close().catch(() => undefined)
  })

  test('C3: killed in the middle of writes, and back on its port; then not the one that may be written', async (t) => {
    const own = await kinds.mongodb.start()
    if ('missing' in own) return t.skip(own.missing)
    open.push(() => own.stop())
    const address = new URL(own.url)
    address.pathname = '/killed'
    const site = await openSite('mongodb', { url: address.href, poolSize: 10, connectTimeout: 2000 })
    open.push(() => site.close())
    const { acknowledged, refused, errors, stop } = writers(site)
    await enough(acknowledged, 20)
    await own.kill()
    await enough(errors, 4)
    await assert.rejects(site.adapter.probe(), { code: 'DATABASE_ERROR' })
    const before = acknowledged.length
    await own.start()
    await enough(acknowledged, before + 20)
    await stop()
    for (const answer of errors) assertTyped(answer, ['DATABASE_ERROR', 'TIMEOUT'])

    const client = new MongoClient(own.url)
    open.push(() => client.close())
    const found = new Map(
      (
        await client
          .db('killed')
          .collection('notes')
          .aggregate([{ $group: { _id: '$batch', count: { $sum: 1 } } }])
          .toArray()
      ).map((row) => [String(row['_id']), Number(row['count'])]),
    )
    for (const [batch, count] of found) assert.equal(count, 3, `${batch}: ${count} of 3 rows`)
    for (const id of acknowledged) assert.ok(found.has(id), `${id} was acknowledged and is lost`)
    for (const id of refused) assert.ok(!found.has(id), `${id} was refused and is there`)

    // It has no other member: nobody may be written until it is elected again.
    await client.db('admin').command({ replSetStepDown: 60, force: true })
    assertTyped(await site.send({ method: 'create', params: ['Note', { id: 'down' }], timeout: 1500 }), ['DATABASE_ERROR', 'TIMEOUT'])
    await client.db('admin').command({ replSetFreeze: 0 }, { readPreference: 'secondaryPreferred' })
    await until(
      () => site.ask('create', 'Note', { id: 'up' }),
      ({ error }) => error === undefined || error.name === 'CONFLICT',
      'a write to the member that was elected again',
      40_000,
    )
    assert.equal(await site.get('count', 'Note', { filter: { id: 'up' } }), 1)
  })
})

const enough = (list: readonly unknown[], count: number): Promise<unknown> =>
  until(
    () => list.length,
    (length) => length >= count,
    `${count} of them`,
    60_000,
  )

/** Four writers that never stop; what each was told is kept. Each write is three rows of one batch. */
function writers(site: Site) {
  const acknowledged: string[] = []
  const refused: string[] = []
  const errors: Asked[] = []
  let going = true
  const writer = async (w: number): Promise<void> => {
    for (let i = 0; going; i++) {
      const id = `w${w}.${i}`
      const items = [1, 2, 3].map((k) => ({ id: `${id}.${k}`, batch: id }))
      const steps = items.map((item) => ({ method: 'create', params: ['Note', item] }))
      const call = i % 2 === 0 ? { method: 'createMany', params: ['Note', items] } : { method: 'transaction', params: [steps] }
      const answer = await site.send({ ...call, timeout: 10_000 })
      if (answer.error === undefined) acknowledged.push(id)
      else {
        errors.push(answer)
        if (answer.error.details?.outcome !== 'unknown') refused.push(id)
        // A server that is away may answer at once.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  const all = Promise.all([0, 1, 2, 3].map(writer))
  return {
    acknowledged,
    refused,
    errors,
    stop: () => {
      going = false
      return all
    },
  }
}
