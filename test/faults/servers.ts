/**
 * What fault tests do to a server behind DBAL's back: block a table, count what runs, take rights away. In charge of each server's words
 * for it; must not know what is being proved.
 */
import type { DatabaseName } from '../support/databases.ts'

export type Sql = Exclude<DatabaseName, 'mongodb'>
export const sqlServers = ['postgresql', 'mysql'] as const satisfies readonly Sql[]

export type Cells = readonly (readonly unknown[])[]

/** A connection of the test's own, with the driver alone. */
export interface Hand {
  say(statement: string): Promise<Cells>
  end(): Promise<void>
}

interface Words {
  /** From then on every statement about the table waits, reads too, until `release`. */
  readonly block: (table: string) => readonly string[]
  readonly release: readonly string[]
  /** Statements that sessions of others run now, in the database that the hand is in. */
  readonly running: string
  /** Sessions of others with an open transaction that does nothing. */
  readonly idling: string
  /** Makes all sessions that begin from now on read only, and the opposite. */
  readonly readOnly: (database: string) => readonly string[]
  readonly writable: (database: string) => readonly string[]
  /** An account that may read the database and nothing more. */
  readonly reader: (database: string, name: string, password: string) => readonly string[]
  readonly dropReader: (name: string) => readonly string[]
  /** A condition that takes as many milliseconds as the column says, and then holds. */
  readonly takes: (column: string) => string
}

export const words: Readonly<Record<Sql, Words>> = {
  postgresql: {
    block: (table) => ['BEGIN', `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`],
    release: ['ROLLBACK'],
    running:
      "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    idling: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    readOnly: (database) => [`ALTER DATABASE ${database} SET default_transaction_read_only = on`],
    writable: (database) => [`ALTER DATABASE ${database} SET default_transaction_read_only = off`],
    reader: (database, name, password) => [
      `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
      `GRANT CONNECT ON DATABASE ${database} TO ${name}`,
      `GRANT USAGE ON SCHEMA public TO ${name}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`,
    ],
    dropReader: (name) => [`DROP OWNED BY ${name}`, `DROP ROLE ${name}`],
    takes: (column) => `pg_sleep(${column} / 1000.0) IS NOT NULL`,
  },
  mysql: {
    block: (table) => [`LOCK TABLES ${table} WRITE`],
    release: ['UNLOCK TABLES'],
    running:
      "SELECT info FROM information_schema.processlist WHERE db = DATABASE() AND command IN ('Query', 'Execute') AND info IS NOT NULL AND id <> CONNECTION_ID()",
    idling:
      "SELECT t.trx_mysql_thread_id FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND p.command = 'Sleep'",
    readOnly: () => ['SET GLOBAL read_only = 1'],
    writable: () => ['SET GLOBAL read_only = 0'],
    reader: (database, name, password) => [
      `CREATE USER ${name}@'127.0.0.1' IDENTIFIED BY '${password}'`,
      `GRANT SELECT ON ${database}.* TO ${name}@'127.0.0.1'`,
    ],
    dropReader: (name) => [`DROP USER ${name}@'127.0.0.1'`],
    // Interrupted, it says 1 and goes on.
    takes: (column) => `SLEEP(${column} / 1000.0) >= 0`,
  },
}

export async function handOn(kind: Sql, url: string): Promise<Hand> {
  return kind === 'postgresql' ? postgresHand(url) : mysqlHand(url)
}

async function postgresHand(url: string): Promise<Hand> {
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return {
    say: async (text) => (await client.query({ text, rowMode: 'array' })).rows as Cells,
    end: () => client.end(),
  }
}

async function mysqlHand(url: string): Promise<Hand> {
  const { createConnection } = await import('mariadb')
  const { hostname, port, username, password, pathname } = new URL(url)
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    rowsAsArray: true,
  })
  connection.on('error', () => undefined)
  return {
    say: async (sql) => {
      const answer: unknown = await connection.query(sql)
      return Array.isArray(answer) ? (answer as Cells) : []
    },
    end: () => connection.end().catch(() => connection.destroy()),
  }
}

export async function sayAll(hand: Hand, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await hand.say(statement)
}

/** Asks until it is so. A fault that never shows is a failure of the test, with what was seen last. */
export async function until<T>(ask: () => Promise<T> | T, holds: (seen: T) => boolean, what: string, patience = 20_000): Promise<T> {
  const end = performance.now() + patience
  for (;;) {
    const seen = await ask()
    if (holds(seen)) return seen
    if (performance.now() > end) throw new Error(`Not in ${patience} ms: ${what}; last seen ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
