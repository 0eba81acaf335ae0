/** How the server is reached, from a url or from parts. In charge of their forms; must not know the driver. */
import { type ServerOptions, serverDefaults } from '../../adapter/server.ts'
import { trustNames, urlTrust } from '../../adapter/trust.ts'
import { DBALError } from '../../errors/error.ts'

export interface Settings {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly sslMode: NonNullable<ServerOptions['sslMode']>
  readonly sslCa: string | undefined
  readonly poolSize: number
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly acquireTimeout: number
  readonly statementTimeout: number
}

const usualPort = 3306

/** DATABASE_ERROR with a hint where no server or database is named. */
export function settingsOf(options: ServerOptions): Settings {
  const { host, port, database, user, password, ...rest } = { ...options, ...(options.url === undefined ? {} : partsOf(options.url, options)) }
  if (host === undefined || host === '')
    throw refused('Give the server as a url (mysql://user:password@host:port/database), or a host and a database')
  if (database === undefined || database === '')
    throw refused('Name the database: mysql://user:password@host:port/database, or database.connection.database')
  return {
    host,
    port: port ?? usualPort,
    database,
    user: user ?? '',
    password: password ?? '',
    sslMode: rest.sslMode ?? 'prefer',
    sslCa: rest.sslCa,
    poolSize: rest.poolSize ?? serverDefaults.poolSize,
    connectTimeout: rest.connectTimeout ?? serverDefaults.connectTimeout,
    acquireTimeout: rest.acquireTimeout ?? serverDefaults.acquireTimeout,
    statementTimeout: rest.statementTimeout ?? serverDefaults.statementTimeout,
  }
}

function partsOf(text: string, { sslMode, sslCa }: ServerOptions): ServerOptions {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['mysql:', 'mariadb:'].includes(url.protocol))
    throw refused('The url of the server has the form mysql://user:password@host:port/database')
  // One that is passed over might be one that was to make the connection safe.
  if ([...url.searchParams.keys()].some((name) => !trustNames.includes(name)))
    throw refused('The url of the server may have the parameters ssl-mode and ssl-ca only; use database.connection for others')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    database: decoded(url.pathname.slice(1)),
    user: decoded(url.username),
    password: decoded(url.password),
    ...urlTrust(url.searchParams, { ...(sslMode === undefined ? {} : { sslMode }), ...(sslCa === undefined ? {} : { sslCa }) }),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused('The url of the server has a % that is not followed by two hexadecimal digits; write % as %25')
  }
}

function refused(hint: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint })
}
