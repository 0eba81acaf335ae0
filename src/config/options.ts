/**
 * The one table of options: name, type, default, sentence, secrecy. Parsing, flags, environment names and the reference page
 * are made from it. Must not know where values come from (load.ts) or what the daemon does with them.
 */

/** Seconds a stored session lives where nothing else is said: a day, as the applications that this serves expect. */
const day = 86_400

export interface Option {
  /**
   * `path` and `url` are made absolute: relative ones start at the configuration file's folder. `seconds` is a whole number.
   * `list` is a list of texts (commas in the environment), `map` a map of texts (file only).
   */
  readonly type: 'text' | 'word' | 'integer' | 'seconds' | 'boolean' | 'path' | 'url' | 'list' | 'map'
  readonly default?: string | number | boolean | readonly string[]
  /** What the default is where it depends on something else. */
  readonly otherwise?: string
  /** One sentence for help and the reference page. */
  readonly text: string
  readonly of?: readonly string[]
  readonly min?: number
  readonly max?: number
  /** As it is written in help, for example `--port <number>`. */
  readonly flag?: string
  /** `value`: may be `file:…` or `enc:…`, and is never shown. `shown`: never shown, but means what it says (a url with a password). */
  readonly secret?: 'value' | 'whole'
  /** Accepted so that a file can be shared with a later version; this one says at start that it does nothing yet. */
  readonly pending?: true
}

const largestPort = 65_535
const hour = 3_600_000

export const options = {
  mode: {
    type: 'word',
    of: ['development', 'production'],
    otherwise: 'development where `server.host` is loopback, else production',
    text: 'Production refuses plain sockets off loopback and never makes demo users.',
  },
  schema: {
    type: 'path',
    otherwise: 'the schema that the package ships',
    flag: '--schema <folder>',
    text: 'Folder with the schema: entities/, operations/, roles.yaml.',
  },

  'server.host': { type: 'text', default: '127.0.0.1', flag: '--host <address>', text: 'Address to listen on; 0.0.0.0 is every IPv4 interface.' },
  'server.port': {
    type: 'integer',
    min: 0,
    max: largestPort,
    default: 50_051,
    flag: '--port <number>',
    text: 'Port of WebSocket, POST /rpc, /health and /metrics; 0 picks a free one.',
  },
  'server.allowed_origins': {
    type: 'list',
    default: [],
    text: "Origins of browser pages that may connect, such as https://app.example.com; pages of the daemon's own address always may.",
  },
  'server.tls.enabled': { type: 'boolean', default: false, text: 'Serve wss:// and https:// instead of plain sockets.' },
  'server.tls.cert_file': { type: 'path', text: 'Certificate chain, PEM.' },
  'server.tls.key_file': { type: 'path', text: 'Private key of the certificate, PEM.' },
  'server.tls.ca_file': { type: 'path', text: 'Authorities of client certificates, PEM; with it, clients must show one.' },

  'database.adapter': {
    type: 'word',
    of: ['sqlite', 'memory', 'postgresql', 'mysql', 'mongodb', 'prisma'],
    otherwise: 'what the url says, else sqlite',
    text: 'Kind of database.',
  },
  'database.url': {
    type: 'url',
    secret: 'whole',
    otherwise: 'file:./.dbal/dev.db',
    flag: '--database <url>',
    text: 'Where the database is: file:./dev.db, :memory:, postgres://…',
  },
  'database.client_module': {
    type: 'path',
    text: 'Of the adapter prisma, instead of a url: a module whose default export is the Prisma client of the application.',
  },
  'database.auto_migrate': { type: 'boolean', otherwise: 'true in development', text: 'Create tables and add columns at start.' },
  'database.pool_size': { type: 'integer', min: 1, max: 1000, default: 20, text: 'Connections held at most.' },
  'database.connection.host': { type: 'text', text: 'Host of the database server, instead of a url.' },
  'database.connection.port': { type: 'integer', min: 1, max: largestPort, text: 'Port of the database server.' },
  'database.connection.database': { type: 'text', text: 'Name of the database.' },
  'database.connection.user': { type: 'text', text: 'User of the database.' },
  'database.connection.password': { type: 'text', secret: 'value', text: 'Password of that user.' },
  'database.connection.ssl_mode': {
    type: 'word',
    of: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'],
    text: 'How far the connection to the database must be trusted.',
  },
  'database.connection.ssl_ca_file': { type: 'path', text: 'Authorities that may vouch for the database server, PEM; default: those of the system.' },
  'database.connection.timeout': { type: 'integer', min: 1, max: hour, text: 'Milliseconds to wait for a connection.' },

  'security.audit_log': {
    type: 'boolean',
    default: true,
    text: 'Keep one line per operation, allowed or denied. A path instead of true also says where.',
  },
  'security.audit_log_path': { type: 'path', default: './.dbal/audit.log', text: 'File of the audit lines.' },
  'security.key_file': {
    type: 'path',
    otherwise: 'the systemd credential dbal.key, where there is one',
    text: 'Key of enc:… values: 32 bytes, or their hex or base64 form.',
  },
  'security.rate_limit.enabled': {
    type: 'boolean',
    otherwise: 'true in production, and where its numbers are set',
    text: 'Limit the calls of each user, or of each address without a user.',
  },
  'security.rate_limit.requests_per_minute': {
    type: 'integer',
    min: 1,
    max: 10_000_000,
    default: 100,
    text: 'Calls a minute that refill the bucket.',
  },
  'security.rate_limit.burst': { type: 'integer', min: 1, max: 10_000_000, default: 20, text: 'Calls that may come at once.' },
  'security.monitoring_token': {
    type: 'text',
    secret: 'value',
    text: 'Whoever shows it as a bearer token may read /metrics and the details of /health from elsewhere than loopback.',
  },
  'security.sandbox': {
    type: 'word',
    of: ['strict', 'permissive', 'disabled'],
    default: 'disabled',
    pending: true,
    text: 'How far the process locks itself in.',
  },

  'session.ttl': { type: 'seconds', min: 1, max: 365 * day, default: day, text: 'Seconds until a login ends.' },
  'auth.jwt.issuer': { type: 'text', text: 'Issuer that a JWT must name; setting it lets JWTs in.' },
  'auth.jwt.audience': { type: 'text', text: 'Audience that a JWT must name.' },
  'auth.jwt.jwks_file': { type: 'path', text: 'Keys of the issuer, as a JWKS file.' },
  'auth.jwt.jwks_url': { type: 'text', text: 'Keys of the issuer, as an https:// address of a JWKS.' },
  'auth.jwt.secret': { type: 'text', secret: 'value', text: 'Shared key of the issuer (HS256), at least 32 bytes.' },
  'auth.jwt.claims': {
    type: 'map',
    text: 'Which claim is which part of the identity, such as {id: sub, role: role, tenantId: tid}; more names become attributes.',
  },

  'acl.rules_file': { type: 'path', text: 'Access rules that replace those of the entity files, entity by entity.' },
  'acl.enforce_row_level': { type: 'boolean', default: true, text: 'Only true is accepted: row rules cannot be switched off.' },
  'acl.cache_ttl': {
    type: 'seconds',
    min: 0,
    max: day,
    default: 300,
    pending: true,
    text: 'Rules are compiled once and never cached past a change.',
  },

  'performance.query_timeout': { type: 'integer', min: 1, max: hour, default: 30_000, text: 'Milliseconds that an operation may take.' },
  'performance.max_query_complexity': { type: 'integer', min: 1, max: 1_000_000, default: 1000, text: 'Cost above which a query is refused.' },
  'performance.transactions.idle_timeout': {
    type: 'integer',
    min: 1,
    max: hour,
    default: 5_000,
    text: 'Milliseconds that an open transaction may wait for its next call; then it is rolled back.',
  },
  'performance.transactions.lease': {
    type: 'integer',
    min: 1,
    max: hour,
    default: 30_000,
    text: 'Milliseconds that an open transaction may last in all; then it is rolled back.',
  },
  'performance.transactions.per_caller': { type: 'integer', min: 1, max: 1000, default: 3, text: 'Transactions that one caller may have open.' },
  'performance.transactions.total': {
    type: 'integer',
    min: 0,
    max: 999,
    otherwise: 'half of `database.pool_size`',
    text: 'Transactions that all callers may have open; each keeps a connection, so it must be less than the pool. 0 refuses them.',
  },
  'performance.cache_enabled': { type: 'boolean', default: false, pending: true, text: 'Answer repeated reads from memory.' },
  'performance.cache_size_mb': { type: 'integer', min: 1, max: 1_000_000, default: 256, pending: true, text: 'Megabytes of that memory.' },

  'logging.level': {
    type: 'word',
    of: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    flag: '--log-level <level>',
    text: 'Least important line that is written.',
  },
  'logging.format': {
    type: 'word',
    of: ['pretty', 'json'],
    default: 'pretty',
    flag: '--log-format <format>',
    text: 'Lines for people or for machines.',
  },
  'logging.slow_query_threshold_ms': {
    type: 'integer',
    min: 0,
    max: hour,
    default: 1000,
    text: 'Milliseconds from which an operation is logged as slow.',
  },
} as const satisfies Readonly<Record<string, Option>>

type Table = typeof options
export type OptionPath = keyof Table

interface Types {
  readonly text: string
  readonly path: string
  readonly url: string
  readonly integer: number
  readonly seconds: number
  readonly boolean: boolean
  readonly list: readonly string[]
  readonly map: Readonly<Record<string, string>>
}

type TypeOf<O extends Option> = O extends { readonly type: 'word'; readonly of: readonly (infer W)[] }
  ? W
  : O['type'] extends keyof Types
    ? Types[O['type']]
    : never

/** Every option by its path. One without a default may be absent. */
export type Settings = {
  readonly [P in OptionPath]: TypeOf<Table[P]> | (Table[P] extends { readonly default: unknown } ? never : undefined)
}

export const optionPaths = Object.keys(options) as readonly OptionPath[]

export function optionOf(path: OptionPath): Option {
  return options[path]
}

export function isOption(path: string): path is OptionPath {
  return Object.hasOwn(options, path)
}

/** Environment name of an option: `server.port` is DBAL_SERVER_PORT. A map has none. */
export function environmentName(path: OptionPath): string | undefined {
  return optionOf(path).type === 'map' ? undefined : `DBAL_${path.replaceAll('.', '_').toUpperCase()}`
}

/** The bare name of an option's flag: `port`. */
export function flagName(path: OptionPath): string | undefined {
  return /^--([a-z-]+)/.exec(optionOf(path).flag ?? '')?.[1]
}
