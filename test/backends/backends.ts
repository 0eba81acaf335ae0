/**
 * The backends that tests compare: each opened empty, on a database of its own. In charge of opening and of saying why one cannot be had;
 * must not know what is asked of them. Adapters are opened without `cli/compose.ts`, so that tests below the engine may hold the mint.
 */
import type { Adapter } from '../../src/adapter/adapter.ts'
import type { ServerOptions } from '../../src/adapter/server.ts'
import { freshDatabase, serverOf } from '../support/databases.ts'
import { type PrismaProvider, prismaClient } from '../support/prisma-client.ts'

export const backendNames = ['memory', 'sqlite', 'prisma', 'prisma-postgresql', 'prisma-mysql', 'postgresql', 'mysql', 'mongodb'] as const
export type BackendName = (typeof backendNames)[number]
const embedded = ['memory', 'sqlite', 'prisma'] as const
type EmbeddedName = (typeof embedded)[number]
/** Clients of Prisma for databases of servers. */
const behindPrisma = { 'prisma-postgresql': 'postgresql', 'prisma-mysql': 'mysql' } as const
type BehindPrisma = keyof typeof behindPrisma
type ServerName = Exclude<BackendName, EmbeddedName | BehindPrisma>

/** DBAL_TEST_BACKENDS narrows the list, such as `sqlite,mysql`; what is left out is a visible skip. */
const chosen = process.env.DBAL_TEST_BACKENDS?.split(',')

const isBehindPrisma = (name: BackendName): name is BehindPrisma => name in behindPrisma
const isServer = (name: BackendName): name is ServerName => !embedded.some((one) => one === name) && !isBehindPrisma(name)

/** Why the backend cannot be asked, or false: the `skip` of a test. */
export function skipOf(name: BackendName): string | false {
  if (chosen !== undefined && name !== 'memory' && !chosen.includes(name)) return 'left out by DBAL_TEST_BACKENDS'
  const server = serverBehind(name)
  return server === undefined ? false : (serverOf(server).skip ?? false)
}

/** As `skipOf`, for long tests: what differs behind Prisma is asked by others, so that these are asked only where they are named. */
export function longSkipOf(name: BackendName): string | false {
  return isBehindPrisma(name) && chosen === undefined ? 'long: asked where DBAL_TEST_BACKENDS names it' : skipOf(name)
}

/** The kind of server that the backend asks; undefined where it is in this process. */
export function serverBehind(name: BackendName): ServerName | undefined {
  return isBehindPrisma(name) ? behindPrisma[name] : isServer(name) ? name : undefined
}

/** All but the one that defines the answers. */
export const compared = backendNames.filter((name) => name !== 'memory')

/** An adapter on nothing, and how to leave no trace of it. */
export interface Home {
  readonly adapter: Adapter
  close(): Promise<void>
}

/** `reach` changes how the server is reached, for tests that listen in between. */
export async function openBackend(name: BackendName, reach: (url: string) => ServerOptions = (url) => ({ url })): Promise<Home> {
  if (isBehindPrisma(name)) return openBehindPrisma(behindPrisma[name], reach)
  if (!isServer(name)) return openEmbedded(name)
  const database = await freshDatabase(name)
  try {
    const adapter = await openServer(name, reach(database.url))
    return { adapter, close: () => adapter.close().finally(() => database.drop()) }
  } catch (error) {
    await database.drop()
    throw error
  }
}

/** The adapter, whose end is also that of its database. */
export function adapterOf({ adapter, close }: Home): Adapter {
  return {
    name: adapter.name,
    capabilities: adapter.capabilities,
    run: (query, args, options) => adapter.run(query, args, options),
    transaction: (mode, work, options) => adapter.transaction(mode, work, options),
    prepare: (schema, mode) => adapter.prepare(schema, mode),
    probe: () => adapter.probe(),
    gauges: () => adapter.gauges(),
    close,
  }
}

async function openEmbedded(name: EmbeddedName): Promise<Home> {
  if (name === 'prisma') return openPrisma()
  const adapter =
    name === 'memory'
      ? (await import('../../src/adapters/memory/memory.ts')).createMemoryAdapter()
      : (await import('../../src/adapters/sqlite/adapter.ts')).createSqliteAdapter({ path: ':memory:', mode: 'inline' })
  return { adapter, close: () => adapter.close() }
}

/** On SQLite: its client makes other statements of everything than the adapter of SQLite does. */
async function openPrisma(): Promise<Home> {
  const client = await prismaClient('sqlite', 'file::memory:')
  const adapter = (await import('../../src/adapters/prisma/adapter.ts')).createPrismaAdapter({ client, owned: true })
  return { adapter, close: () => adapter.close() }
}

async function openBehindPrisma(server: ServerName & PrismaProvider, reach: (url: string) => ServerOptions): Promise<Home> {
  const database = await freshDatabase(server)
  try {
    const client = await prismaClient(server, reach(database.url).url ?? database.url)
    const adapter = (await import('../../src/adapters/prisma/adapter.ts')).createPrismaAdapter({ client, owned: true })
    return { adapter, close: () => adapter.close().finally(() => database.drop()) }
  } catch (error) {
    await database.drop()
    throw error
  }
}

async function openServer(name: ServerName, options: ServerOptions): Promise<Adapter> {
  switch (name) {
    case 'postgresql':
      return (await import('../../src/adapters/postgres/adapter.ts')).createPostgresAdapter(options)
    case 'mysql':
      return (await import('../../src/adapters/mysql/adapter.ts')).createMysqlAdapter(options)
    case 'mongodb':
      return (await import('../../src/adapters/mongodb/adapter.ts')).createMongodbAdapter(options)
  }
}
