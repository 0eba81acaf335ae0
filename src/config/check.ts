/** What options say together: contradictions, missing companions, and what deserves a word at start. Must not know how values were spelled. */
import type { FieldError } from '../errors/error.ts'
import { adapterOf, isLoopback, strangeScheme } from './defaults.ts'
import type { Given } from './layer.ts'
import { type OptionPath, optionOf, type Settings } from './options.ts'

type GivenSettings = ReadonlyMap<OptionPath, Given>

/** Adds a complaint per contradiction; the answer is what the operator should be told at start. */
export function check(settings: Settings, given: GivenSettings, complaints: FieldError[]): string[] {
  const complain = (path: OptionPath, error: string): void => {
    complaints.push({ field: given.get(path)?.from ?? path, error: `${path}: ${error}` })
  }
  if (!settings['acl.enforce_row_level'])
    complain('acl.enforce_row_level', 'Row rules cannot be switched off; remove the line. Trusted server code acts with client.asSystem(why)')
  checkTls(settings, complain)
  checkDatabase(settings, given, complain)
  checkJwt(settings, given, complain)
  checkTransactions(settings, complain)
  for (const origin of settings['server.allowed_origins']) {
    if (!isOrigin(origin))
      complain('server.allowed_origins', `${JSON.stringify(origin)} is not an origin; expected something like https://app.example.com`)
  }
  return notices(settings, given)
}

type Complain = (path: OptionPath, error: string) => void

function checkTls(settings: Settings, complain: Complain): void {
  if (settings['server.tls.enabled']) {
    for (const path of ['server.tls.cert_file', 'server.tls.key_file'] as const) {
      if (settings[path] === undefined) complain('server.tls.enabled', `TLS needs ${path} too`)
    }
  } else if (settings.mode === 'production' && !isLoopback(settings['server.host'])) {
    complain('server.host', 'Production does not listen without TLS beyond loopback; set server.tls, listen on 127.0.0.1, or say mode: development')
  }
}

function checkDatabase(settings: Settings, given: GivenSettings, complain: Complain): void {
  const { 'database.url': url, 'database.adapter': adapter } = settings
  if (given.has('database.url') && settings['database.connection.host'] !== undefined)
    complain('database.connection.host', 'The database is given twice; keep either database.url or database.connection')
  const strange = adapter === 'prisma' ? undefined : strangeScheme(url)
  if (strange !== undefined) {
    const known = 'it begins with file:, postgres://, mysql://, mariadb:// or mongodb://, or is a path'
    return complain('database.url', `There is no adapter for a url of ${JSON.stringify(strange)}: ${known}`)
  }
  const meant = given.has('database.url') ? adapterOf(url) : undefined
  if (meant !== undefined && adapter !== undefined && adapter !== meant && adapter !== 'prisma')
    complain('database.adapter', `The url is one of ${meant}, not of ${adapter}`)
  const connection = [...given.keys()].find((path) => path.startsWith('database.connection.'))
  if ((adapter === 'sqlite' || adapter === 'memory') && connection !== undefined) {
    complain(connection, `${adapter} connects to no server; ${adapter === 'sqlite' ? 'name its file with database.url' : 'remove this'}`)
  }
  if (adapter === undefined) complain('database.connection.host', 'database.adapter has to say which kind of database this is')
  else if (adapter === 'prisma') checkPrisma(settings, given, complain)
  else if (settings['database.client_module'] !== undefined) complain('database.client_module', `${adapter} has no client; only prisma does`)
  else if (adapter !== 'sqlite' && adapter !== 'memory' && url === undefined && settings['database.connection.host'] === undefined) {
    complain('database.adapter', `${adapter} needs database.url or database.connection`)
  }
}

/** The client itself knows where its database is. A url alone parses, as configurations of old have it; opening then asks for the client. */
function checkPrisma(settings: Settings, given: GivenSettings, complain: Complain): void {
  const place = [...given.keys()].find((path) => path === 'database.url' || path.startsWith('database.connection.'))
  if (settings['database.client_module'] === undefined) {
    if (place === undefined) complain('database.client_module', 'prisma needs a module whose default export is its client')
  } else if (place !== undefined) complain(place, 'prisma reaches its database by the client of database.client_module; remove this')
}

function checkTransactions(settings: Settings, complain: Complain): void {
  const { 'database.adapter': adapter, 'performance.transactions.total': total, 'database.pool_size': pool } = settings
  // Embedded databases have no pool; there the others wait for one writer, transaction or not.
  if (total !== undefined && total >= pool && adapter !== 'sqlite' && adapter !== 'memory')
    complain('performance.transactions.total', `Must be less than database.pool_size (${pool}), or open transactions could keep every connection`)
  if (settings['performance.transactions.idle_timeout'] > settings['performance.transactions.lease'])
    complain('performance.transactions.idle_timeout', 'Must not be more than performance.transactions.lease')
}

function checkJwt(settings: Settings, given: GivenSettings, complain: Complain): void {
  const sources = (['auth.jwt.jwks_file', 'auth.jwt.jwks_url', 'auth.jwt.secret'] as const).filter((path) => settings[path] !== undefined)
  const first = [...given.keys()].find((path) => path.startsWith('auth.jwt.'))
  if (first === undefined) return
  if (settings['auth.jwt.issuer'] === undefined) complain(first, 'auth.jwt.issuer is missing: without it any issuer would be believed')
  if (sources.length !== 1)
    complain(first, `Give one of auth.jwt.jwks_file, auth.jwt.jwks_url and auth.jwt.secret${sources.length === 0 ? '' : `, not ${sources.length}`}`)
  const { 'auth.jwt.secret': secret, 'auth.jwt.jwks_url': url } = settings
  // RFC 7518, 3.2: a key of HS256 is at least as long as its hash.
  if (secret !== undefined && Buffer.byteLength(secret) < 32) complain('auth.jwt.secret', 'The shared key is shorter than 32 bytes')
  if (url !== undefined && !/^https:\/\/[^/\s]+/i.test(url) && !/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(url))
    complain('auth.jwt.jwks_url', 'Keys are fetched over https only (http on loopback)')
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text
  } catch {
    return false
  }
}

function notices(settings: Settings, given: GivenSettings): string[] {
  const told = [...given]
    .filter(([path, { value }]) => optionOf(path).pending === true && value !== optionOf(path).default)
    .map(([path]) => `${path} is accepted but has no effect in this version`)
  if (settings.mode === 'development' && !isLoopback(settings['server.host']) && !settings['server.tls.enabled']) {
    told.push(`The daemon listens on ${settings['server.host']} without TLS: passwords and tokens can be read on the way`)
  }
  if (!settings['security.audit_log']) told.push('The audit log is switched off (security.audit_log: false)')
  return told
}
