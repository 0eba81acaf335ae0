/**
 * What `new DBALClient({…})` is given, checked whole before anything happens (contract 3). In charge of the keys and of what contradicts what;
 * must not know how a database is opened or a daemon reached.
 */
import { DBALError, type FieldError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import { endpointUrl } from './endpoint.ts'
import { isPlainObject, plain } from './plain.ts'
import type { Identity } from './transport.ts'
import type { SocketClass } from './websocket.ts'

export const adapterNames = ['sqlite', 'postgresql', 'mysql', 'mongodb', 'prisma', 'memory'] as const
export type AdapterName = (typeof adapterNames)[number]
export type SandboxLevel = 'strict' | 'permissive' | 'disabled'

export interface DatabaseConfig {
  /** Such as `file:./dev.db` or `postgresql://user:password@host/name`. Instead of host and the rest. */
  url?: string
  host?: string
  port?: number
  /** Name of the database. */
  database?: string
  username?: string
  password?: string
  ssl_mode?: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Authorities that may vouch for the server, PEM text; those of the system unless given. */
  ssl_ca?: string
  /** Connections kept, at most. */
  pool_size?: number
  /** Of adapter `prisma`: the application's own client, which stays its own. */
  client?: PrismaClientLike
  /** Instead of the client: path of a module that has one as its default export; it ends with this client. */
  client_module?: string
}

/** What is asked of a generated Prisma client. */
export interface PrismaClientLike {
  // biome-ignore lint/suspicious/noExplicitAny: every generated client has types of its own for these.
  $queryRawUnsafe: (...args: any[]) => any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  $executeRawUnsafe: (...args: any[]) => any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  $transaction: (...args: any[]) => any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  $disconnect: (...args: any[]) => any
}

/** The caller's own account, handed over by trusted code; further members are what rules see as `$user.<name>`. */
export interface UserConfig {
  id: string
  role: string
  username?: string
  tenantId?: string
  [attribute: string]: unknown
}

export interface SessionConfig {
  token: string
  id?: string
  /** Of the answer of `login`, which may be handed over whole; only compared with the token's. */
  userId?: string
  /** A time in the past makes the first call UNAUTHORIZED. */
  expiresAt?: string | number | Date
}

export interface ClientConfig {
  /** `development`: in this process. `production`: through a daemon. */
  mode: 'development' | 'production'
  /** `sqlite` unless given. In production the daemon's own configuration decides. */
  adapter?: AdapterName
  /** Development only; an embedded file unless given. */
  database?: DatabaseConfig
  /** Production only: `wss://host:port`, `ws://` to this machine, or `host:port`, which means wss. */
  endpoint?: string
  /** Lets `ws://` leave this machine: everything, tokens included, is then readable on the way. */
  allowInsecure?: boolean
  auth?: { user?: UserConfig; session?: SessionConfig }
  /** Development only: folder of schema files; the shipped schema unless given. */
  schema?: string
  /** Development only: in production the tenant comes from the session. */
  tenantId?: string
  security?: { sandbox?: SandboxLevel; enableAuditLog?: boolean }
  /** `queryTimeout` in milliseconds, 30 000 unless given. */
  performance?: { connectionPoolSize?: number; queryTimeout?: number }
  /** Plural to entity name, as generated; what is missing there is asked of the door. */
  entities?: Readonly<Record<string, string>>
  /** Production only: the WebSocket to use instead of the global one. */
  webSocket?: SocketClass
}

export interface Settings {
  readonly mode: 'development' | 'production'
  readonly adapter: AdapterName
  readonly database: Readonly<DatabaseConfig>
  /** ws:// or wss:// address in production, '' in development. */
  readonly endpoint: string
  readonly schema?: string
  readonly identity: Identity
  /** In-process identity: `auth.user`, plain, with the tenant of the configuration. */
  readonly user?: Readonly<Record<string, Value>> & { readonly id: string; readonly role: string }
  /** Of a principal without `auth.user`. */
  readonly tenantId?: string
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
  readonly security: { readonly sandbox?: SandboxLevel; readonly enableAuditLog: boolean }
  readonly performance: { readonly connectionPoolSize?: number; readonly queryTimeout: number }
  readonly entities?: Readonly<Record<string, string>>
  readonly webSocket?: SocketClass
}

type Complain = (field: string, error: string) => void

/** Throws VALIDATION_ERROR whose message and `fields` name each key that is missing, unknown, of a wrong kind or against another. */
export function readConfig(given: unknown): Settings {
  const complaints: FieldError[] = []
  const complain: Complain = (field, error) => void complaints.push({ field, error })
  const config = (isPlainObject(given) ? given : {}) as Partial<ClientConfig> & Record<string, unknown>
  if (!isPlainObject(given)) complain('config', 'Must be an object such as { mode: "development" }')
  else {
    checkTypes(config, rootKeys, '', complain)
    if (config.mode === undefined) complain('mode', 'Is required: "development" (in this process) or "production" (through a daemon)')
    else if (config.mode === 'production') checkProduction(config, complain)
    else if (config.mode === 'development') checkDevelopment(config, complain)
  }
  const endpoint =
    config.mode === 'production' && typeof config.endpoint === 'string' ? endpointUrl(config.endpoint, config.allowInsecure === true, complain) : ''
  const who = readAuth(config, complain)
  if (complaints.length > 0) {
    const told = complaints.map(({ field, error }) => `${field}: ${error}`).join('; ')
    throw new DBALError('VALIDATION_ERROR', { fields: complaints }, { message: `The configuration of DBALClient is not valid. ${told}` })
  }
  const { adapter = 'sqlite', database = {}, schema, security, performance, entities, webSocket } = config
  return Object.freeze({
    mode: config.mode as Settings['mode'],
    adapter,
    database: { ...database },
    endpoint,
    ...who,
    ...(schema === undefined ? undefined : { schema }),
    security: { enableAuditLog: false, ...security },
    performance: { queryTimeout: 30_000, ...performance },
    ...(entities === undefined ? undefined : { entities }),
    ...(webSocket === undefined ? undefined : { webSocket }),
  })
}

/** What a key takes: a test, what to say where it fails, and the keys below it. */
interface Key {
  readonly fits: (value: unknown) => boolean
  readonly must: string
  readonly keys?: Keys
}
type Keys = Readonly<Record<string, Key>>

const text: Key = { fits: (value) => typeof value === 'string' && value !== '', must: 'Must be a string that is not empty' }
const flag: Key = { fits: (value) => typeof value === 'boolean', must: 'Must be true or false' }
const whole = (least: number, most: number): Key => ({
  fits: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  must: `Must be a whole number from ${least} to ${most}`,
})
const oneOf = (words: readonly string[]): Key => ({ fits: (value) => words.includes(value as string), must: `Must be one of ${words.join(', ')}` })
const group = (keys: Keys): Key => ({ fits: isPlainObject, must: 'Must be an object', keys })
const anything: Key = { fits: () => true, must: '' }

function isPrismaClient(value: unknown): boolean {
  const client = value as Readonly<Record<string, unknown>> | null
  return typeof client === 'object' && ['$queryRawUnsafe', '$executeRawUnsafe', '$transaction'].every((name) => typeof client?.[name] === 'function')
}

const rootKeys: Keys = {
  mode: oneOf(['development', 'production']),
  adapter: oneOf(adapterNames),
  database: group({
    url: text,
    host: text,
    port: whole(1, 65_535),
    database: text,
    username: text,
    password: { fits: (value) => typeof value === 'string', must: 'Must be a string' },
    ssl_mode: oneOf(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']),
    ssl_ca: text,
    pool_size: whole(1, 1000),
    client: { fits: isPrismaClient, must: 'Must be a client that Prisma generated' },
    client_module: text,
  }),
  endpoint: text,
  allowInsecure: flag,
  auth: group({
    user: { fits: isPlainObject, must: 'Must be an object with id and role' },
    session: group({ token: text, id: text, userId: text, expiresAt: anything }),
  }),
  schema: text,
  tenantId: text,
  security: group({ sandbox: oneOf(['strict', 'permissive', 'disabled']), enableAuditLog: flag }),
  performance: group({ connectionPoolSize: whole(1, 1000), queryTimeout: whole(1, 3_600_000) }),
  entities: {
    fits: (value) => isPlainObject(value) && Object.values(value).every((name) => typeof name === 'string'),
    must: 'Must be an object of entity names',
  },
  webSocket: { fits: (value) => typeof value === 'function', must: 'Must be a WebSocket class' },
}

function checkTypes(object: Readonly<Record<string, unknown>>, keys: Keys, path: string, complain: Complain): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    const place = `${path}${name}`
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined
    if (key === undefined) complain(place, `Unknown key; known are ${Object.keys(keys).join(', ')}`)
    else if (!key.fits(value)) complain(place, key.must)
    else if (key.keys !== undefined) checkTypes(value as Record<string, unknown>, key.keys, `${place}.`, complain)
  }
}

function checkProduction(config: Partial<ClientConfig>, complain: Complain): void {
  if (config.endpoint === undefined) complain('endpoint', 'Is required with mode "production", such as wss://dbal.example.com:50051')
  // `adapter` may stay, so that one configuration serves both modes by its `mode`; it says nothing here. Credentials may not.
  for (const key of ['database', 'schema'] as const) {
    if (config[key] !== undefined) complain(key, 'Must not stand beside mode "production": the daemon alone knows the database')
  }
  if (config.tenantId !== undefined) complain('tenantId', 'Must not stand beside mode "production": the tenant comes from the session')
  if (config.auth?.user !== undefined && config.auth.session === undefined) {
    complain('auth.session', 'Is required beside auth.user with mode "production": the daemon takes the identity from a token alone')
  }
}

/** Beginnings of a url that an adapter takes; others take any. */
const schemes: Readonly<Partial<Record<AdapterName, readonly string[]>>> = {
  postgresql: ['postgresql:', 'postgres:'],
  mysql: ['mysql:', 'mariadb:'],
  mongodb: ['mongodb:', 'mongodb+srv:'],
}
const embedded: ReadonlySet<AdapterName> = new Set(['sqlite', 'memory'])

function checkDevelopment(config: Partial<ClientConfig>, complain: Complain): void {
  for (const key of ['endpoint', 'allowInsecure', 'webSocket'] as const) {
    if (config[key] !== undefined) complain(key, 'Must not stand beside mode "development", which talks to no daemon')
  }
  const { adapter = 'sqlite' } = config
  if (!adapterNames.includes(adapter)) return
  const database = isPlainObject(config.database) ? (config.database as DatabaseConfig) : undefined
  if (adapter === 'memory' && database !== undefined) complain('database', 'Must not stand beside adapter "memory"')
  if (adapter === 'prisma') {
    checkPrisma(database ?? {}, complain)
    return
  }
  for (const key of ['client', 'client_module'] as const)
    if (database?.[key] !== undefined) complain(`database.${key}`, `Must not stand beside adapter "${adapter}"; only "prisma" has a client`)
  if (!embedded.has(adapter) && database?.url === undefined && database?.host === undefined)
    complain('database.url', `Is required with adapter "${adapter}" (or database.host)`)
  if (database === undefined) return
  for (const key of ['host', 'port', 'database', 'username', 'password', 'ssl_mode', 'ssl_ca'] as const) {
    if (database[key] === undefined) continue
    if (embedded.has(adapter)) complain(`database.${key}`, `Must not stand beside adapter "${adapter}", which is embedded`)
    else if (database.url !== undefined && key !== 'ssl_mode' && key !== 'ssl_ca') complain(`database.${key}`, 'Must not stand beside database.url')
  }
  if (typeof database.url === 'string') checkUrl(adapter, database.url, complain)
  if (database.pool_size !== undefined && config.performance?.connectionPoolSize !== undefined)
    complain('performance.connectionPoolSize', 'Must not stand beside database.pool_size')
}

/** The client knows by itself where its database is. */
function checkPrisma(database: DatabaseConfig, complain: Complain): void {
  const { client, client_module, ...place } = database
  if (client === undefined && client_module === undefined)
    complain('database.client', 'Is required with adapter "prisma" (or database.client_module)')
  if (client !== undefined && client_module !== undefined) complain('database.client_module', 'Must not stand beside database.client')
  for (const [key, value] of Object.entries(place))
    if (value !== undefined) complain(`database.${key}`, 'Must not stand beside adapter "prisma", whose client knows its database')
}

function checkUrl(adapter: AdapterName, url: string, complain: Complain): void {
  const taken = schemes[adapter]
  const scheme = /^[a-z][a-z0-9+.-]+:(?=\/\/)/i.exec(url)?.[0].toLowerCase()
  if (taken !== undefined && !taken.includes(scheme ?? ''))
    complain('database.url', `Must begin with ${taken.map((word) => `${word}//`).join(' or ')} for adapter "${adapter}"`)
  if (adapter === 'sqlite' && scheme !== undefined && scheme !== 'file:')
    complain('database.url', 'Must be a file such as file:./dev.db, or :memory:, for adapter "sqlite"')
}

function readAuth(config: Partial<ClientConfig>, complain: Complain): Pick<Settings, 'identity' | 'user' | 'expiresAt' | 'tenantId'> {
  const { user, session } = isPlainObject(config.auth) ? config.auth : {}
  const tenantId = typeof config.tenantId === 'string' ? { tenantId: config.tenantId } : undefined
  const who = isPlainObject(user) ? readUser(user, config.tenantId, complain) : undefined
  if (!isPlainObject(session)) return { identity: { kind: 'configured' }, ...tenantId, ...(who === undefined ? undefined : { user: who }) }
  const { token } = session
  if (token === undefined) complain('auth.session.token', 'Is required')
  const expiresAt = session.expiresAt === undefined ? undefined : new Date(session.expiresAt).getTime()
  if (Number.isNaN(expiresAt)) complain('auth.session.expiresAt', 'Must be a time: RFC 3339 text, milliseconds or a Date')
  const ends = expiresAt === undefined ? undefined : { expiresAt }
  // In-process, trusted code hands the principal over itself; through a daemon the user's id is only compared with the token's.
  if (config.mode === 'development' && who !== undefined) return { identity: { kind: 'configured' }, user: who, ...tenantId, ...ends }
  const named = who?.id ?? session.userId
  const userId = typeof named === 'string' ? { userId: named } : undefined
  return { identity: { kind: 'token', token: token as string, ...userId }, ...tenantId, ...ends }
}

function readUser(user: UserConfig, tenantId: string | undefined, complain: Complain): Settings['user'] {
  for (const key of ['id', 'role'] as const)
    if (!text.fits(user[key])) complain(`auth.user.${key}`, user[key] === undefined ? 'Is required' : text.must)
  for (const key of ['username', 'tenantId'] as const) {
    if (user[key] !== undefined && user[key] !== null && !text.fits(user[key])) complain(`auth.user.${key}`, text.must)
  }
  if (typeof user.id === 'string' && user.id.startsWith('service:'))
    complain('auth.user.id', 'Must not start with "service:", which belongs to service tokens')
  if (tenantId !== undefined && typeof user.tenantId === 'string' && user.tenantId !== tenantId)
    complain('tenantId', 'Contradicts auth.user.tenantId')
  try {
    const attributes = plain(Object.fromEntries(Object.entries(user).filter(([, value]) => value !== undefined)), 'auth.user') as Record<
      string,
      Value
    >
    return { ...attributes, ...(tenantId === undefined ? undefined : { tenantId }) } as Settings['user']
  } catch (error) {
    for (const { field, error: told } of (error as DBALError).details.fields ?? []) complain(field, told)
    return undefined
  }
}
