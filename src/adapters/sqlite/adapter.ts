/** The SQLite adapter: the seam over one engine, inline or in threads. In charge of wiring; must not know SQL text. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import type { Physical } from '../sql/dialect.ts'
import { InlineEngine } from './inline.ts'
import { memory, pathOf, type SqliteOptions } from './options.ts'
import { prepareSchema } from './prepare.ts'
import { ThreadedEngine } from './threaded.ts'

export type { SqliteOptions } from './options.ts'

export const sqliteCapabilities: Capabilities = Object.freeze({
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
  connectionPooling: false,
  readReplicas: false,
})

const defaultReaders = 2
const defaultLeaseTimeout = 5000

/** Opens (and creates) the database; DATABASE_ERROR with a hint where that cannot be done. In worker mode the first statement tells. */
export function createSqliteAdapter(options: SqliteOptions): Adapter {
  const opening = { path: pathOf(options), synchronous: options.synchronous ?? 'normal', readOnly: false }
  const leaseTimeout = options.leaseTimeout ?? defaultLeaseTimeout
  const engine =
    options.mode === 'worker' ? new ThreadedEngine(opening, options.readers ?? defaultReaders, leaseTimeout) : new InlineEngine(opening, leaseTimeout)
  return {
    name: 'sqlite',
    capabilities: sqliteCapabilities,
    exclusive: options.mode !== 'worker' || opening.path === memory,
    run: (query, args, runOptions) => engine.run(query, args, runOptions),
    transaction: (mode, work, runOptions) => engine.transaction(mode, work, runOptions),
    async prepare(schema, mode) {
      const dialect = await engine.lease('write', (held) => prepareSchema(held, schema, mode))
      if (dialect !== undefined) engine.suit(dialect)
    },
    async probe() {
      const [[version] = []] = (await engine.once({ text: 'SELECT sqlite_version()', rows: true })) as Physical[][]
      return `SQLite ${version}`
    },
    describe: (query, args, runOptions) => engine.describe(query, args, runOptions),
    gauges: () => engine.gauges(),
    close: () => engine.close(),
  }
}
