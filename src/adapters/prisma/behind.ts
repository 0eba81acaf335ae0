/** The database behind a client, of each kind that is served. In charge of putting dialect, manner and preparation together; must not know SQL text. */
import type { Schema } from '../../schema/entity.ts'
import { mariadb } from '../sql/dialects/mysql/flavour.ts'
import { prismaSqliteDialect } from '../sql/dialects/prisma/dialect.ts'
import { prismaMariadbDialect } from '../sql/dialects/prisma/mariadb.ts'
import { type PostgresStored, prismaPostgresDialect } from '../sql/dialects/prisma/postgres.ts'
import type { Stored } from '../sql/dialects/prisma/stored.ts'
import { historyTable } from '../sql/migrate/history.ts'
import type { PrismaClientLike } from './client.ts'
import { Columns } from './columns.ts'
import { PrismaEngine } from './engine.ts'
import { foreignColumns, mariadbFacts, mariadbManner } from './mariadb.ts'
import { Names } from './names.ts'
import { postgresManner, postgresVersion } from './postgres.ts'
import { prepareMariadb } from './prepare/mariadb.ts'
import { preparePostgres } from './prepare/postgres.ts'
import { prepareSqlite } from './prepare/sqlite.ts'
import { sqliteManner, sqliteVersion } from './sqlite.ts'

export interface Behind {
  /** A promise where the server has to be asked first which one it is. */
  engine(): PrismaEngine | Promise<PrismaEngine>
  prepare(schema: Schema, mode: 'apply' | 'check'): Promise<void>
  /** `SQLite 3.54.1` */
  version(): Promise<string>
  gauges(): Readonly<Record<string, number>>
  close(): void
}

/** What goes wrong in `work`, in the words of the engine's database. */
async function inWords<T>(engine: PrismaEngine, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw engine.translate(error)
  }
}

export function behindSqlite(client: PrismaClientLike, timestamps: Stored): Behind {
  const columns = new Columns<Stored>()
  let history = false
  const dialect = prismaSqliteDialect((field) => columns.of(field))
  // Tables that DBAL makes itself are in its own ways.
  const plain = prismaSqliteDialect(() => undefined)
  const quiet = `UPDATE ${dialect.quote(historyTable)} SET ${dialect.quote('done')} = ${dialect.quote('done')} WHERE 0`
  const engine = new PrismaEngine(
    client,
    sqliteManner(dialect, () => (history ? quiet : undefined)),
  )
  return {
    engine: () => engine,
    async prepare(schema, mode) {
      const found = await engine.lease((tx) => inWords(engine, () => prepareSqlite(tx, { schema, mode, dialect: plain, timestamps })))
      columns.learn(schema, found.columns)
      history = found.history
    },
    version: () => inWords(engine, () => sqliteVersion(client)),
    gauges: () => ({ pool_size: 1 }),
    close: () => engine.close(),
  }
}

export function behindPostgres(client: PrismaClientLike): Behind {
  const columns = new Columns<PostgresStored>()
  const names = new Names()
  const plain = prismaPostgresDialect(() => undefined)
  const engine = new PrismaEngine(
    client,
    postgresManner(
      prismaPostgresDialect((field) => columns.of(field)),
      names,
    ),
  )
  return {
    engine: () => engine,
    async prepare(schema, mode) {
      const found = await engine.lease((tx) => inWords(engine, () => preparePostgres(tx, { schema, mode, dialect: plain, names })))
      columns.learn(schema, found.columns)
    },
    version: () => inWords(engine, () => postgresVersion(client)),
    gauges: () => ({}),
    close: () => engine.close(),
  }
}

export function behindMariadb(client: PrismaClientLike): Behind {
  const names = new Names()
  let open = true
  let known: Promise<PrismaEngine> | undefined
  /** The server and its columns are asked once; tables that are made later make them another. */
  const learn = async (): Promise<PrismaEngine> => {
    const { flavour } = await mariadbFacts(client)
    const engine = new PrismaEngine(client, mariadbManner(prismaMariadbDialect(flavour, await foreignColumns(client, flavour)), names))
    if (!open) engine.close()
    return engine
  }
  const unasked = new PrismaEngine(client, mariadbManner(prismaMariadbDialect(mariadb, new Map()), names))
  const engine = (): Promise<PrismaEngine> => {
    known ??= inWords(unasked, learn).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
  return {
    engine,
    async prepare(schema, mode) {
      const { flavour } = await inWords(unasked, () => mariadbFacts(client))
      const dialect = prismaMariadbDialect(flavour, new Map())
      await unasked.lease((tx) => inWords(unasked, () => prepareMariadb(tx, { schema, mode, dialect, flavour, names })))
      known = undefined
    },
    version: async () => (await inWords(unasked, () => mariadbFacts(client))).title,
    gauges: () => ({}),
    close() {
      open = false
      unasked.close()
      void known?.then((found) => found.close()).catch(() => undefined)
    },
  }
}
