/** A PostgreSQL database as a target of migrations, with a connection of its own. In charge of its lock and settings; must not know plans. */
import type { ServerOptions } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import { postgresDialect } from '../sql/dialects/postgres/dialect.ts'
import { helperFunctions } from '../sql/dialects/postgres/functions.ts'
import type { OwnTarget } from '../sql/migrate/target.ts'
import { translate } from './failure.ts'
import { reachOf, tlsOf } from './options.ts'

/** Told apart from locks of others: the first of the two numbers of the advisory lock. */
const lockClass = 0xdba1
/** Milliseconds that a change waits for a table: everybody who comes behind it waits too. */
const tableWait = 10_000

/** As the server writes values: the dialect's codecs read that. */
const asText = {
  getTypeParser:
    () =>
    (value: string): string =>
      value,
}

interface Client {
  connect(): Promise<unknown>
  end(): Promise<void>
  on(event: 'error', listener: () => void): unknown
  query(
    query: string | { readonly text: string; readonly values?: readonly unknown[]; readonly rowMode?: 'array'; readonly types?: typeof asText },
  ): Promise<{ readonly rows: unknown[] }>
}

/** DATABASE_ERROR with a hint where the server cannot be reached. */
export async function openPostgresTarget(options: ServerOptions): Promise<OwnTarget> {
  const reach = reachOf(options)
  const client = await connected(reach)
  const say = async (text: string, values: readonly Physical[] = []): Promise<void> => {
    await client.query(values.length === 0 ? text : { text, values })
  }
  try {
    await say("SET TimeZone = 'UTC'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning")
    if (reach.schema !== undefined) await say("SELECT set_config('search_path', quote_ident($1), false)", [reach.schema])
    await say(`SET lock_timeout = ${tableWait}`)
  } catch (cause) {
    await client.end().catch(() => undefined)
    throw translate(cause)
  }
  return targetOf(client, say)
}

async function connected(reach: ReturnType<typeof reachOf>): Promise<Client> {
  try {
    return await dial(reach, tlsOf(reach))
  } catch (error) {
    const plain = reach.sslMode === 'prefer' && /does not support SSL/.test(String((error as Error).message))
    const cause = plain ? await dial(reach, false).catch((again: unknown) => again) : error
    if (isClient(cause)) return cause
    throw translate(cause)
  }
}

function isClient(found: unknown): found is Client {
  return !(found instanceof Error)
}

async function dial(
  { host, port, database, user, password, connectTimeout }: ReturnType<typeof reachOf>,
  ssl: ReturnType<typeof tlsOf>,
): Promise<Client> {
  const { default: pg } = await import('pg')
  const account = { host, port, database, user, password }
  const settings = { ...account, ssl, connectionTimeoutMillis: connectTimeout, keepAlive: true, application_name: 'dbal migrate' }
  const client = new pg.Client(settings as ConstructorParameters<typeof pg.Client>[0]) as unknown as Client
  // Without a listener, a connection that is lost between two statements would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  return client
}

function targetOf(client: Client, say: (text: string, values?: readonly Physical[]) => Promise<void>): OwnTarget {
  // Of the schema that tables are made in: two of them in one database are two databases to DBAL.
  const key = `${lockClass}, hashtext(current_schema())`
  return {
    dialect: postgresDialect,
    execute: say,
    query: async (text, values = []) => (await client.query({ text, values, rowMode: 'array', types: asText })).rows as unknown[][],
    records: async (text, values = []) => (await client.query({ text, values })).rows as Record<string, unknown>[],
    async lock(wait) {
      await say(`SET lock_timeout = ${Math.trunc(wait)}`)
      try {
        await say(`SELECT pg_advisory_lock(${key})`)
      } catch (cause) {
        throw new DBALError(
          'DATABASE_ERROR',
          { hint: `Somebody else has been migrating this database for ${Math.round(wait / 1000)} s; try again when it is done` },
          { cause },
        )
      }
      await say(`SET lock_timeout = ${tableWait}`)
    },
    // The end of the connection frees it too.
    unlock: () => say(`SELECT pg_advisory_unlock(${key})`).catch(() => undefined),
    begin: () => say('BEGIN'),
    commit: () => say('COMMIT'),
    rollback: () => say('ROLLBACK'),
    async equip() {
      for (const { text } of helperFunctions()) await say(text)
    },
    close: () => client.end(),
  }
}
