/** What every connection is told first, and that it was understood. In charge of the session's variables; must not know statements of callers. */
import { DBALError } from '../../errors/error.ts'
import { sortedCharacters } from '../sql/dialects/mysql/dialect.ts'
import { collationOf, type Flavour, flavourOf, isSupported } from '../sql/dialects/mysql/flavour.ts'
import type { DriverConnection } from './driver.ts'

const mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
/** Room for as many sort keys at once as a sort needs, each as long as max_sort_length lets it be. */
const sortBuffer = 16 * 1024 * 1024
const largest = 4_294_967_295
/** MariaDB 10.11 answers `NULL IN (SELECT … )` over no rows with NULL when a statement runs the second time, unless these ways are closed to it. */
const reliable = 'partial_match_rowid_merge=off,partial_match_table_scan=off'

export interface SessionFacts {
  readonly flavour: Flavour
  /** The server's own words, such as `10.11.19-MariaDB`. */
  readonly version: string
  /** Bytes that one statement may have. */
  readonly largestPacket: number
}

/** DATABASE_ERROR with a hint where the server is too old or does not take what it is told. */
export async function setUp(connection: DriverConnection, statementTimeout: number): Promise<SessionFacts> {
  const version = connection.serverVersion()
  const flavour = flavourOf(version)
  if (!isSupported(flavour)) throw new DBALError('DATABASE_ERROR', { hint: 'The server is too old: MariaDB 10.6 or MySQL 8.0 is needed' })
  const collation = collationOf(flavour)
  // Sent together; each waits for the one before.
  const [, , , rows] = await Promise.all([
    connection.query(`SET NAMES utf8mb4 COLLATE ${collation}`),
    // A transaction that reads is told otherwise when it begins; a single SELECT is a snapshot of its own in any case.
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE'),
    connection.query(`SET SESSION ${variables(flavour, statementTimeout).join(', ')}`),
    connection.query(
      'SELECT @@sql_mode, @@time_zone, @@collation_connection, @@max_sort_length, @@foreign_key_checks, @@max_allowed_packet',
    ) as Promise<readonly (readonly unknown[])[]>,
  ])
  const [modes, zone, understood, sortLength, references, packet] = (rows[0] ?? []).map(String)
  const strict = modes?.split(',').includes('STRICT_ALL_TABLES') === true
  if (!strict || zone !== '+00:00' || understood !== collation || Number(sortLength) !== sortedCharacters * 4 || references !== '1')
    throw new DBALError('DATABASE_ERROR', { hint: 'The server does not keep what a session tells it; connect without a proxy in between' })
  return { flavour, version, largestPacket: Number(packet) }
}

function variables({ kind }: Flavour, statementTimeout: number): string[] {
  const seconds = statementTimeout / 1000
  const common = [
    `sql_mode = '${mode}'`,
    "time_zone = '+00:00'",
    'autocommit = 1',
    'foreign_key_checks = 1',
    'unique_checks = 1',
    'sql_safe_updates = 0',
    'sql_select_limit = DEFAULT',
    `group_concat_max_len = ${largest}`,
    `max_sort_length = ${sortedCharacters * 4}`,
    `sort_buffer_size = ${sortBuffer}`,
    `innodb_lock_wait_timeout = ${Math.max(1, Math.ceil(seconds))}`,
  ]
  const own =
    kind === 'mariadb'
      ? [
          `max_statement_time = ${seconds}`,
          'check_constraint_checks = 1',
          `max_recursive_iterations = ${largest}`,
          `optimizer_switch = '${reliable}'`,
        ]
      : [`max_execution_time = ${Math.ceil(statementTimeout)}`, `cte_max_recursion_depth = ${largest}`]
  return [...common, ...own]
}
