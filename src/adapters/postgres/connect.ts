/** How a connection is made and how another one tells the server to stop what it does. In charge of both within their time; must not know pools. */
import { DBALError } from '../../errors/error.ts'
import { type Driver, type DriverClient, isKnown, loadDriver } from './driver.ts'
import { type Reach, tlsOf } from './options.ts'
import { Wire } from './wire.ts'

/** The oldest version with everything that statements use (json paths). */
const oldest = 12
/** Milliseconds after which a session is ended whose program stopped within a transaction, so that its locks go. */
const idleInTransaction = 60_000
/** Milliseconds that a cancel request may take; what it was about is over by then. */
const cancelTimeout = 5000

/** Answers as text that says every value exactly; plans for many short statements. */
function setup({ statementTimeout, schema }: Reach): string {
  const settings: Readonly<Record<string, string>> = {
    TimeZone: "'UTC'",
    DateStyle: "'ISO, YMD'",
    extra_float_digits: '3',
    bytea_output: "'hex'",
    standard_conforming_strings: 'on',
    default_transaction_isolation: "'read committed'",
    client_min_messages: "'error'",
    statement_timeout: String(statementTimeout),
    idle_in_transaction_session_timeout: String(idleInTransaction),
    jit: 'off',
    // The parts of a union come one after the other: a page behind its total keeps its order.
    enable_parallel_append: 'off',
    ...(schema === undefined ? {} : { search_path: `"${schema.replaceAll('"', '""')}"` }),
  }
  return Object.entries(settings)
    .map(([name, value]) => `SET ${name} = ${value}`)
    .join('; ')
}

/** A connection that is ready. Rejects with what the driver or the server said, or a DBALError. `gone` is told when it has ended. */
export async function connect(reach: Reach, gone: (wire: Wire) => void): Promise<Wire> {
  const driver = await loadDriver()
  try {
    return await attempt(driver, reach, gone)
  } catch (error) {
    // What a server without TLS answers; with any other mode than `prefer` that is the end.
    if (reach.sslMode !== 'prefer' || !/does not support SSL/.test(String(error))) throw error
    return attempt(driver, { ...reach, sslMode: 'disable' }, gone)
  }
}

async function attempt(driver: Driver, reach: Reach, gone: (wire: Wire) => void): Promise<Wire> {
  const { host, port, database, user, password, connectTimeout } = reach
  const started = performance.now()
  const client = new driver.Client({
    host,
    port,
    database,
    user,
    // The driver would look for one in the home folder.
    password: password ?? '',
    ssl: tlsOf(reach),
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    application_name: 'dbal',
  })
  client.on('error', () => undefined)
  if (!isKnown(client))
    throw new DBALError('DATABASE_ERROR', { hint: 'The installed version of the package pg is not one that DBAL knows; install version 8' })
  const parameters = new Map<string, string>()
  client.connection.on('parameterStatus', (told: { parameterName: string; parameterValue: string }) => {
    parameters.set(told.parameterName, told.parameterValue)
  })
  await client.connect()
  try {
    refuseUnfit(parameters)
    await within(client, Math.max(connectTimeout - (performance.now() - started), 1), client.query(setup(reach)))
  } catch (error) {
    client.connection.stream.destroy()
    throw error
  }
  const wire: Wire = new Wire(
    client,
    parameters,
    () => cancel(driver, reach, client),
    () => gone(wire),
  )
  wire.timeout = reach.statementTimeout
  return wire
}

function refuseUnfit(parameters: ReadonlyMap<string, string>): void {
  const encoding = parameters.get('server_encoding')
  if (encoding !== undefined && encoding !== 'UTF8')
    throw new DBALError('DATABASE_ERROR', { hint: 'The PostgreSQL database must have the encoding UTF8, so that every text can be stored' })
  if (Number.parseInt(parameters.get('server_version') ?? '', 10) < oldest)
    throw new DBALError('DATABASE_ERROR', { hint: `PostgreSQL ${oldest} or newer is needed` })
}

async function within<T>(client: DriverClient, ms: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => client.connection.stream.destroy(new Error('timeout expired')), ms)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** On a socket of its own, as the protocol has it. Whether it helped is seen by the statement. */
function cancel(driver: Driver, reach: Reach, { processID, secretKey }: DriverClient): void {
  const ssl = tlsOf(reach)
  const connection = new driver.Connection({ ssl })
  const timer = setTimeout(() => connection.stream.destroy(), cancelTimeout)
  timer.unref()
  connection.on('error', () => connection.stream.destroy())
  connection.on('end', () => clearTimeout(timer))
  connection.on('connect', () => {
    if (ssl === false) connection.cancel(processID, secretKey)
    else connection.requestSsl()
  })
  connection.on('sslconnect', () => connection.cancel(processID, secretKey))
  if (reach.host.startsWith('/')) connection.connect(`${reach.host}/.s.PGSQL.${reach.port}`)
  else connection.connect(reach.port, reach.host)
}
