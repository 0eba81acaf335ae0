/**
 * Databases for test files: one with a random name on a server of this run (`npm test`, `npm run with`, or a DBAL_TEST_… variable), or a
 * server of one's own that a test may kill. In charge of making and dropping; must not know schemas.
 */
import { randomBytes } from 'node:crypto'
import type { Server, ServerOptions } from '../../tools/databases/private-server.ts'
import { kinds, type ServerName } from '../../tools/databases/servers.ts'

export type DatabaseName = Exclude<ServerName, 'redis'>

export interface FreshDatabase {
  readonly url: string
  readonly name: string
  drop(): Promise<void>
}

/** Fits `test(name, serverOf('postgresql'), …)`: with a `skip`, node:test leaves the test out and says why. */
export function serverOf(name: ServerName): { readonly url: string; readonly skip?: never } | { readonly skip: string; readonly url?: never } {
  const { title, url, words } = kinds[name]
  const given = process.env[url] ?? ''
  return given === '' ? { skip: `no ${title} in this run: set ${url}, or npm run with -- ${words[0]} <command>` } : { url: given }
}

/** PEM file of the authority behind the certificate of the run's server; undefined where it is not known. */
export function authorityOf(name: ServerName): string | undefined {
  const { ca } = kinds[name]
  return ca === undefined ? undefined : process.env[ca]
}

/** An empty database on the server of this run. Throws where there is none: ask serverOf first. */
export async function freshDatabase(kind: DatabaseName, on?: string): Promise<FreshDatabase> {
  const server = on ?? serverOf(kind).url
  if (server === undefined) throw new Error(serverOf(kind).skip)
  const name = `dbal_test_${randomBytes(8).toString('hex')}`
  return { name, ...(await make[kind](server, name)) }
}

/** A server of one's own, to kill and start again. Throws where it cannot be had. */
export async function privateServer(kind: ServerName, options?: ServerOptions): Promise<Server> {
  const server = await kinds[kind].start(options)
  if ('missing' in server) throw new Error(`${kinds[kind].title}: ${server.missing}`)
  return server
}

type Made = Omit<FreshDatabase, 'name'>

const make: Readonly<Record<DatabaseName, (server: string, name: string) => Promise<Made>>> = {
  postgresql: async (server, name) => {
    const { Client } = (await import('pg')).default
    const say = async (statement: string): Promise<void> => {
      const client = new Client({ connectionString: server })
      await client.connect()
      try {
        await client.query(statement)
      } finally {
        await client.end()
      }
    }
    await say(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'`)
    return { url: inDatabase(server, name), drop: () => say(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
  },
  mysql: async (server, name) => {
    const { createConnection } = await import('mariadb')
    const { hostname, port, username, password } = new URL(server)
    const account = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
    const say = async (statement: string): Promise<void> => {
      // The driver's own second is not enough where a machine runs many tests at once.
      const connection = await createConnection({ host: hostname, port: Number(port === '' ? 3306 : port), connectTimeout: 30_000, ...account })
      try {
        await connection.query(statement)
      } finally {
        await connection.end()
      }
    }
    await say(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`)
    return { url: inDatabase(server, name), drop: () => say(`DROP DATABASE IF EXISTS ${name}`) }
  },
  mongodb: async (server, name) => {
    const { MongoClient } = await import('mongodb')
    const drop = async (): Promise<void> => {
      const client = new MongoClient(server)
      try {
        await client.db(name).dropDatabase()
      } finally {
        await client.close()
      }
    }
    return { url: inMongo(server, name), drop }
  },
}

function inDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Several hosts are no URL to the platform. An account lives in `admin` unless the address says otherwise. */
function inMongo(server: string, name: string): string {
  const [, hosts = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(?:\?(.*))?$/.exec(server) ?? []
  const source = hosts.includes('@') && !/authSource=/i.test(query) ? ['authSource=admin'] : []
  const options = [query, ...source].filter((part) => part !== '').join('&')
  return `${hosts}/${name}${options === '' ? '' : `?${options}`}`
}
