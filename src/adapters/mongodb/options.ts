/** Where the database lies and how it is opened. In charge of the forms of options; must not open anything. */
import type { MongoClientOptions } from 'mongodb'
import { type ServerOptions, serverDefaults } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'

export interface MongodbOptions extends ServerOptions {
  /** Called for every command that is sent, for tests and traces; nothing is ever changed by it. */
  readonly onCommand?: (name: string, command: Readonly<Record<string, unknown>>) => void
}

export interface Opening {
  readonly url: string
  readonly database: string
  readonly client: MongoClientOptions
}

/** DATABASE_ERROR with a hint where options are missing or contradict each other. */
export function openingOf(options: MongodbOptions): Opening {
  const { url, host, port, user, password } = options
  if ((url === undefined) === (host === undefined)) throw refused('Give the MongoDB database either a url or a host')
  const place = url ?? `mongodb://${host?.includes(':') === true ? `[${host}]` : host}:${port ?? 27017}/`
  if (!/^mongodb(\+srv)?:\/\//.test(place)) throw refused('The url of a MongoDB database begins with mongodb:// or mongodb+srv://')
  const database = options.database ?? databaseIn(place)
  if (database === '') throw refused('Name the database: mongodb://host:27017/name, or database.name')
  return {
    url: place,
    database,
    client: {
      appName: 'dbal',
      maxPoolSize: options.poolSize ?? serverDefaults.poolSize,
      connectTimeoutMS: options.connectTimeout ?? serverDefaults.connectTimeout,
      serverSelectionTimeoutMS: options.connectTimeout ?? serverDefaults.connectTimeout,
      waitQueueTimeoutMS: options.acquireTimeout ?? serverDefaults.acquireTimeout,
      useBigInt64: true,
      monitorCommands: options.onCommand !== undefined,
      ...(user === undefined ? {} : { auth: { username: user, password: password ?? '' } }),
      ...tlsOf(options),
    },
  }
}

/** The path of the url, between the hosts and the parameters. */
function databaseIn(url: string): string {
  const rest = url.slice(url.indexOf('://') + 3)
  const slash = rest.indexOf('/')
  if (slash < 0) return ''
  const path = rest.slice(slash + 1).split('?')[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    throw refused('The name of the database in the url is not well-formed')
  }
}

function tlsOf({ sslMode, sslCa }: MongodbOptions): MongoClientOptions {
  const ca = sslCa === undefined ? {} : { ca: sslCa }
  switch (sslMode) {
    case undefined:
    case 'prefer':
      return {}
    case 'disable':
      return { tls: false }
    case 'require':
      return { tls: true, tlsAllowInvalidCertificates: true, ...ca }
    case 'verify-ca':
      return { tls: true, tlsAllowInvalidHostnames: true, ...ca }
    case 'verify-full':
      return { tls: true, ...ca }
  }
}

function refused(hint: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint })
}
