/**
 * Wires an engine from names: the only file that turns the name of an adapter into one, and that reads schema and rules for it.
 * Must not know command lines, sockets or how a client is configured.
 */
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Adapter } from '../adapter/adapter.ts'
import type { ServerOptions } from '../adapter/server.ts'
import type { PrismaClientLike } from '../adapters/prisma/adapter.ts'
import { createFileSink, type FileSink } from '../audit/file-sink.ts'
import type { Sink } from '../audit/sink.ts'
import type { Config } from '../config/load.ts'
import type { Settings } from '../config/options.ts'
import { readSchemaFolder, readShipped } from '../config/schema-files.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import type { InteractiveLimits } from '../engine/interactive/open.ts'
import { DBALError } from '../errors/error.ts'
import { createTokenBuckets } from '../limit/token-bucket.ts'
import { type Observe, unobserved } from '../observe/observation.ts'
import type { Policy } from '../policy/policy.ts'
import { loadPolicy } from '../policy/rules.ts'
import type { Schema } from '../schema/entity.ts'
import { parseSchema } from '../schema/parse.ts'

/** What an engine is made of, in names and numbers. Absent members take the engine's defaults. */
export interface Setup {
  /** Folder of the schema; the shipped one where absent. */
  readonly schema?: string
  readonly rulesFile?: string
  readonly adapter: NonNullable<Settings['database.adapter']>
  readonly url?: string
  /** What is known of a database server beside its url. */
  readonly server?: ServerOptions
  /** Of the adapter prisma: the application's own client, or the module that has one as its default. */
  readonly client?: PrismaClientLike
  readonly clientModule?: string
  /** `worker`: statements never block the event loop (the daemon). `inline`: fastest alone. */
  readonly threads: 'inline' | 'worker'
  /** Bring the tables up to date; otherwise a database that is behind is refused. */
  readonly migrate: boolean
  readonly auditFile?: string
  readonly observe?: Observe
  readonly queryTimeout?: number
  readonly maxComplexity?: number
  readonly rate?: { readonly perMinute: number; readonly burst: number }
  /** Of transactions that callers lead call by call. */
  readonly interactive?: Partial<InteractiveLimits>
  readonly sessionTtlMs?: number
  readonly jwt?: NonNullable<NonNullable<Parameters<typeof createEngine>[0]['sessions']>['jwt']>
}

/** The setup that a configuration asks for. Commands that do not serve leave limits, audit of others' calls and threads aside. */
export function setupOf({ settings }: Config, door: 'daemon' | 'command', observe?: Observe): Setup {
  const {
    schema,
    'acl.rules_file': rulesFile,
    'database.url': url,
    'security.audit_log_path': auditFile,
    'database.client_module': clientModule,
  } = settings
  const jwt = jwtOf(settings)
  return {
    adapter: settings['database.adapter'] ?? 'sqlite',
    threads: door === 'daemon' ? 'worker' : 'inline',
    migrate: settings['database.auto_migrate'] ?? false,
    queryTimeout: settings['performance.query_timeout'],
    maxComplexity: settings['performance.max_query_complexity'],
    sessionTtlMs: settings['session.ttl'] * 1000,
    interactive: interactiveOf(settings),
    ...(schema === undefined ? {} : { schema }),
    ...(rulesFile === undefined ? {} : { rulesFile }),
    ...(url === undefined ? {} : { url }),
    ...(clientModule === undefined ? {} : { clientModule }),
    server: serverOf(settings),
    ...(observe === undefined ? {} : { observe }),
    ...(jwt === undefined ? {} : { jwt }),
    ...(settings['security.audit_log'] ? { auditFile: door === 'daemon' ? auditFile : commandAuditFile(auditFile) } : {}),
    ...(door === 'daemon' && settings['security.rate_limit.enabled']
      ? { rate: { perMinute: settings['security.rate_limit.requests_per_minute'], burst: settings['security.rate_limit.burst'] } }
      : {}),
  }
}

function interactiveOf(settings: Settings): Partial<InteractiveLimits> {
  const total = settings['performance.transactions.total']
  return {
    idle: settings['performance.transactions.idle_timeout'],
    whole: settings['performance.transactions.lease'],
    perCaller: settings['performance.transactions.per_caller'],
    ...(total === undefined ? {} : { total }),
  }
}

function serverOf(settings: Settings): ServerOptions {
  const file = settings['database.connection.ssl_ca_file']
  const given = {
    host: settings['database.connection.host'],
    port: settings['database.connection.port'],
    database: settings['database.connection.database'],
    user: settings['database.connection.user'],
    password: settings['database.connection.password'],
    sslMode: settings['database.connection.ssl_mode'],
    sslCa: file === undefined ? undefined : readText(file, 'database.connection.ssl_ca_file'),
    connectTimeout: settings['database.connection.timeout'],
  }
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ServerOptions
  const statementTimeout = settings['performance.query_timeout']
  return { ...known, poolSize: settings['database.pool_size'], ...(statementTimeout === undefined ? {} : { statementTimeout }) }
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new DBALError('VALIDATION_ERROR', { reason: `${option}: the file ${file} cannot be read` }, { cause })
  }
}

/** Commands run beside a daemon, and a hash chain has one writer: `audit.log` is the daemon's, `audit.command.log` theirs. */
function commandAuditFile(path: string): string {
  const end = extname(path)
  return `${path.slice(0, path.length - end.length)}.command${end}`
}

function jwtOf(settings: Settings): Setup['jwt'] {
  const {
    'auth.jwt.issuer': issuer,
    'auth.jwt.audience': audience,
    'auth.jwt.secret': secret,
    'auth.jwt.jwks_url': jwksUrl,
    'auth.jwt.jwks_file': jwksFile,
    'auth.jwt.claims': claims,
  } = settings
  if (issuer === undefined) return undefined
  return {
    issuer,
    ...(audience === undefined ? {} : { audience }),
    ...(secret === undefined ? {} : { secret }),
    ...(jwksUrl === undefined ? {} : { jwksUrl }),
    ...(jwksFile === undefined ? {} : { readJwks: () => readFile(jwksFile, 'utf8') }),
    ...(claims === undefined ? {} : { claims }),
  }
}

/** Schema and policy from their files. VALIDATION_ERROR with every mistake as `file:line:column`. */
export function loadContract(folder?: string, rulesFile?: string): { readonly schema: Schema; readonly policy: Policy } {
  const { files, shipped, internal } = readShipped()
  const schema = folder === undefined ? parseSchema(files, { internal }) : parseSchema(readSchemaFolder(folder), { shipped, internal })
  return { schema, policy: loadPolicy(schema, rulesFile === undefined ? undefined : readRules(rulesFile)) }
}

function readRules(file: string): { readonly path: string; readonly text: string } {
  try {
    return { path: basename(file), text: readFileSync(file, 'utf8') }
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it cannot be read'
    throw new DBALError('VALIDATION_ERROR', { reason: `The rules file ${file}: ${why}` })
  }
}

/** An engine with what a door wants to know about the ground it stands on. */
export interface Opened extends Engine {
  /** Name and version of the database, by a round trip to it. */
  probe(): Promise<string>
  gauges(): Readonly<Record<string, number>>
  /** Can the audit log be kept? Undefined where there is none. */
  auditHealthy(): boolean | undefined
}

/** Opens database and audit log and wires the engine. Whatever fails, nothing stays open. */
export async function openEngine(setup: Setup): Promise<Opened> {
  const { schema, policy } = loadContract(setup.schema, setup.rulesFile)
  const sink = setup.auditFile === undefined ? undefined : openSink(setup.auditFile, setup.observe ?? unobserved)
  let adapter: Adapter | undefined
  try {
    adapter = await openAdapter(setup)
    // A database in memory is new each time: there is nothing that could be behind.
    await adapter.prepare(schema, setup.migrate || setup.adapter === 'memory' ? 'apply' : 'check')
    const open = adapter
    return { ...wire(setup, schema, policy, open, sink), probe: () => open.probe(), gauges: () => open.gauges(), auditHealthy: () => sink?.healthy }
  } catch (error) {
    await adapter?.close().catch(() => undefined)
    await sink?.close().catch(() => undefined)
    throw error
  }
}

/** DATABASE_ERROR, with the path for the operator, where the log cannot be opened: nothing is served unaudited. */
function openSink(path: string, observe: Observe): FileSink {
  try {
    return createFileSink({ path, onFault: (error) => observe({ kind: 'fault', where: 'audit', error }) })
  } catch (cause) {
    const reason = `The audit log ${path} cannot be opened; name another with security.audit_log_path, or mend it`
    throw new DBALError('DATABASE_ERROR', { reason, hint: cause instanceof Error ? cause.message : String(cause) }, { cause })
  }
}

/** As the table of options says. */
const usualPool = 20

/** Half of the pool: others go on meanwhile. An embedded database has one writer, for whom all wait alike. */
function interactiveLimits({ adapter, server, interactive }: Setup): Partial<InteractiveLimits> {
  const half = Math.floor((server?.poolSize ?? usualPool) / 2)
  const total = interactive?.total ?? (adapter === 'sqlite' || adapter === 'memory' ? Math.max(1, half) : half)
  return { perCaller: total, ...interactive, total }
}

function wire(setup: Setup, schema: Schema, policy: Policy, adapter: Adapter, sink: Sink | undefined): Engine {
  const { observe, queryTimeout, maxComplexity, rate, sessionTtlMs, jwt } = setup
  return createEngine({
    schema,
    policy,
    adapter,
    ...(sink === undefined ? {} : { sink }),
    ...(observe === undefined ? {} : { observe }),
    limits: {
      interactive: interactiveLimits(setup),
      ...(queryTimeout === undefined ? {} : { queryTimeout }),
      ...(maxComplexity === undefined ? {} : { maxComplexity }),
      ...(rate === undefined ? {} : { rate: createTokenBuckets({ ...rate, monotonic: () => performance.now() }) }),
    },
    sessions: { ...(sessionTtlMs === undefined ? {} : { ttlMs: sessionTtlMs }), ...(jwt === undefined ? {} : { jwt }) },
  })
}

/** DATABASE_ERROR or CAPABILITY_NOT_SUPPORTED with a hint where there is no such adapter here or its database cannot be opened. */
export async function openAdapter(setup: Pick<Setup, 'adapter' | 'url' | 'server' | 'threads' | 'client' | 'clientModule'>): Promise<Adapter> {
  const { adapter, url, server, threads, client, clientModule } = setup
  const reached = { ...server, ...(url === undefined ? {} : { url }) }
  // Drivers are loaded when they are asked for: nobody needs all of them.
  switch (adapter) {
    case 'memory': {
      const { createMemoryAdapter } = await import('../adapters/memory/memory.ts')
      return createMemoryAdapter()
    }
    case 'sqlite': {
      const { createSqliteAdapter } = await import('../adapters/sqlite/adapter.ts')
      return createSqliteAdapter({ url: makeRoom(url ?? ':memory:'), mode: url === undefined || url.endsWith(':memory:') ? 'inline' : threads })
    }
    case 'postgresql': {
      const { createPostgresAdapter } = await import('../adapters/postgres/adapter.ts')
      return createPostgresAdapter(reached)
    }
    case 'mysql': {
      const { createMysqlAdapter } = await import('../adapters/mysql/adapter.ts')
      return createMysqlAdapter(reached)
    }
    case 'mongodb': {
      const { createMongodbAdapter } = await import('../adapters/mongodb/adapter.ts')
      return createMongodbAdapter(reached)
    }
    case 'prisma': {
      const { createPrismaAdapter, clientOfModule } = await import('../adapters/prisma/adapter.ts')
      if (client !== undefined) return createPrismaAdapter({ client })
      if (clientModule === undefined)
        throw new DBALError('VALIDATION_ERROR', {
          reason: 'The adapter prisma needs database.client_module, a module whose default export is the client',
        })
      return createPrismaAdapter({ client: await clientOfModule(pathToFileURL(clientModule).href, clientModule), owned: true })
    }
  }
}

const fileReasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  ENOENT: 'its folder cannot be made there',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
}

/** Step by step: the recursive mkdir of Node never returns where the system answers ENOENT below a folder that exists, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** A database file that is not there yet, and its folder, readable by their owner only; SQLite gives its journal the same bits. */
export function makeRoom(url: string): string {
  if (!url.startsWith('file:') || url.startsWith('file://') || url === 'file::memory:') return url
  const file = url.slice('file:'.length)
  try {
    makeFolder(dirname(file))
    closeSync(openSync(file, constants.O_CREAT | constants.O_RDWR, 0o600))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new DBALError('DATABASE_ERROR', { reason: `The database file ${file} cannot be opened: ${fileReasons[code ?? ''] ?? code}` }, { cause })
  }
  return url
}
