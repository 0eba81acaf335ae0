/** The Prisma adapter: the seam over a generated client and its database. In charge of wiring; must not know SQL text. Nothing else imports Prisma's things. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import { DBALError } from '../../errors/error.ts'
import type { Field, Schema, ValueType } from '../../schema/entity.ts'
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

/** How each field's column has its moments. A field that was not there when tables were looked at could be of either kind. */
class Moments {
  readonly #known = new WeakMap<ValueType, Stored | 'own'>()
  #mixed = false

  learn(schema: Schema, found: ReadonlyMap<Field, Stored>): void {
    for (const { fields } of schema.entities.values()) for (const field of fields.values()) this.#known.set(field, found.get(field) ?? 'own')
    this.#mixed ||= found.size > 0
  }

  of(type: ValueType): Stored | undefined {
    if (!this.#mixed || !('column' in type)) return undefined
    const stored = this.#known.get(type)
    if (stored === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: 'A query is of a schema that was not prepared' })
    return stored === 'own' ? undefined : stored
  }
}

/** DATABASE_ERROR with a hint where the client is of no database that is served. */
export function createPrismaAdapter({ client, timestamps = 'iso8601', owned = false }: PrismaOptions): Adapter {
  const provider = providerOf(client)
  if (provider !== 'sqlite')
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint: `The Prisma adapter speaks to SQLite; for ${provider} use the adapter ${provider}` })
  const moments = new Moments()
  let history = false
  const dialect = prismaSqliteDialect((field) => moments.of(field))
  // Tables that DBAL makes itself are in its own ways.
  const plain = prismaSqliteDialect(() => undefined)
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
      const found = await engine.lease((tx) => prepareSqlite(tx, { schema, mode, dialect: plain, timestamps }).catch(told))
      moments.learn(schema, found.moments)
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
