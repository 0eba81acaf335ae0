/** Tables of servers as Prisma's migrations make them: every value is given back exactly, they stay as they are, and misfits are refused by name. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { freshDatabase, serverOf } from '../../../test/support/databases.ts'
import { makeEntity, makeSchema } from '../../../test/support/make-schema.ts'
import { prismaClient } from '../../../test/support/prisma-client.ts'
import { aggregateOf, args, insertOf, mint, readOf, rowsOf } from '../../../test/support/queries.ts'
import type { Adapter } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Predicate, Update } from '../../query/ast.ts'
import { compare, field, param } from '../../query/build.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { createPrismaAdapter, type PrismaClientLike } from './adapter.ts'

const id = '0190a000-0000-7000-8000-000000000001'
const other = '0190a000-0000-7000-8000-000000000002'
const Bill = makeEntity('Bill', {
  fields: {
    id: { type: 'uuid', primary: true, required: true },
    name: { type: 'string' },
    sum: { type: 'decimal', precision: 20, scale: 2 },
    at: { type: 'datetime', required: true },
    paid: { type: 'boolean', required: true },
    more: { type: 'json' },
    role: { type: 'enum', values: ['user', 'admin'], required: true },
  },
})
const schema = makeSchema([Bill])
const row: readonly Value[] = [id, 'Ünï', '123456789012345678.90', '2026-01-15T10:30:00.123Z', true, { a: [1, null] }, 'admin']
const second: readonly Value[] = [other, null, '0.10', '0001-01-01T00:00:00.000Z', false, null, 'user']

const kinds = {
  postgresql: {
    before: ["CREATE TYPE \"Role\" AS ENUM ('user', 'admin')"],
    table: `CREATE TABLE "bills" ("id" TEXT NOT NULL, "name" TEXT, "sum" DECIMAL(65,30), "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
      "paid" BOOLEAN NOT NULL, "more" JSONB, "role" "Role" NOT NULL, CONSTRAINT "bills_pkey" PRIMARY KEY ("id"))`,
    look: 'SELECT "sum"::text AS c0, "at"::text AS c1, "role"::text AS c2 FROM "bills" ORDER BY "id"',
    shape: `SELECT count(*)::int AS c0 FROM information_schema.columns WHERE table_name = 'bills'`,
    misfits: {
      'TIMESTAMP(3)': ['TIMESTAMP(6)', /bills\.at is timestamp\(6\) without time zone; only moments with three digits/],
      'DECIMAL(65,30)': ['DECIMAL(19,2)', /bills\.sum is numeric\(19,2\), which is too narrow for sum/],
      '"more" JSONB': ['"more" JSON', /bills\.more is json, which cannot hold a field of type json/],
      '"name" TEXT': ['"name" TEXT NOT NULL', /bills\.name is never null/],
      '"paid" BOOLEAN NOT NULL,': ['', /the column bills\.paid is missing/],
    },
  },
  mysql: {
    before: [],
    table: `CREATE TABLE \`bills\` (\`id\` VARCHAR(191) NOT NULL, \`name\` VARCHAR(191) NULL, \`sum\` DECIMAL(65,30) NULL,
      \`at\` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), \`paid\` BOOLEAN NOT NULL, \`more\` JSON NULL, \`role\` ENUM('user', 'admin') NOT NULL,
      PRIMARY KEY (\`id\`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    look: 'SELECT CAST(`sum` AS CHAR) AS c0, CAST(`at` AS CHAR) AS c1, CONCAT(`role`) AS c2 FROM `bills` ORDER BY `id`',
    shape: `SELECT CAST(count(*) AS SIGNED) AS c0 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'bills'`,
    misfits: {
      'DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)': ['DATETIME NOT NULL', /bills\.at is datetime; only moments with three digits/],
      'DECIMAL(65,30)': ['DECIMAL(19,2)', /bills\.sum is decimal\(19,2\), which is too narrow for sum/],
      '`name` VARCHAR(191) NULL': [
        '`name` VARCHAR(191) CHARACTER SET latin1 NULL',
        /bills\.name is of latin1_swedish_ci, which does not hold every character/,
      ],
      "ENUM('user', 'admin')": ["ENUM('user')", /bills\.role is an enum that lacks the value admin/],
    },
  },
} as const

async function on(server: keyof typeof kinds, table: string, work: (client: PrismaClientLike, adapter: Adapter) => Promise<void>): Promise<void> {
  const database = await freshDatabase(server)
  const client = await prismaClient(server, database.url)
  try {
    for (const statement of [...kinds[server].before, table]) await client.$executeRawUnsafe(statement)
    await work(client, createPrismaAdapter({ client }))
  } finally {
    await client.$disconnect()
    await database.drop()
  }
}

const by = (name: string, type: ValueType, op: 'eq' | 'gt' = 'eq') =>
  readOf(Bill, compare(op, field(name), param(0, type)), { columns: [{ field: 'id' }] })
const found = async (adapter: Adapter, query: ReturnType<typeof by>, value: Value): Promise<unknown[]> =>
  (await adapter.run(query, args([value]))).rows.map(([key]) => key)

for (const server of ['postgresql', 'mysql'] as const) {
  const { table, look, shape, misfits } = kinds[server]
  describe(`tables of Prisma on ${server}`, { skip: serverOf(server).skip }, () => {
    test('hold every value exactly, in the ways of Prisma', async () => {
      await on(server, table, async (client, adapter) => {
        const before = await client.$queryRawUnsafe(shape)
        await adapter.prepare(schema, 'apply')
        await adapter.run(insertOf(Bill), rowsOf([row]))
        await adapter.run(
          insertOf(Bill),
          rowsOf([second, ['0190a000-0000-7000-8000-000000000003', 'x', null, '9999-12-31T23:59:59.999Z', true, null, 'user']]),
        )
        const { rows } = await adapter.run(readOf(Bill), args())
        assert.deepEqual(rows.slice(0, 2), [row, second])
        const raw = (await client.$queryRawUnsafe(look)) as { c0: string; c1: string; c2: string }[]
        assert.deepEqual(raw[0], { c0: '123456789012345678.900000000000000000000000000000', c1: '2026-01-15 10:30:00.123', c2: 'admin' })

        assert.deepEqual(await found(adapter, by('at', { type: 'datetime' }), row[3] as Value), [id])
        assert.deepEqual(await found(adapter, by('at', { type: 'datetime' }, 'gt'), '2026-01-15T10:30:00.122Z'), [
          id,
          '0190a000-0000-7000-8000-000000000003',
        ])
        assert.deepEqual(await found(adapter, by('name', { type: 'string' }), 'uni'), [], 'other texts are other texts')
        assert.deepEqual(await found(adapter, by('name', { type: 'string' }), 'Ünï'), [id])
        assert.deepEqual(await found(adapter, by('role', Bill.fields.get('role') as ValueType), 'admin'), [id])
        assert.deepEqual(await found(adapter, by('role', { type: 'string' }), 'nobody'), [])
        assert.deepEqual(await found(adapter, by('id', { type: 'uuid' }), other), [other])

        const sum = aggregateOf(Bill, { measures: [{ fn: 'sum', column: { field: 'sum' }, type: Bill.fields.get('sum') as ValueType }] })
        assert.deepEqual((await adapter.run(sum, args())).rows, [['123456789012345679.00']])
        const roles = aggregateOf(Bill, {
          groupBy: [{ field: 'role' }],
          measures: [{ fn: 'count' }],
          order: [{ by: { kind: 'group', index: 0 }, direction: 'asc' }],
        })
        assert.deepEqual(
          (await adapter.run(roles, args())).rows,
          [
            ['admin', 1],
            ['user', 2],
          ],
          'by code point, not as declared',
        )

        const change = mint<Update>({
          kind: 'update',
          entity: Bill,
          set: [
            { field: 'role', value: param(1, Bill.fields.get('role') as ValueType) },
            { field: 'at', value: param(2, { type: 'datetime' }) },
          ],
          where: compare('eq', field('id'), param(0, { type: 'uuid' })),
          reach: 'one',
        })
        assert.equal((await adapter.run(change, args([id, 'user', '2027-02-03T04:05:06.007Z']))).affected, 1)
        assert.equal(((await client.$queryRawUnsafe(look)) as { c1: string }[])[0]?.c1, '2027-02-03 04:05:06.007')
        assert.deepEqual(await client.$queryRawUnsafe(shape), before)
      })
    })

    for (const [part, [instead, expected]] of Object.entries(misfits)) {
      test(`are refused for ${instead === '' ? 'a missing column' : instead}`, async () => {
        await on(server, table.replace(part, instead), async (_, adapter) => {
          const error = await adapter.prepare(schema, 'apply').then(
            () => undefined,
            (told: unknown) => told,
          )
          assert.ok(error instanceof DBALError && error.code === 'DATABASE_ERROR', String(error))
          assert.match(String(error.details.hint), expected)
        })
      })
    }
  })
}

test('where no function can be made, only what needs one is refused', { skip: serverOf('postgresql').skip }, async () => {
  const database = await freshDatabase('postgresql')
  const role = `${database.name}_app`
  const owner = await prismaClient('postgresql', database.url)
  try {
    for (const statement of [
      ...kinds.postgresql.before,
      kinds.postgresql.table,
      `CREATE ROLE ${role} LOGIN PASSWORD 'app'`,
      `GRANT ALL ON SCHEMA public TO ${role}`,
      `GRANT ALL ON "bills" TO ${role}`,
      'REVOKE USAGE ON LANGUAGE sql FROM PUBLIC',
    ])
      await owner.$executeRawUnsafe(statement)
    const url = new URL(database.url)
    url.username = role
    url.password = 'app'
    const adapter = createPrismaAdapter({ client: await prismaClient('postgresql', url.href), owned: true })
    try {
      await adapter.prepare(schema, 'apply')
      await adapter.run(insertOf(Bill), rowsOf([row]))
      assert.deepEqual(await found(adapter, by('name', { type: 'string' }), 'Ünï'), [id])
      const insensitive = readOf(Bill, { ...compare('eq', field('name'), param(0, { type: 'string' })), insensitive: true } as Predicate)
      const ask = async () => adapter.run(insensitive, args(['ünï']))
      await assert.rejects(ask, { code: 'CAPABILITY_NOT_SUPPORTED' })
      await owner.$executeRawUnsafe(`GRANT USAGE ON LANGUAGE sql TO ${role}`)
      await adapter.prepare(schema, 'apply')
      assert.equal((await ask()).rows.length, 1)
    } finally {
      await adapter.close()
      for (const statement of [`DROP OWNED BY ${role}`, `DROP ROLE ${role}`]) await owner.$executeRawUnsafe(statement)
    }
  } finally {
    await owner.$disconnect()
    await database.drop()
  }
})
