/** Deadlines, cancelled calls and crowds: what is stopped ends on the server, hits nobody else, and connections are fit or gone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter, RunOptions } from '../../adapter/adapter.ts'
import type { ServerOptions } from '../../adapter/server.ts'
import type { Update } from '../../query/ast.ts'
import { compare, field, param } from '../../query/build.ts'
import { createPostgresAdapter } from './adapter.ts'

const { skip } = serverOf('postgresql')
const integer = { type: 'integer' } as const
const Item = makeEntity('Item', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer' } } })
/** A view of the items that takes its time: each row as long as it says, in hundredths of a second. */
const Slow = makeEntity('Slow', { fields: { id: { type: 'integer', primary: true }, n: { type: 'integer' } } })
const byId = compare('eq', field('id'), param(0, integer))
const point = readOf(Item, byId, { columns: [{ field: 'id' }], order: [], reach: 'one' })
const slowPoint = readOf(Slow, byId, { columns: [{ field: 'id' }], order: [], reach: 'one' })
const slowList = readOf(Slow, byId, { columns: [{ field: 'id' }], order: [] })
const slowSet = mint<Update>({ kind: 'update', entity: Slow, set: [{ field: 'n', value: param(1, integer) }], where: byId, reach: 'one' })
const insert = insertOf(Item)

let database: FreshDatabase
before(async () => {
  if (skip !== undefined) return
  database = await freshDatabase('postgresql')
  await withAdapter({}, async (adapter) => {
    await adapter.prepare(makeSchema([Item]))
    await adapter.run(insert, rowsOf(Array.from({ length: 100 }, (_, id) => [id, ({ 0: 130, 1: 3000, 2: 30 } as Record<number, number>)[id] ?? 0])))
  })
  await sql(`CREATE FUNCTION drowse(n int) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_sleep(n / 100.0) IS NOT NULL';
    CREATE VIEW slows AS SELECT id, n FROM items WHERE drowse(n)`)
})
after(() => database?.drop())

async function sql(text: string): Promise<unknown[]> {
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function withAdapter<T>(options: ServerOptions, work: (adapter: Adapter) => Promise<T>): Promise<T> {
  const adapter = createPostgresAdapter({ url: database.url, ...options })
  try {
    return await work(adapter)
  } finally {
    await adapter.close()
  }
}

const within = (ms: number, more: RunOptions = {}): RunOptions => ({ deadline: performance.now() + ms, ...more })

/** Statements that sleep on the server. */
async function asleep(): Promise<number> {
  const [row] = (await sql("SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")) as {
    n: number
  }[]
  return row?.n ?? 0
}

/** Asked until there are none, because a cancel request takes its own way. */
async function nobodySleeps(but = 0): Promise<void> {
  for (let looks = 0; (await asleep()) > but; looks++) assert.ok(looks < 1000, 'a statement went on after its deadline')
}

for (const [name, query] of [
  ['a read that shares its connection', slowPoint],
  ['a read alone', slowList],
] as const) {
  test(`${name} ends at its deadline, on the server too`, { skip }, () =>
    withAdapter({}, async (adapter) => {
      const started = performance.now()
      await assert.rejects(async () => adapter.run(query, args([1]), within(200)), { code: 'TIMEOUT' })
      assert.ok(performance.now() - started < 20_000, 'the statement was waited for')
      await nobodySleeps()
      assert.deepEqual((await adapter.run(point, args([3]))).rows, [[3]])
    }),
  )

  test(`${name} ends when the caller gives up`, { skip }, () =>
    withAdapter({}, async (adapter) => {
      const giveUp = new AbortController()
      const answer = assert.rejects(async () => adapter.run(query, args([1]), { signal: giveUp.signal }), { code: 'TIMEOUT' })
      while ((await asleep()) === 0);
      giveUp.abort()
      await answer
      await nobodySleeps()
      await assert.rejects(async () => adapter.run(query, args([1]), { signal: giveUp.signal }), { code: 'TIMEOUT' })
    }),
  )
}

test('the server itself ends what the session does not allow', { skip }, () =>
  withAdapter({ statementTimeout: 150 }, async (adapter) => {
    await assert.rejects(async () => adapter.run(slowList, args([1])), { code: 'TIMEOUT' })
    // Its connection was not given up for it.
    assert.equal(adapter.gauges()['pool_size'], 1)
  }),
)

test('the short time of one call is not that of the next on its connection', { skip }, () =>
  withAdapter({ poolSize: 1 }, async (adapter) => {
    const next: readonly (() => unknown)[] = [
      () => adapter.run(slowPoint, args([0])),
      () => adapter.run(slowList, args([0]), within(20_000)),
      () => adapter.transaction('write', async (tx) => tx.run(slowList, args([0]))),
      () => adapter.transaction('read', async (tx) => tx.run(slowList, args([0]))),
    ]
    for (const one of next) {
      // The limit that the server is told is never shorter than a second; the row takes longer.
      await adapter.run(slowList, args([3]), within(400))
      assert.deepEqual(await one(), { rows: [[0]] })
    }
    assert.equal(adapter.gauges()['pool_size'], 1)
  }),
)

test('a write that was stopped says TIMEOUT, and was not made', { skip }, () =>
  withAdapter({}, async (adapter) => {
    await assert.rejects(
      async () => adapter.run(slowSet, args([1, 7]), within(200)),
      (error: { code: string; details: { outcome?: string } }) => {
        assert.equal(error.code, 'TIMEOUT')
        assert.equal(error.details.outcome, undefined)
        return true
      },
    )
    const [row] = (await sql('SELECT n FROM items WHERE id = 1')) as { n: number }[]
    assert.equal(row?.n, 3000)
  }),
)

test('a transaction past its deadline leaves nothing behind, not even its locks', { skip }, () =>
  withAdapter({ poolSize: 2 }, async (adapter) => {
    const work = adapter.transaction(
      'write',
      async (tx) => {
        await tx.run(insert, rowsOf([[500, 0]]))
        await tx.run(slowList, args([1]))
      },
      within(250),
    )
    await assert.rejects(work, { code: 'TIMEOUT' })
    assert.deepEqual((await adapter.run(point, args([500]))).rows, [])
    await adapter
      .transaction('write', async (tx) => {
        await tx.run(insert, rowsOf([[500, 0]]))
        throw new Error('enough')
      })
      .catch(() => undefined)
    await nobodySleeps()
    assert.equal(adapter.gauges()['pool_leased'], 0)
  }),
)

test('a read that is hit by the end of its neighbour is asked again elsewhere', { skip }, () =>
  withAdapter({ poolSize: 4 }, async (adapter) => {
    const running = async (): Promise<string | undefined> => {
      const found = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
      return ((await sql(found)) as { pid: string }[])[0]?.pid
    }
    await adapter.run(point, args([3]))
    const head = assert.rejects(async () => adapter.run(slowPoint, args([1]), within(100)), { code: 'TIMEOUT' })
    const behind = adapter.run(slowPoint, args([2]))
    await head
    // Its turn has come, on a connection that was told to stop something: a request that comes late hits it.
    await nobodySleeps(1)
    for (let pid = await running(); pid === undefined; ) pid = await running()
    await sql(`SELECT pg_cancel_backend(${await running()})`)
    assert.deepEqual((await behind).rows, [[2]])
  }),
)

test('a crowd of stopped and other reads: every answer is its own, nobody is hit for another', { skip, timeout: 120_000 }, () =>
  withAdapter({ poolSize: 6 }, async (adapter) => {
    let stopped = 0
    const one = async (i: number): Promise<void> => {
      const id = 3 + (i % 97)
      if (i % 5 !== 0) {
        const quick = i % 2 === 0 ? point : slowPoint
        assert.deepEqual((await adapter.run(quick, args([id]), within(60_000))).rows, [[id]])
        return
      }
      // 300 ms of work with 1 to 20 ms to do it in.
      await assert.rejects(async () => adapter.run(i % 2 === 0 ? slowPoint : slowList, args([2]), within(1 + (i % 20))), { code: 'TIMEOUT' })
      stopped++
    }
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 50 }, (_, i) => one(round * 50 + i)))
    assert.equal(stopped, 200)
    await nobodySleeps()
    const { pool_size, pool_leased, pool_waiting } = adapter.gauges()
    assert.ok((pool_size ?? 0) <= 6)
    assert.deepEqual([pool_leased, pool_waiting], [0, 0])
  }),
)

test('who waits too long for a connection is told so, and later ones are served', { skip }, () =>
  withAdapter({ poolSize: 2, acquireTimeout: 100 }, async (adapter) => {
    let leave: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      leave = resolve
    })
    let inside = 0
    let full: () => void = () => undefined
    const both = new Promise<void>((resolve) => {
      full = resolve
    })
    const hold = adapter.transaction('read', async (tx) => {
      await tx.run(point, args([3]))
      if (++inside === 2) full()
      await left
    })
    const other = adapter.transaction('read', async (tx) => {
      await tx.run(point, args([3]))
      if (++inside === 2) full()
      await left
    })
    await both
    await assert.rejects(
      async () => adapter.run(point, args([3])),
      (error: { code: string; details: { hint: string } }) => {
        assert.equal(error.code, 'DATABASE_ERROR')
        assert.match(error.details.hint, /pool is in use/)
        return true
      },
    )
    await assert.rejects(async () => adapter.run(point, args([3]), within(20)), { code: 'TIMEOUT' })
    const waiting = adapter.run(point, args([4]))
    // It is sent with what else is asked in this turn.
    await new Promise(setImmediate)
    const { pool_leased, pool_waiting, pool_oldest_lease_ms } = adapter.gauges()
    assert.deepEqual([pool_leased, pool_waiting], [2, 1])
    assert.ok((pool_oldest_lease_ms ?? 0) > 0)
    leave()
    await Promise.all([hold, other])
    assert.deepEqual((await waiting).rows, [[4]])
  }),
)

test('one connection serves reads and transactions in turn', { skip, timeout: 60_000 }, () =>
  withAdapter({ poolSize: 1 }, async (adapter) => {
    const reads = Array.from({ length: 200 }, (_, i) => Promise.resolve(adapter.run(point, args([i % 100]))))
    const counts = Array.from({ length: 10 }, () => adapter.transaction('read', async (tx) => (await tx.run(point, args([5]))).rows))
    assert.deepEqual(
      (await Promise.all(reads)).map(({ rows }) => rows[0]?.[0]),
      Array.from({ length: 200 }, (_, i) => i % 100),
    )
    assert.deepEqual((await Promise.all(counts)).flat(2), Array(10).fill(5))
  }),
)
