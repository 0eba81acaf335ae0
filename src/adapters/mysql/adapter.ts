/** The MySQL and MariaDB adapter: the seam over a pool of connections. In charge of wiring; must not know SQL text. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import type { ServerOptions } from '../../adapter/server.ts'
import { titleOf } from '../sql/dialects/mysql/flavour.ts'
import { Engine } from './engine.ts'
import { settingsOf } from './options.ts'
import { prepareSchema } from './prepare.ts'

export const mysqlCapabilities: Capabilities = Object.freeze({
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

/** Connects when it is first asked for something. DATABASE_ERROR with a hint where the options name no server. */
export function createMysqlAdapter(options: ServerOptions): Adapter {
  const engine = new Engine(settingsOf(options))
  return {
    name: 'mysql',
    capabilities: mysqlCapabilities,
    run: (query, args, runOptions) => engine.run(query, args, runOptions),
    transaction: (mode, work, runOptions) => engine.transaction(mode, work, runOptions),
    prepare: (schema, mode = 'apply') => prepareSchema(options, schema, mode),
    probe: async () => titleOf(await engine.version()),
    describe: (query, args, runOptions) => engine.describe(query, args, runOptions),
    gauges: () => engine.pool.gauges(),
    close: () => engine.close(),
  }
}
