/** The PostgreSQL adapter: the seam over a pool of connections. In charge of wiring; must not know SQL text. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import type { ServerOptions } from '../../adapter/server.ts'
import { Engine } from './engine.ts'
import { reachOf } from './options.ts'
import { prepareSchema } from './prepare.ts'

/**
 * Searching means: every term occurs somewhere in a text, whatever its case. PostgreSQL's index of words stems and cuts texts apart
 * and would find other rows, so that search is the same on every backend and this capability is not declared.
 */
export const postgresCapabilities: Capabilities = Object.freeze({
  transactions: true,
  nestedTransactions: true,
  joins: true,
  fullTextSearch: false,
  ttl: false,
  jsonQueries: true,
  aggregations: true,
  relations: true,
  migrations: true,
  schemaIntrospection: true,
  connectionPooling: true,
  readReplicas: false,
})

/** Connects when it is first asked something; DATABASE_ERROR with a hint now where the options name no server. */
export function createPostgresAdapter(options: ServerOptions): Adapter {
  const engine = new Engine(reachOf(options))
  return {
    name: 'postgresql',
    capabilities: postgresCapabilities,
    run: (query, args, runOptions) => engine.run(query, args, runOptions),
    transaction: (mode, work, runOptions) => engine.transaction(mode, work, runOptions),
    async prepare(schema, mode = 'apply') {
      const dialect = await prepareSchema(options, schema, mode)
      if (dialect !== undefined) engine.suit(dialect)
    },
    probe: async () => `PostgreSQL ${await engine.version()}`,
    describe: (query, args, runOptions) => engine.describe(query, args, runOptions),
    gauges: () => engine.pool.gauges(),
    close: () => engine.pool.close(),
  }
}
