/** Tables of PostgreSQL and MariaDB as Prisma's migrations make them answer random questions as memory does. In charge of their columns; must not know questions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Adapter } from '../../src/adapter/adapter.ts'
import { createPrismaAdapter } from '../../src/adapters/prisma/adapter.ts'
import type { Dialect } from '../../src/adapters/sql/dialect.ts'
import { mariadbDialect } from '../../src/adapters/sql/dialects/mysql/dialect.ts'
import { postgresDialect } from '../../src/adapters/sql/dialects/postgres/dialect.ts'
import { ddl } from '../../src/adapters/sql/model/ddl.ts'
import type { Field, FieldTypeName, ValueType } from '../../src/schema/entity.ts'
import { adapterOf, openBackend, skipOf } from '../backends/backends.ts'
import { freshDatabase } from '../support/databases.ts'
import { prismaClient } from '../support/prisma-client.ts'
import { Oracle } from './predicates/oracle.ts'
import { type Case, Queries } from './predicates/random-query.ts'
import { schemaOf, type World, worlds } from './predicates/random-world.ts'
import { seed } from './seed.ts'

/** A server makes a database for each world. */
const runs = Math.ceil(Number(process.env.DBAL_ORACLE_RUNS ?? 20_000) / 2_500)

interface Kind {
  readonly backend: 'prisma-postgresql' | 'prisma-mysql'
  readonly server: 'postgresql' | 'mysql'
  readonly dialect: Dialect
  /** `keyed`: the database looks the value up. */
  readonly column: (type: FieldTypeName, keyed: boolean) => string | undefined
  readonly tables: string
  /** Prisma's tables hold everything of such a field. */
  readonly holds: (field: Field) => boolean
}

const isText = ({ type }: Field): boolean => ['string', 'text', 'email'].includes(type)
const isKeyed = ({ primary, unique, foreignKey }: Field): boolean => primary || unique !== undefined || foreignKey !== undefined
/** `Decimal` is of 65 digits, 30 behind the point. */
const fitsDecimal = ({ type, precision = 38, scale = 0 }: Field): boolean => type !== 'decimal' || (scale <= 30 && precision - scale <= 35)

/** Texts are sorted by a language, not by code point, as a database that an operator made is set to. */
const postgresText = 'text COLLATE "und-x-icu"'
const postgresColumns: Readonly<Partial<Record<FieldTypeName, string>>> = {
  datetime: 'timestamp(3) without time zone',
  decimal: 'numeric(65,30)',
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  json: 'jsonb',
  bytes: 'bytea',
  date: 'date',
}
const mariadbColumns: Readonly<Partial<Record<FieldTypeName, string>>> = {
  datetime: 'datetime(3)',
  decimal: 'decimal(65,30)',
  boolean: 'tinyint(1)',
  integer: 'int',
  bigint: 'bigint',
  float: 'double',
  json: 'json',
  bytes: 'longblob',
  date: 'date',
}

const kinds: readonly Kind[] = [
  {
    backend: 'prisma-postgresql',
    server: 'postgresql',
    dialect: postgresDialect,
    column: (type) => postgresColumns[type] ?? postgresText,
    tables: "SELECT table_name AS c0 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name LIKE 'dbal%'",
    holds: fitsDecimal,
  },
  {
    backend: 'prisma-mysql',
    server: 'mysql',
    dialect: mariadbDialect,
    column: (type, keyed) =>
      mariadbColumns[type] ??
      (keyed || ['uuid', 'cuid', 'enum'].includes(type) ? 'varchar(191) COLLATE utf8mb4_unicode_ci' : 'longtext COLLATE utf8mb4_unicode_ci'),
    tables: "SELECT TABLE_NAME AS c0 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'dbal%'",
    // Its keys take texts for equal that differ in case: such a table refuses rows that memory does not.
    holds: (field) => fitsDecimal(field) && !((isText(field) || field.type === 'bytes') && isKeyed(field)),
  },
]

function conventional({ dialect, column }: Kind): Dialect {
  const codec = (type: ValueType) => ({ ...dialect.codec(type), column: column(type.type, false) ?? dialect.codec(type).column })
  const keyColumn = (field: Field): string => column(field.type, true) ?? dialect.codec(field).column
  return { ...dialect, codec, keyColumn, checks: () => [], tableOptions: '' }
}

const fits =
  ({ holds }: Kind) =>
  (world: World): boolean =>
    [...schemaOf(world).entities.values()]
      .flatMap((entity) => [...entity.fields.values()])
      .every((field) => field.unique !== 'insensitive' && holds(field))

/** The tables are there before DBAL looks at them, and afterwards nothing is new but what is DBAL's own. */
async function openOnTheirs(kind: Kind): Promise<Adapter> {
  const database = await freshDatabase(kind.server)
  const client = await prismaClient(kind.server, database.url)
  const adapter = createPrismaAdapter({ client, owned: true })
  return {
    ...adapter,
    async prepare(schema, mode) {
      for (const statement of ddl(schema, conventional(kind))) await client.$executeRawUnsafe(statement)
      await adapter.prepare(schema, mode)
      assert.deepEqual(await client.$queryRawUnsafe(kind.tables), [{ c0: 'dbal_migrations' }])
    },
    close: () => adapter.close().finally(() => database.drop()),
  }
}

for (const kind of kinds) {
  const asked = worlds.filter(fits(kind)).chain((world) => {
    const queries = new Queries(schemaOf(world))
    const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 8, maxLength: 8 })
    return fc
      .tuple(several(queries.probes(10, 3)), several(queries.read(2)), several(queries.aggregate(1)))
      .map((all) => ({ world, cases: all.flat() as Case[] }))
  })

  test(`${kind.backend}: tables of Prisma: ${runs} worlds, seed ${seed}`, { skip: skipOf(kind.backend) }, async () => {
    let compared = 0
    const property = fc.asyncProperty(asked, async ({ world, cases }) => {
      const theirs = await openOnTheirs(kind)
      const oracle = await Oracle.open(world, adapterOf(await openBackend('memory')), theirs).catch(async (error: unknown) => {
        await theirs.close()
        throw error
      })
      try {
        for (const one of cases) {
          const difference = await oracle.compare(one)
          compared++
          assert.equal(difference, undefined, `${JSON.stringify(difference)}\n${JSON.stringify(one)}`)
        }
      } finally {
        await oracle.close()
      }
    })
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: true })
    assert.ok(compared >= runs * 24, `${compared} questions`)
  })
}
