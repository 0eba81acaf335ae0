/** What the Prisma adapter promises of databases on servers: transactions that end as they say, limits of time, and tables that stay the application's. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FreshDatabase, freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { prismaClient } from '../../../test/support/prisma-client.ts'
import { args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import { type Adapter, ConstraintError, type Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Update } from '../../query/ast.ts'
import { always } from '../../query/ast.ts'
import { compare, field, param } from '../../query/build.ts'
import { createPrismaAdapter, type PrismaClientLike } from './adapter.ts'
import { Gone } from './failure.ts'
import { Lease } from './lease.ts'

const integer = { type: 'integer' } as const
const Owner = makeEntity('Owner', { fields: { id: { type: 'integer', primary: true, required: true }, name: { type: 'string', unique: 'exact' } } })
const Item = makeEntity('Item', {
  fields: {
    id: { type: 'integer', primary: true, required: true },
    n: { type: 'integer', max: 1000 },
    ownerId: { type: 'integer', foreignKey: { entity: 'Owner', field: 'id', onDelete: 'restrict' } },
  },
})
const schema = makeSchema([Owner, Item])
const insert = insertOf(Item)
const item = (id: number, n: number | null = 0, owner: number | null = null) => rowsOf([[id, n, owner]])
const all = readOf(Item, always, { columns: [{ field: 'id' }, { field: 'n' }] })
const point = readOf(Item, compare('eq', field('id'), param(0, integer)), { columns: [{ field: 'n' }], order: [], reach: 'one' })
const set = mint<Update>({
  kind: 'update',
  entity: Item,
  set: [{ field: 'n', value: param(1, integer) }],
  where: compare('eq', field('id'), param(0, integer)),
  reach: 'one',
})

/** A door that opens when everybody stands before it: who comes again later walks through. */
function meeting(people: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let here = 0
  return () => {
    if (++here >= people) resolve()
    return promise
  }
}

const swallow = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work()
  } catch (error) {
    return error
  }
}

for (const [server, title] of [
  ['postgresql', /^PostgreSQL \d+\.\d+ through Prisma 7/],
  ['mysql', /^MariaDB \d+\.\d+\.\d+ through Prisma 7/],
] as const) {
  const { skip } = serverOf(server)
  describe(`behind a client of ${server}`, { skip }, () => {
    let database: FreshDatabase
    let client: PrismaClientLike
    let adapter: Adapter
    before(async () => {
      database = await freshDatabase(server)
      client = await prismaClient(server, database.url)
      adapter = createPrismaAdapter({ client, owned: true })
      await adapter.prepare(schema)
    })
    after(async () => {
      await adapter?.close()
      await database?.drop()
    })
    let last = 0
    const rowsNow = async (): Promise<Map<unknown, unknown>> => new Map((await adapter.run(all, args())).rows.map(([id, n]) => [id, n]))

    test('the server says its name, and another adapter finds nothing to do', async () => {
      assert.match(await adapter.probe(), title)
      await createPrismaAdapter({ client }).prepare(schema, 'check')
    })

    test('a failed statement is undone by itself, and what stands around it stays', async () => {
      const [a, b] = [++last, ++last]
      await adapter.transaction('write', async (tx) => {
        await tx.run(insert, item(a))
        const told = await swallow(() => tx.run(insert, item(a)))
        assert.ok(told instanceof ConstraintError && told.constraint === 'unique' && told.fields.join() === 'id', String(told))
        await tx.run(insert, item(b))
      })
      const rows = await rowsNow()
      assert.ok(rows.has(a) && rows.has(b))
    })

    test('a savepoint takes back its own part', async () => {
      const [a, b] = [++last, ++last]
      await adapter.transaction('write', async (tx) => {
        await tx.run(insert, item(a))
        await swallow(() =>
          tx.savepoint(async () => {
            await tx.run(insert, item(b))
            throw new Error('mine')
          }),
        )
      })
      const rows = await rowsNow()
      assert.ok(rows.has(a) && !rows.has(b))
    })

    test('constraints are told by the names of fields', async () => {
      const told = (work: () => unknown): Promise<unknown> => swallow(work)
      await adapter.run(insertOf(Owner), rowsOf([[1, 'one']]))
      const id = ++last
      const name = (await told(() => adapter.run(insertOf(Owner), rowsOf([[2, 'one']])))) as ConstraintError
      assert.deepEqual([name.constraint, name.fields], ['unique', ['name']])
      const owner = (await told(() => adapter.run(insert, item(id, 0, 77)))) as ConstraintError
      assert.deepEqual([owner.constraint, owner.fields], ['reference', ['ownerId']])
      const most = (await told(() => adapter.run(insert, item(id, 1001)))) as ConstraintError
      assert.deepEqual([most.constraint, most.fields], ['other', ['n']])
      await adapter.run(insert, item(id, 0, 1))
      const remove = mint({ kind: 'delete', entity: Owner, where: always, reach: 'many' } as const)
      const held = (await told(() => adapter.run(remove, args()))) as ConstraintError
      assert.equal(held.constraint, 'restrict')
    })

    test('writers who meet run again, and no change is lost', async () => {
      const [a, b] = [++last, ++last]
      await adapter.run(
        insert,
        rowsOf([
          [a, 0, null],
          [b, 0, null],
        ]),
      )
      const met = meeting(2)
      let runs = 0
      const swap = (first: number, second: number) => async (tx: Transaction) => {
        runs++
        const n = Number((await tx.run(point, args([first]))).rows[0]?.[0])
        await tx.run(set, args([first, n + 1]))
        await met()
        const m = Number((await tx.run(point, args([second]))).rows[0]?.[0])
        await tx.run(set, args([second, m + 1]))
      }
      await Promise.all([adapter.transaction('write', swap(a, b)), adapter.transaction('write', swap(b, a))])
      const rows = await rowsNow()
      assert.deepEqual([rows.get(a), rows.get(b)], [2, 2])
      assert.ok(runs > 2, 'one of them had to run again')
    })

    test('work that may run once is told of a collision instead, though it swallows the error, and nothing of it stays', async () => {
      const [a, b, c] = [++last, ++last, ++last]
      await adapter.run(
        insert,
        rowsOf([
          [a, 0, null],
          [b, 0, null],
        ]),
      )
      const met = meeting(2)
      // Both change the first row, then want each other's: one of them is chosen, and goes on as if nothing had been.
      const careless = (first: number, second: number, mark: number) => async (tx: Transaction) => {
        await tx.run(insert, item(mark))
        await tx.run(set, args([first, 1]))
        await met()
        const failed = await swallow(() => tx.run(set, args([second, 1])))
        await swallow(() => tx.run(insert, item(mark + 100_000)))
        return failed instanceof Error
      }
      const d = ++last
      const outcomes = await Promise.allSettled([
        adapter.transaction('write', careless(a, b, c), { once: true }),
        adapter.transaction('write', careless(b, a, d), { once: true }),
      ])
      const rows = await rowsNow()
      for (const [i, mark] of [c, d].entries()) {
        const outcome = outcomes[i] as (typeof outcomes)[number]
        const whole = rows.has(mark) && rows.has(mark + 100_000)
        const nothing = !rows.has(mark) && !rows.has(mark + 100_000)
        assert.ok(outcome.status === 'fulfilled' ? rows.has(mark) : nothing, `${outcome.status}, ${whole ? 'whole' : nothing ? 'nothing' : 'torn'}`)
      }
    })

    test('a transaction that the server has given up is never told to be committed, though its error was swallowed', async () => {
      const id = ++last
      const Ghost = makeEntity('Ghost', { fields: { id: { type: 'integer', primary: true, required: true } } })
      const outcome = await swallow(() =>
        adapter.transaction('write', async (tx) => {
          await tx.run(insert, item(id))
          await swallow(() => tx.run(readOf(Ghost), args()))
          return 'done'
        }),
      )
      // PostgreSQL undoes all of it at COMMIT, and says so to nobody who does not look.
      assert.equal(outcome === 'done', server === 'mysql', String(outcome))
      assert.equal((await rowsNow()).has(id), outcome === 'done')
    })

    test('a call ends at its deadline, its statement too, and nothing was written', async () => {
      const id = ++last
      await adapter.run(insert, item(id))
      const [holds, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const theirs = adapter.transaction('write', async (tx) => {
        await tx.run(set, args([id, 5]))
        holds.resolve()
        await done.promise
      })
      await holds.promise
      const late = await swallow(() => adapter.run(set, args([id, 9]), { deadline: performance.now() + 150 }))
      done.resolve()
      await theirs
      assert.ok(late instanceof DBALError && late.code === 'TIMEOUT', String(late))
      assert.equal((await rowsNow()).get(id), 5)
      // The connection that it had is as good as before.
      await adapter.run(set, args([id, 6]))
      assert.equal((await rowsNow()).get(id), 6)
    })

    test('what the session of the application is told stays as it was', async () => {
      const text =
        server === 'postgresql' ? "SELECT current_setting('statement_timeout') AS c0" : 'SELECT CONCAT(@@sql_mode, @@max_statement_time) AS c0'
      const seen = await client.$queryRawUnsafe(text)
      await Promise.all(Array.from({ length: 20 }, () => adapter.run(all, args(), { deadline: performance.now() + 10_000 })))
      const now = await Promise.all(Array.from({ length: 20 }, () => client.$queryRawUnsafe(text)))
      assert.deepEqual(
        now,
        Array.from({ length: 20 }, () => seen),
      )
    })

    test('errors say nothing of the database', async () => {
      const Ghost = makeEntity('Ghost', { fields: { id: { type: 'integer', primary: true, required: true } } })
      const told = (await swallow(() => adapter.run(readOf(Ghost), args()))) as DBALError
      assert.equal(told.code, 'DATABASE_ERROR')
      assert.doesNotMatch(JSON.stringify(told.toPublic()), /ghosts|SELECT|42P01|1146|prisma/i)
    })
  })
}

describe('a lease', () => {
  const statement = { text: 'UPDATE a', rows: false }
  const broken = {
    $executeRawUnsafe: async () => Promise.reject(new Error('refused')),
    $queryRawUnsafe: async () => Promise.reject(new Error('refused')),
  }

  for (const after of ['stuck', 'over'] as const) {
    test(`that is ${after} neither goes on nor commits`, async () => {
      const lease = new Lease(broken, { lock: () => undefined, after: () => after }, { note: () => undefined, single: false })
      await assert.rejects(lease.run(statement, [], undefined), /refused/)
      await assert.rejects(lease.run(statement, [], undefined), Gone)
      await assert.rejects(lease.commit(), Gone)
    })
  }

  test('that goes on does', async () => {
    const lease = new Lease(broken, { lock: () => undefined, after: () => 'goes on' }, { note: () => undefined, single: false })
    await assert.rejects(lease.run(statement, [], undefined), /refused/)
    await lease.commit()
  })
})
