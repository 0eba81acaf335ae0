/** The Prisma adapter: the seam over a generated client and its database. In charge of wiring; must not know SQL text. Nothing else imports Prisma's things. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import { DBALError } from '../../errors/error.ts'
import type { ValueType } from '../../schema/entity.ts'
import { prismaSqliteDialect } from '../sql/dialects/prisma/dialect.ts'
import type { Stored } from '../sql/dialects/prisma/stored.ts'
import { historyTable } from '../sql/migrate/history.ts'
import { type PrismaClientLike, providerOf } from './client.ts'
import { PrismaEngine } from './engine.ts'
import { prepareSqlite } from './prepare-sqlite.ts'
import { sqliteManner, sqliteVersion } from './sqlite.ts'

export { clientOfModule, isClient, type PrismaClientLike } from './client.ts'

export const prismaCapabilities: Capabilities = Object.freeze({
  transactions: true,
  nestedTransactions: true,
  joins: true,
  fullTextSearch: false,
  ttl: false,
  jsonQueries: true,
  aggregations: true,
  relations: true,
  migrations: false,
  schemaIntrospection: true,
  connectionPooling: false,
  readReplicas: false,
})

export interface PrismaOptions {
  readonly client: PrismaClientLike
  /** How the client writes moments into SQLite's columns that are empty still; `iso8601`, as Prisma's driver adapters do, where absent. */
  readonly timestamps?: Stored
  /** The client ends with the adapter; otherwise it stays the application's. */
  readonly owned?: boolean
}

/** DATABASE_ERROR with a hint where the client is of no database that is served. */
export function createPrismaAdapter({ client, timestamps = 'iso8601', owned = false }: PrismaOptions): Adapter {
  const provider = providerOf(client)
  if (provider !== 'sqlite')
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint: `The Prisma adapter speaks to SQLite; for ${provider} use the adapter ${provider}` })
  const moments = new WeakMap<ValueType, Stored>()
  let history = false
  const dialect = prismaSqliteDialect((field) => moments.get(field))
  const quiet = `UPDATE ${dialect.quote(historyTable)} SET ${dialect.quote('done')} = ${dialect.quote('done')} WHERE 0`
  const manner = sqliteManner(dialect, () => (history ? quiet : undefined))
  const engine = new PrismaEngine(client, manner)
  const told = (error: unknown): never => {
    throw manner.backend.translate(error)
  }
  return {
    name: 'prisma',
    capabilities: prismaCapabilities,
    run: (query, args, runOptions) => engine.run(query, args, runOptions),
    transaction: (mode, work, runOptions) => engine.transaction(mode, work, runOptions),
    async prepare(schema, mode = 'apply') {
      const found = await engine.lease('write', (tx) => prepareSqlite(tx, { schema, mode, dialect, timestamps }).catch(told))
      for (const [field, stored] of found.moments) moments.set(field, stored)
      history = found.history
    },
    probe: async () => {
      const version = (client as { _clientVersion?: unknown })._clientVersion
      return `${await sqliteVersion(client).catch(told)} through Prisma${typeof version === 'string' ? ` ${version}` : ''}`
    },
    gauges: () => ({ pool_size: 1 }),
    async close() {
      engine.close()
      if (owned) await client.$disconnect()
    },
  }
}
