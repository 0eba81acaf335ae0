/** The kinds of server that tests use: their names, their variables, and starting several at once. Must not know who uses them. */
import { connect } from 'node:net'
import { startMariadb } from './mariadb.ts'
import { startMongodb } from './mongodb.ts'
import { startPostgres } from './postgres.ts'
import type { Missing, Server, ServerOptions } from './private-server.ts'
import { startRedis } from './redis.ts'

export type ServerName = 'postgresql' | 'mysql' | 'mongodb' | 'redis'

export interface Kind {
  readonly title: string
  readonly url: string
  /** Names a PEM file of the authority behind the server's certificate. */
  readonly ca: string | undefined
  /** Words that `npm run with` takes for it. */
  readonly words: readonly string[]
  readonly start: (options?: ServerOptions) => Promise<Server | Missing>
}

export const kinds: Readonly<Record<ServerName, Kind>> = {
  postgresql: {
    title: 'PostgreSQL',
    url: 'DBAL_TEST_POSTGRES_URL',
    ca: 'DBAL_TEST_POSTGRES_CA',
    words: ['postgres', 'postgresql'],
    start: startPostgres,
  },
  mysql: { title: 'MariaDB', url: 'DBAL_TEST_MYSQL_URL', ca: 'DBAL_TEST_MYSQL_CA', words: ['mariadb', 'mysql'], start: startMariadb },
  mongodb: { title: 'MongoDB', url: 'DBAL_TEST_MONGODB_URL', ca: undefined, words: ['mongodb', 'mongo'], start: startMongodb },
  redis: { title: 'Redis', url: 'DBAL_TEST_REDIS_URL', ca: undefined, words: ['redis'], start: startRedis },
}

export const serverNames = Object.keys(kinds) as readonly ServerName[]

/** Starts one; what goes wrong is the reason why it is missing. */
export async function startServer(name: ServerName, options?: ServerOptions): Promise<Server | Missing> {
  try {
    return await kinds[name].start(options)
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

/** The variables that tell others of a server. */
export function variablesOf(name: ServerName, server: Server): Record<string, string> {
  const { url, ca } = kinds[name]
  return { [url]: server.url, ...(ca === undefined || server.caFile === undefined ? {} : { [ca]: server.caFile }) }
}

/** Whether something takes connections where the address points; several hosts are not looked at. */
export async function answers(url: string): Promise<boolean> {
  const found = /^[a-z+]+:\/\/(?:[^@/]*@)?(?:\[([^\]]+)\]|([^:/?,]+))(?::(\d+))?(?:[/?]|$)/i.exec(url)
  if (found === null) return true
  const fallback = /^postgres/.test(url) ? 5432 : /^(?:mysql|mariadb)/.test(url) ? 3306 : /^redis/.test(url) ? 6379 : 27017
  if (url.startsWith('mongodb+srv')) return true
  const socket = connect({ host: found[1] ?? found[2] ?? '', port: found[3] === undefined ? fallback : Number(found[3]), timeout: 5_000 })
  const reached = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('timeout', () => resolve(false))
  })
  socket.destroy()
  return reached
}
