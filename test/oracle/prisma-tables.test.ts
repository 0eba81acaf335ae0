/** Tables that Prisma made, with its own types and its own ways to lay moments down, answer random questions as memory does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Adapter } from '../../src/adapter/adapter.ts'
import { createPrismaAdapter } from '../../src/adapters/prisma/adapter.ts'
import type { Dialect } from '../../src/adapters/sql/dialect.ts'
import { prismaSqliteDialect } from '../../src/adapters/sql/dialects/prisma/dialect.ts'
import { ddl } from '../../src/adapters/sql/model/ddl.ts'
import type { FieldTypeName, ValueType } from '../../src/schema/entity.ts'
import { adapterOf, openBackend, skipOf } from '../backends/backends.ts'
import { prismaClient } from '../support/prisma-client.ts'
import { Oracle, type Refusals } from './predicates/oracle.ts'
import { type Case, Queries } from './predicates/random-query.ts'
import { schemaOf, type World, worlds } from './predicates/random-world.ts'
import { seed } from './seed.ts'

const runs = Math.ceil(Number(process.env.DBAL_ORACLE_RUNS ?? 20_000) / 500)

/** What Prisma's migrations write for a field (`DateTime`, `Boolean`, `Json` …), in a table that is not strict. */
const columns: Readonly<Partial<Record<FieldTypeName, string>>> = {
  datetime: 'DATETIME',
  boolean: 'BOOLEAN',
  json: 'JSONB',
  bigint: 'BIGINT',
  integer: 'INTEGER',
  float: 'REAL',
  bytes: 'BLOB',
}

function conventional(): Dialect {
  const own = prismaSqliteDialect(() => undefined)
  const codec = (type: ValueType) => ({ ...own.codec(type), column: columns[type.type] ?? 'TEXT' })
  return { ...own, codec, checks: () => [], tableOptions: '' }
}

/** Prisma has no decimals on SQLite that are exact, and no folded columns: entities with them are refused, which another test shows. */
function fits(world: World): boolean {
  const fields = [...schemaOf(world).entities.values()].flatMap((entity) => [...entity.fields.values()])
  return fields.every(({ type, unique }) => type !== 'decimal' && unique !== 'insensitive')
}

/** The tables are there before DBAL looks at them. */
async function openOnTheirs(timestamps: 'iso8601' | 'unixepoch-ms'): Promise<Adapter> {
  const client = await prismaClient('sqlite', 'file::memory:')
  const adapter = createPrismaAdapter({ client, timestamps, owned: true })
  return {
    ...adapter,
    async prepare(schema, mode) {
      for (const statement of ddl(schema, conventional())) await client.$executeRawUnsafe(statement)
      await adapter.prepare(schema, mode)
      const made = (await client.$queryRawUnsafe("SELECT count(*) AS c0 FROM sqlite_schema WHERE sql LIKE '%STRICT'")) as { c0: bigint }[]
      assert.equal(Number(made[0]?.c0), 1, 'only the history is a table of DBAL')
    },
  }
}

const asked = worlds.filter(fits).chain((world) => {
  const queries = new Queries(schemaOf(world))
  const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 6, maxLength: 6 })
  return fc
    .tuple(several(queries.probes(10, 3)), several(queries.read(2)), several(queries.aggregate(1)))
    .map((all) => ({ world, cases: all.flat() as Case[] }))
})

for (const timestamps of ['iso8601', 'unixepoch-ms'] as const) {
  test(`tables of Prisma with moments as ${timestamps}: ${runs} worlds, seed ${seed}`, { skip: skipOf('prisma') }, async (t) => {
    const refusals: Refusals = { asked: 0, refused: 0 }
    const property = fc.asyncProperty(asked, async ({ world, cases }) => {
      const oracle = await Oracle.open(world, adapterOf(await openBackend('memory')), await openOnTheirs(timestamps), refusals)
      try {
        for (const one of cases) {
          const difference = await oracle.compare(one)
          assert.equal(difference, undefined, `${JSON.stringify(difference)}\n${JSON.stringify(one)}`)
        }
      } finally {
        await oracle.close()
      }
    })
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: true })
    t.diagnostic(`${refusals.refused} of ${refusals.asked} questions refused`)
    assert.ok(refusals.asked >= runs * 18 && refusals.refused <= refusals.asked * 0.05, `${refusals.refused} of ${refusals.asked} refused`)
  })
}
