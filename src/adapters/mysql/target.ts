/** A MySQL or MariaDB database as a target of migrations, with a connection of its own. In charge of its lock and settings; must not know plans. */
import type { ServerOptions } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import { mysqlDialect } from '../sql/dialects/mysql/dialect.ts'
import { collationOf, type Flavour, flavourOf } from '../sql/dialects/mysql/flavour.ts'
import { createFold, foldName } from '../sql/dialects/mysql/fold.ts'
import type { OwnTarget } from '../sql/migrate/target.ts'
import { openDriver } from './driver.ts'
import { translate } from './failure.ts'
import { settingsOf } from './options.ts'

/** Seconds that a change waits for a table: everybody who comes behind it waits too. */
const tableWait = 10
const modes = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

interface Connection {
  query(query: string | { readonly sql: string; readonly rowsAsArray?: boolean }, values?: readonly unknown[]): Promise<unknown>
  end(): Promise<void>
}

/** The account may not make functions, or the server wants more than that for its log. */
const noFunctions: ReadonlySet<number> = new Set([1044, 1227, 1370, 1418, 1419])
/** Another one that starts was faster. */
const alreadyThere = 1304

/** DATABASE_ERROR with a hint where the server cannot be reached. */
export async function openMysqlTarget(options: ServerOptions): Promise<OwnTarget> {
  let connection: Connection | undefined
  try {
    connection = (await openDriver(settingsOf(options), { rowsAsArray: false, bigIntAsNumber: true })) as unknown as Connection
    const [[version, database] = []] = (await connection.query({ sql: 'SELECT VERSION(), DATABASE()', rowsAsArray: true })) as unknown[][]
    const flavour = flavourOf(String(version))
    await connection.query(`SET SESSION sql_mode = '${modes}', time_zone = '+00:00', lock_wait_timeout = ${tableWait}`)
    // Making a large table anew takes as long as it takes.
    if (flavour.kind === 'mariadb') await connection.query('SET SESSION max_statement_time = 0')
    await connection.query(`SET NAMES utf8mb4 COLLATE ${collationOf(flavour)}`)
    return targetOf(connection, flavour, String(database))
  } catch (error) {
    await connection?.end().catch(() => undefined)
    throw translate(error)
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
      if ((found as unknown[]).length > 0) return
      // Without it, comparing without case is what the adapter says it cannot do.
      await say(createFold(flavour)).catch((error: { readonly errno?: number }) => {
        if (error.errno !== alreadyThere && !noFunctions.has(error.errno ?? 0)) throw error
      })
    },
    close: () => connection.end(),
  }
}
