/** The MongoDB adapter: the seam over a client that is opened when it is first needed. In charge of that moment; must not know the driver. */
import type { Adapter } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import { DBALError } from '../../errors/error.ts'
import type { LiveMongodb } from './live.ts'
import type { MongodbOptions } from './options.ts'

export { indexPlan } from './model/plan.ts'
export type { MongodbOptions } from './options.ts'

/** Of a replica set, or of a sharded cluster. A server by itself has no transactions, which shows as soon as it has been asked. */
export const mongodbCapabilities: Capabilities = Object.freeze({
  transactions: true,
  nestedTransactions: true,
  joins: true,
  fullTextSearch: false,
  ttl: true,
  jsonQueries: true,
  aggregations: true,
  relations: true,
  migrations: true,
  schemaIntrospection: false,
  connectionPooling: true,
  readReplicas: false,
})

const alone: Capabilities = Object.freeze({ ...mongodbCapabilities, transactions: false, nestedTransactions: false })

/** Nothing is opened yet: the first call tells whether the database can be reached. */
export function createMongodbAdapter(options: MongodbOptions): Adapter {
  let opened: LiveMongodb | undefined
  let opening: Promise<LiveMongodb> | undefined
  let closed = false
  const live = (): Promise<LiveMongodb> => {
    if (closed) return Promise.reject(new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' }))
    opening ??= load().then((made) => {
      opened = new made(options)
      return opened
    })
    return opening
  }
  return {
    name: 'mongodb',
    get capabilities() {
      return opened?.transactions === false ? alone : mongodbCapabilities
    },
    run: async (query, args, runOptions) => (await live()).run(query, args, runOptions),
    describe: async (query, args, runOptions) => (await live()).describe(query, args, runOptions),
    transaction: async (mode, work, runOptions) => (await live()).transaction(mode, work, runOptions),
    prepare: async (schema, mode) => (await live()).prepare(schema, mode),
    probe: async () => (await live()).probe(),
    gauges: () => opened?.gauges() ?? {},
    async close() {
      closed = true
      await opened?.close()
    },
  }
}

async function load(): Promise<typeof LiveMongodb> {
  try {
    return (await import('./live.ts')).LiveMongodb
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new DBALError('DATABASE_ERROR', { hint: 'The driver of MongoDB is not installed: npm install mongodb' }, { cause })
  }
}
