/** A MySQL or MariaDB database as a target of migrations, with a connection of its own. In charge of its lock and settings; must not know plans. */
import type { ServerOptions } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import { mysqlDialect } from '../sql/dialects/mysql/dialect.ts'
import { collationOf, type Flavour, flavourOf } from '../sql/dialects/mysql/flavour.ts'
import { createFold, foldName } from '../sql/dialects/mysql/fold.ts'
import type { OwnTarget } from '../sql/migrate/target.ts'

/** Seconds that a change waits for a table: everybody who comes behind it waits too. */
const tableWait = 10
const modes = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

interface Connection {
  query(query: string | { readonly sql: string; readonly rowsAsArray?: boolean }, values?: readonly unknown[]): Promise<unknown>
  end(): Promise<void>
}

/** What the adapter knows of reaching its server: host, account, TLS. */
export type Reached = Readonly<Record<string, unknown>>

/** DATABASE_ERROR with a hint where the server cannot be reached. */
export async function openMysqlTarget(reached: Reached): Promise<OwnTarget> {
  const { createConnection } = await import('mariadb')
  let connection: Connection
  try {
    const options = { ...reached, bigIntAsNumber: true, multipleStatements: false } as unknown as Parameters<typeof createConnection>[0]
    connection = (await createConnection(options)) as unknown as Connection
  } catch (cause) {
    throw new DBALError(
      'DATABASE_ERROR',
      { hint: 'The database server cannot be reached, or does not let this user in; `dbal doctor` tells more' },
      { cause },
    )
  }
  try {
    const [[version, database] = []] = (await connection.query({ sql: 'SELECT VERSION(), DATABASE()', rowsAsArray: true })) as unknown[][]
    const flavour = flavourOf(String(version))
    await connection.query(`SET SESSION sql_mode = '${modes}', time_zone = '+00:00', lock_wait_timeout = ${tableWait}`)
    await connection.query(`SET NAMES utf8mb4 COLLATE ${collationOf(flavour)}`)
    return targetOf(connection, flavour, String(database))
  } catch (cause) {
    await connection.end().catch(() => undefined)
    throw new DBALError('DATABASE_ERROR', {}, { cause })
  }
}

/** What the options of the adapter say, in the words of the driver. */
export function plainReach(options: ServerOptions): Reached {
  const url = options.url === undefined ? undefined : new URL(options.url)
  const named = url === undefined ? undefined : decodeURIComponent(url.pathname.slice(1))
  return {
    host: url?.hostname ?? options.host ?? 'localhost',
    port: url === undefined ? (options.port ?? 3306) : Number(url.port === '' ? 3306 : url.port),
    database: named === '' ? options.database : (named ?? options.database),
    user: url === undefined || url.username === '' ? options.user : decodeURIComponent(url.username),
    password: url === undefined || url.password === '' ? options.password : decodeURIComponent(url.password),
    connectTimeout: options.connectTimeout ?? 5000,
  }
}

function targetOf(connection: Connection, flavour: Flavour, database: string): OwnTarget {
  const say = async (sql: string, values: readonly Physical[] = []): Promise<void> => {
    await connection.query(sql, values)
  }
  // At most 64 characters; a server has one space of them.
  const name = `dbal ${database}`.slice(0, 64)
  return {
    dialect: mysqlDialect(flavour),
    execute: say,
    query: async (sql, values = []) => (await connection.query({ sql, rowsAsArray: true }, values)) as unknown[][],
    records: async (sql, values = []) => (await connection.query(sql, values)) as Record<string, unknown>[],
    async lock(wait) {
      const [[got] = []] = (await connection.query({ sql: 'SELECT GET_LOCK(?, ?)', rowsAsArray: true }, [
        name,
        Math.ceil(wait / 1000),
      ])) as unknown[][]
      if (Number(got) === 1) return
      throw new DBALError('DATABASE_ERROR', {
        hint: `Somebody else has been migrating this database for ${Math.round(wait / 1000)} s; try again when it is done`,
      })
    },
    unlock: () => say('SELECT RELEASE_LOCK(?)', [name]).catch(() => undefined),
    begin: () => say('START TRANSACTION'),
    commit: () => say('COMMIT'),
    rollback: () => say('ROLLBACK'),
    async equip() {
      const found = await connection.query('SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = ?', [
        foldName,
      ])
      if ((found as unknown[]).length === 0) await say(createFold(flavour))
    },
    close: () => connection.end(),
  }
}
