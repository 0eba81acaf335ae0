/** The Prisma adapter: the seam over a generated client and its database. In charge of wiring; must not know SQL text. Nothing else imports Prisma's things. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import type { Stored } from '../sql/dialects/prisma/stored.ts'
import { type Behind, behindMariadb, behindPostgres, behindSqlite } from './behind.ts'
import { type PrismaClientLike, type Provider, providerOf } from './client.ts'

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

const behind: Readonly<Record<Provider, (options: PrismaOptions) => Behind>> = {
  sqlite: ({ client, timestamps = 'iso8601' }) => behindSqlite(client, timestamps),
  postgresql: ({ client }) => behindPostgres(client),
  mysql: ({ client }) => behindMariadb(client),
}

/** DATABASE_ERROR with a hint where the client is of no database that is served. */
export function createPrismaAdapter(options: PrismaOptions): Adapter {
  const { client, owned = false } = options
  const database = behind[providerOf(client)](options)
  return {
    name: 'prisma',
    capabilities: prismaCapabilities,
    run: async (query, args, runOptions) => (await database.engine()).run(query, args, runOptions),
    transaction: async (mode, work, runOptions) => (await database.engine()).transaction(mode, work, runOptions),
    describe: async (query, args, runOptions) => (await database.engine()).describe(query, args, runOptions),
    prepare: (schema, mode = 'apply') => database.prepare(schema, mode),
    async probe() {
      const version = (client as { _clientVersion?: unknown })._clientVersion
      return `${await database.version()} through Prisma${typeof version === 'string' ? ` ${version}` : ''}`
    },
    gauges: () => database.gauges(),
    async close() {
      database.close()
      if (owned) await client.$disconnect()
    },
  }
}
