/** Where the server is and how far it must be trusted. In charge of the forms of `url` and of TLS modes; must not connect. */
import type { ConnectionOptions } from 'node:tls'
import { type ServerOptions, serverDefaults } from '../../adapter/server.ts'
import { type Trust, trustNames, urlTrust } from '../../adapter/trust.ts'
import { DBALError } from '../../errors/error.ts'

type SslMode = NonNullable<ServerOptions['sslMode']>

/** What a connection needs to know. */
export interface Reach {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  readonly schema: string | undefined
  readonly sslMode: SslMode
  readonly sslCa: string | undefined
  readonly poolSize: number
  readonly connectTimeout: number
  readonly acquireTimeout: number
  readonly statementTimeout: number
}

/** DATABASE_ERROR with a hint where the options do not say where the server is. What the url says goes before the single parts. */
export function reachOf(options: ServerOptions): Reach {
  const { sslMode, sslCa } = options
  const usual: Trust = { ...(sslMode === undefined ? {} : { sslMode }), ...(sslCa === undefined ? {} : { sslCa }) }
  const url = options.url === undefined ? undefined : parsed(options.url, usual)
  const trust = url?.trust ?? usual
  const host = url?.host ?? options.host ?? 'localhost'
  const database = url?.database ?? options.database
  const user = url?.user ?? options.user
  if (database === undefined) throw refused('Name the PostgreSQL database: postgresql://user@host/database')
  if (user === undefined) throw refused('Name the user of the PostgreSQL database: postgresql://user@host/database')
  return {
    host,
    port: url?.port ?? options.port ?? 5432,
    database,
    user,
    password: url?.password ?? options.password,
    schema: url?.schema,
    sslMode: trust.sslMode ?? 'prefer',
    sslCa: trust.sslCa,
    poolSize: options.poolSize ?? serverDefaults.poolSize,
    connectTimeout: options.connectTimeout ?? serverDefaults.connectTimeout,
    acquireTimeout: options.acquireTimeout ?? serverDefaults.acquireTimeout,
    statementTimeout: options.statementTimeout ?? serverDefaults.statementTimeout,
  }
}

interface Parsed {
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: string
  readonly schema?: string
  readonly trust: Trust
}

function parsed(text: string, usual: Trust): Parsed {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refused('The url of the PostgreSQL database is not one: postgresql://user:password@host:5432/database')
  }
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') throw refused('The url of a PostgreSQL database begins with postgresql://')
  const { host, schema, ...others } = Object.fromEntries(url.searchParams)
  if (Object.keys(others).some((name) => !trustNames.includes(name)))
    throw refused('The url of the PostgreSQL database may have the parameters sslmode, sslrootcert, schema and host only')
  const part = (given: string): string | undefined => (given === '' ? undefined : unescaped(given))
  const found = {
    // A folder of sockets cannot stand where a host does.
    host: host ?? part(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? undefined : Number(url.port),
    database: part(url.pathname.slice(1)),
    user: part(url.username),
    password: part(url.password),
    schema,
  }
  const said: Omit<Parsed, 'trust'> = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return { ...said, trust: urlTrust(url.searchParams, usual) }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused('The url of the PostgreSQL database has a % that is not followed by two hexadecimal digits')
  }
}

/** What Node's TLS is told; false where there is to be none. The name in a certificate is only looked at by `verify-full`. */
export function tlsOf({ sslMode, sslCa }: Reach): false | ConnectionOptions {
  const ca = sslCa === undefined ? {} : { ca: sslCa }
  switch (sslMode) {
    case 'disable':
      return false
    case 'prefer':
    case 'require':
      return { rejectUnauthorized: false }
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true }
  }
}

function refused(hint: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint })
}
