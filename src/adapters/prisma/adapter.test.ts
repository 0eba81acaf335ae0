/** What the Prisma adapter promises beside the answers: tables of the application left alone, misfits refused, and the application's own transactions. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { prismaClient } from '../../../test/support/prisma-client.ts'
import { args, insertOf, readOf, rowsOf } from '../../../test/support/queries.ts'
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { createPrismaAdapter, type PrismaClientLike } from './adapter.ts'
import { providerOf } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-prisma-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

const schema = makeSchema([
  makeEntity('Owner', { fields: { id: { type: 'integer', primary: true, required: true }, name: { type: 'string', unique: 'exact' } } }),
  makeEntity('Thing', {
    fields: {
      id: { type: 'integer', primary: true, required: true },
      ownerId: { type: 'integer', foreignKey: { entity: 'Owner', field: 'id', onDelete: 'cascade' } },
      at: { type: 'datetime' },
      size: { type: 'float', required: true },
    },
  }),
])
const entity = (name: string): Entity => schema.entities.get(name) ?? assert.fail(name)

const owners = 'CREATE TABLE "owners" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT)'
const unique = 'CREATE UNIQUE INDEX "owners_name_key" ON "owners"("name")'
const things =
  'CREATE TABLE "things" ("id" INTEGER NOT NULL PRIMARY KEY, "owner_id" INTEGER, "at" DATETIME, "size" REAL NOT NULL, FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE CASCADE)'

/** Runs `work` on a client whose database the statements made. */
async function on(statements: readonly string[], work: (client: PrismaClientLike) => Promise<void>): Promise<void> {
  const client = await prismaClient('sqlite', `file:${join(folder, `${++files}.db`)}`)
  try {
    for (const statement of statements) await client.$executeRawUnsafe(statement)
    await work(client)
  } finally {
    await client.$disconnect()
  }
}

const tables = async (client: PrismaClientLike): Promise<unknown> =>
  client.$queryRawUnsafe("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name")

async function hintOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof DBALError && error.code === 'DATABASE_ERROR') return String(error.details.hint)
    throw error
  }
  return 'was accepted'
}

describe('tables that DBAL did not make', () => {
  test('stay as they are; what is missing is made, once', async () => {
    await on([owners, unique], async (client) => {
      const [before] = (await tables(client)) as [unknown]
      const adapter = createPrismaAdapter({ client })
      assert.match(await hintOf(adapter.prepare(schema, 'check')), /dbal migrate apply/)
      await adapter.prepare(schema, 'apply')
      const after = (await tables(client)) as { name: string }[]
      assert.deepEqual(
        after.find(({ name }) => name === 'owners'),
        (before as { name: string }).name === 'owners' ? before : undefined,
      )
      assert.ok(after.some(({ name }) => name === 'things'))
      // Which tables are DBAL's own is remembered.
      await createPrismaAdapter({ client }).prepare(schema, 'check')
      assert.deepEqual(await tables(client), after)
    })
  })

  const misfits: Readonly<Record<string, readonly [RegExp, ...string[]]>> = {
    'a column that is missing': [/Thing: the column things\.at is missing/, owners, unique, things.replace('"at" DATETIME, ', '')],
    'a column of another type': [/things\.size is INTEGER/, owners, unique, things.replace('REAL', 'INTEGER')],
    'a column that may be null': [/things\.size may be null/, owners, unique, things.replace('REAL NOT NULL', 'REAL')],
    'a column that is never null': [/things\.at is never null/, owners, unique, things.replace('DATETIME', 'DATETIME NOT NULL')],
    'a text that compares without case': [/owners\.name compares by NOCASE/, owners.replace('TEXT', 'TEXT COLLATE NOCASE'), unique, things],
    'no unique index': [/owners has no unique index over name/, owners, things],
    'a unique index over some rows': [/owners has no unique index over name/, owners, `${unique} WHERE "id" > 5`, things],
    'no reference': [/things \(owner_id\) has no foreign key to owners/, owners, unique, things.replace(/, FOREIGN KEY.*$/, ')')],
    'another action': [/things \(owner_id\) is set null on delete, not cascade/, owners, unique, things.replace('CASCADE', 'SET NULL')],
    'another key': [/the key of owners is not id/, owners.replace(' PRIMARY KEY', ' UNIQUE'), unique, things],
    'a moment as CURRENT_TIMESTAMP has it': [
      /1 rows of things\.at have another spelling/,
      ...[owners, unique, things, `INSERT INTO "things" ("id", "at", "size") VALUES (1, '2026-01-15 10:30:00', 1)`],
    ],
    'moments of two kinds': [
      /1 rows of things\.at have another spelling/,
      ...[owners, unique, things, `INSERT INTO "things" VALUES (1, NULL, '2026-01-15T10:30:00.000+00:00', 1), (2, NULL, 5, 1)`],
    ],
    'numbers of more than 32 bits': [
      /things\.id holds numbers of more than 32 bits/,
      owners,
      unique,
      things,
      'INSERT INTO "things" VALUES (3000000000, NULL, NULL, 1)',
    ],
  }
  for (const [what, [expected, ...statements]] of Object.entries(misfits)) {
    test(`are refused for ${what}, and nothing is made`, async () => {
      await on(statements, async (client) => {
        const before = await tables(client)
        assert.match(await hintOf(createPrismaAdapter({ client }).prepare(schema, 'apply')), expected)
        assert.deepEqual(await tables(client), before)
      })
    })
  }

  test('hold decimals only as doubles, which is refused', async () => {
    const money = makeSchema([
      makeEntity('Bill', { fields: { id: { type: 'integer', primary: true, required: true }, sum: { type: 'decimal', precision: 10, scale: 2 } } }),
    ])
    await on(['CREATE TABLE "bills" ("id" INTEGER NOT NULL PRIMARY KEY, "sum" DECIMAL)'], async (client) => {
      assert.match(await hintOf(createPrismaAdapter({ client }).prepare(money, 'apply')), /bills\.sum is a number that SQLite rounds/)
    })
  })

  test('answer moments in the way that the rows have them, and are written that way', async () => {
    const rows = [`INSERT INTO "things" VALUES (1, NULL, 1768473000123, 1)`]
    await on([owners, unique, things, ...rows], async (client) => {
      const adapter = createPrismaAdapter({ client })
      await adapter.prepare(schema)
      await adapter.run(insertOf(entity('Thing')), rowsOf([[2, null, '0001-01-01T00:00:00.000Z', 2]]))
      const { rows: found } = await adapter.run(readOf(entity('Thing')), args())
      assert.deepEqual(found, [
        [1, null, '2026-01-15T10:30:00.123Z', 1],
        [2, null, '0001-01-01T00:00:00.000Z', 2],
      ])
      const raw = await client.$queryRawUnsafe('SELECT CAST("at" AS TEXT) AS c0 FROM "things" ORDER BY "id"')
      assert.deepEqual(raw, [{ c0: '1768473000123' }, { c0: '-62135596800000' }])
    })
  })

  test('whose moments others spell otherwise later are told, not guessed', async () => {
    await on([owners, unique, things], async (client) => {
      const adapter = createPrismaAdapter({ client })
      await adapter.prepare(schema)
      await client.$executeRawUnsafe(`INSERT INTO "things" ("id", "at", "size") VALUES (1, CURRENT_TIMESTAMP, 1)`)
      await assert.rejects(async () => adapter.run(readOf(entity('Thing')), args()), { code: 'DATABASE_ERROR' })
    })
  })

  test('are asked by the schema that was prepared and by no other', async () => {
    await on([owners, unique, things], async (client) => {
      const adapter = createPrismaAdapter({ client })
      await adapter.prepare(schema)
      const other = makeEntity('Thing', { fields: { id: { type: 'integer', primary: true, required: true }, at: { type: 'datetime' } } })
      const again = makeSchema([other]).entities.get('Thing') as Entity
      await assert.rejects(async () => adapter.run(readOf(again), args()), { code: 'INTERNAL_ERROR' })
    })
  })
})

/** A promise and the word that ends it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

describe('beside transactions of the application on the same connection', () => {
  const row: readonly Value[] = [1, 'mine']

  async function beside(work: (adapter: ReturnType<typeof createPrismaAdapter>, client: PrismaClientLike) => Promise<void>): Promise<void> {
    await on([owners, unique, things], async (client) => {
      const adapter = createPrismaAdapter({ client })
      await adapter.prepare(schema)
      await work(adapter, client)
    })
  }

  test('a read sees only what is committed, and a write is not lost with their rollback', async () => {
    await beside(async (adapter, client) => {
      const [begun, done] = [gate(), gate()]
      const theirs = client.$transaction(
        async (tx) => {
          await tx.$executeRawUnsafe(`INSERT INTO "owners" VALUES (9, 'theirs')`)
          begun.open()
          await done.opened
          throw new Error('rolled back')
        },
        { timeout: 60_000 },
      )
      const ended = assert.rejects(theirs, /rolled back/)
      await begun.opened
      const read = adapter.run(readOf(entity('Owner')), args())
      const written = adapter.run(insertOf(entity('Owner')), rowsOf([row]))
      // Long enough for whatever does not wait to be answered: it takes a statement of its own through the same client.
      await client.$queryRawUnsafe('SELECT 1 AS c0')
      await client.$queryRawUnsafe('SELECT 2 AS c0')
      done.open()
      await ended
      assert.deepEqual((await read).rows, [], 'what was rolled back was never seen')
      assert.equal((await written).affected, 1)
      assert.deepEqual((await adapter.run(readOf(entity('Owner')), args())).rows, [row])
    })
  })

  test('a call that waits behind them ends at its deadline, and its write never happens', async () => {
    await beside(async (adapter, client) => {
      const [begun, done] = [gate(), gate()]
      const theirs = client.$transaction(
        async (tx) => {
          await tx.$queryRawUnsafe('SELECT 1 AS c0')
          begun.open()
          await done.opened
        },
        { timeout: 60_000 },
      )
      await begun.opened
      const options = { deadline: performance.now() + 50 }
      await assert.rejects(async () => adapter.run(readOf(entity('Owner')), args(), options), { code: 'TIMEOUT' })
      const late = { deadline: performance.now() + 50 }
      await assert.rejects(async () => adapter.run(insertOf(entity('Owner')), rowsOf([row]), late), { code: 'TIMEOUT' })
      done.open()
      await theirs
      assert.deepEqual((await adapter.run(readOf(entity('Owner')), args())).rows, [])
    })
  })

  test('a transaction is whole: nothing of it stays after an error, a savepoint takes back its own part', async () => {
    await beside(async (adapter) => {
      await assert.rejects(
        adapter.transaction('write', async (tx) => {
          await tx.run(insertOf(entity('Owner')), rowsOf([row]))
          throw new Error('mine')
        }),
        /mine/,
      )
      assert.deepEqual((await adapter.run(readOf(entity('Owner')), args())).rows, [])
      await adapter.transaction('write', async (tx) => {
        await tx.run(insertOf(entity('Owner')), rowsOf([row]))
        const again = tx.savepoint(async () => tx.run(insertOf(entity('Owner')), rowsOf([[2, 'b'], row])))
        await assert.rejects(again, (error) => error instanceof ConstraintError && error.constraint === 'unique' && error.fields.join() === 'id')
      })
      assert.deepEqual((await adapter.run(readOf(entity('Owner')), args())).rows, [row])
    })
  })
})

describe('errors', () => {
  test('name fields and nothing of the database', async () => {
    await on([owners, unique, things], async (client) => {
      const adapter = createPrismaAdapter({ client })
      await adapter.prepare(schema)
      await adapter.run(insertOf(entity('Owner')), rowsOf([[1, 'a']]))
      const told = async (name: string, row: readonly Value[]): Promise<unknown> => {
        try {
          return await adapter.run(insertOf(entity(name)), rowsOf([row]))
        } catch (error) {
          return error instanceof ConstraintError ? `${error.constraint} ${error.fields.join()}` : error
        }
      }
      assert.equal(await told('Owner', [2, 'a']), 'unique name')
      assert.equal(await told('Thing', [1, 7, null, 1]), 'reference ownerId')
      assert.equal(await told('Thing', [1, null, null, null]), 'other size')
      await client.$executeRawUnsafe('DROP TABLE "things"')
      const gone = (await told('Thing', [1, null, null, 1])) as DBALError
      assert.equal(gone.code, 'DATABASE_ERROR')
      assert.doesNotMatch(JSON.stringify(gone.toPublic()), /things|INSERT|SQLITE|prisma/i)
    })
  })

  test('say which clients are served', async () => {
    assert.throws(() => providerOf({ _activeProvider: 'cockroachdb' } as never), { code: 'DATABASE_ERROR' })
    assert.equal(providerOf({ _engineConfig: { adapter: { provider: 'postgres' } } } as never), 'postgresql')
    // Of that provider are two servers, and only one of them is tried by tests.
    const client = { _activeProvider: 'mysql', $queryRawUnsafe: async () => [{ c0: '8.0.42' }] }
    await assert.rejects(createPrismaAdapter({ client: client as never }).prepare(schema), { code: 'CAPABILITY_NOT_SUPPORTED' })
  })
})
