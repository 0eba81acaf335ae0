/**
 * A connection to a live database that only reads its catalogue, from a url. In charge of drivers and of failures as clear errors;
 * must not know what is read. Nothing of a url but host and database is ever said: the rest may be a secret.
 */
import { existsSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { urlTrust } from '../adapter/trust.ts'
import type { Catalog, CatalogRow, Read } from '../catalog/catalog.ts'
import { readMysqlCatalog } from '../catalog/mysql.ts'
import { readPostgresCatalog } from '../catalog/postgres.ts'
import { readSqliteCatalog } from '../catalog/sqlite.ts'
import { lookAtValues, type Seen, unseen } from '../catalog/sqlite-values.ts'
import { DBALError } from '../errors/error.ts'

export interface Live {
  readonly catalog: Catalog
  /** Of SQLite's values; empty elsewhere. */
  readonly seen: Seen
}

/** Milliseconds until a server has to have answered, and until a statement is stopped. */
const connectTimeout = 10_000
const statementTimeout = 30_000

/** The catalogue behind a url. DATABASE_ERROR with a hint where it cannot be had, VALIDATION_ERROR for a url of no known kind. */
export async function readLive(url: string): Promise<Live> {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase()
  try {
    if (scheme === 'file') return await fromSqlite(url)
    if (scheme === 'postgres' || scheme === 'postgresql') return { catalog: await fromPostgres(parsed(url)), seen: unseen }
    if (scheme === 'mysql' || scheme === 'mariadb') return { catalog: await fromMysql(parsed(url)), seen: unseen }
  } catch (error) {
    throw error instanceof DBALError ? error : failure(error, scheme === 'file' ? 'the database file' : parsed(url).host)
  }
  throw new DBALError('VALIDATION_ERROR', { reason: 'The url has to start with file:, postgres:// or mysql://' })
}

function parsed(url: string): URL {
  try {
    return new URL(url)
  } catch {
    throw new DBALError('VALIDATION_ERROR', { reason: 'The url is none: it has the form postgres://user:password@host:5432/database' })
  }
}

async function fromSqlite(url: string): Promise<Live> {
  const path = url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
  if (!existsSync(path)) throw new DBALError('DATABASE_ERROR', { reason: `There is no database file ${path}` })
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(path, { readOnly: true, timeout: connectTimeout })
  try {
    const read: Read = async (sql, params = []) => db.prepare(sql).all(...params) as CatalogRow[]
    // One snapshot of all that is read.
    db.exec('BEGIN')
    const catalog = await readSqliteCatalog(read)
    return { catalog, seen: await lookAtValues(read, catalog.tables) }
  } finally {
    db.close()
  }
}

async function fromPostgres(url: URL): Promise<Catalog> {
  const { default: pg } = await driver('pg', () => import('pg'))
  const params = url.searchParams
  const schema = params.get('schema')
  const client = new pg.Client({
    host: decodeURIComponent(url.hostname),
    port: url.port === '' ? 5432 : Number(url.port),
    ...account(url),
    database: nameOf(url),
    connectionTimeoutMillis: secondsOf(params.get('connect_timeout')) ?? connectTimeout,
    statement_timeout: statementTimeout,
    ssl: tlsOf(params),
    application_name: 'dbal introspect',
  })
  // Without a listener, a connection that is lost between two statements would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    if (schema !== null) await client.query("SELECT set_config('search_path', quote_ident($1), true)", [schema])
    return await readPostgresCatalog(async (sql, values = []) => (await client.query(sql, [...values])).rows as CatalogRow[])
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function fromMysql(url: URL): Promise<Catalog> {
  const { createConnection } = await driver('mariadb', () => import('mariadb'))
  const params = url.searchParams
  const tls = tlsOf(params)
  const connection = await createConnection({
    host: decodeURIComponent(url.hostname),
    port: url.port === '' ? 3306 : Number(url.port),
    ...account(url),
    database: nameOf(url),
    connectTimeout: secondsOf(params.get('connect_timeout')) ?? connectTimeout,
    socketTimeout: statementTimeout,
    ...(tls === false ? {} : { ssl: tls }),
    bigIntAsNumber: true,
  })
  try {
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
    return await readMysqlCatalog(async (sql, values = []) => (await connection.query(sql, [...values])) as CatalogRow[])
  } finally {
    await connection.end().catch(() => undefined)
  }
}

/** Drivers are installed by those who need them. */
async function driver<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new DBALError('DATABASE_ERROR', { reason: `The driver of this database is not installed`, hint: `npm install ${name}` }, { cause })
  }
}

function account(url: URL): { readonly user?: string; readonly password?: string } {
  return {
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  }
}

function nameOf(url: URL): string {
  const name = decodeURIComponent(url.pathname.slice(1))
  if (name === '') throw new DBALError('VALIDATION_ERROR', { reason: 'The url names no database: it ends in /database' })
  return name
}

function secondsOf(text: string | null): number | undefined {
  const seconds = Number(text)
  return text === null || !(seconds > 0) ? undefined : seconds * 1000
}

/** As adapters mean them (adapter/trust.ts), but that nothing falls back to plain text: `prefer` and `require` encrypt without asking who answers. */
function tlsOf(params: URLSearchParams): false | (SecureContextOptions & { rejectUnauthorized: boolean; checkServerIdentity?: () => undefined }) {
  const { sslMode, sslCa } = urlTrust(params)
  if (sslMode === undefined || sslMode === 'disable') return false
  const ca = sslCa === undefined ? {} : { ca: sslCa }
  if (sslMode === 'verify-full') return { rejectUnauthorized: true, ...ca }
  if (sslMode === 'verify-ca') return { rejectUnauthorized: true, checkServerIdentity: () => undefined, ...ca }
  return { rejectUnauthorized: false, ...ca }
}

/** What a driver's code means, in words that may be shown. The driver's own may name users and paths. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; check host and port',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it closed the connection',
  ER_CONNECTION_TIMEOUT: 'it did not answer in time',
  '28P01': 'user or password is wrong',
  '28000': 'this user may not log in from here',
  '3D000': 'there is no such database',
  '42501': 'this user may not read the catalogue',
  '57014': 'a statement took longer than 30 seconds',
  ER_ACCESS_DENIED_ERROR: 'user or password is wrong',
  ER_DBACCESS_DENIED_ERROR: 'this user may not use the database',
  ER_BAD_DB_ERROR: 'there is no such database',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody known; name the authority with sslrootcert',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody known; name the authority with sslrootcert',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody known; name the authority with sslrootcert',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SQLITE_ERROR: 'it is no SQLite database, or cannot be read',
}

function failure(cause: unknown, where: string): DBALError {
  const { code, message = '', errors } = (cause ?? {}) as { code?: unknown; message?: string; errors?: readonly { code?: string }[] }
  const known = reasons[String(code)] ?? reasons[String(errors?.[0]?.code)]
  const unsaid = /SSL|TLS/.test(message)
    ? 'it refuses an encrypted connection; check sslmode'
    : /timeout/i.test(message)
      ? 'it did not answer in time'
      : 'it refused'
  return new DBALError('DATABASE_ERROR', { reason: `The catalogue of ${where} could not be read: ${known ?? unsaid}` }, { cause })
}
