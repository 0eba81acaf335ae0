/** MariaDB behind a Prisma client: its manner, its complaints and its version. Must not know queries or tables of the schema. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Query } from '../../query/ast.ts'
import { isCollision, refusesOrder, translate } from '../mysql/failure.ts'
import { isLost } from '../mysql/hints.ts'
import type { Dialect } from '../sql/dialect.ts'
import { sortedCharacters } from '../sql/dialects/mysql/dialect.ts'
import { collationOf, type Flavour, flavourOf, isSupported, titleOf } from '../sql/dialects/mysql/flavour.ts'
import { type ForeignColumns, foreignKey } from '../sql/dialects/mysql/stored.ts'
import { fieldsOfColumns } from '../sql/errors.ts'
import { asking } from '../sql/run/asking.ts'
import type { PrismaClientLike, RawClient } from './client.ts'
import type { Manner, Use } from './engine.ts'
import { type Complaint, complaintOf, translatorBy } from './failure.ts'
import type { Names } from './names.ts'

/**
 * What adapters/mysql tells its sessions. These are the application's, so that each statement says it for itself. What a statement is
 * written in (quotes, escapes) is not among it: nothing here depends on that.
 */
const always = `sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`
const whenReading = [
  `group_concat_max_len = 4294967295`,
  `max_sort_length = ${sortedCharacters * 4}`,
  `sort_buffer_size = ${16 * 1024 * 1024}`,
  `max_recursive_iterations = 4294967295`,
  `optimizer_switch = 'partial_match_rowid_merge=off,partial_match_table_scan=off'`,
]
const told = 'SET STATEMENT '
/** Seconds; nothing is no limit. */
const leastTime = 0.001

function within(text: string, left: number | undefined): string {
  const limit = left === undefined ? [] : [`max_statement_time = ${Math.max(leastTime, left / 1000).toFixed(3)}`]
  const variables = [always, ...limit, ...(text.startsWith('INSERT') || text.startsWith(told) ? [] : whenReading)].join(', ')
  // One list of variables is all that a statement may have.
  return text.startsWith(told) ? `${told}${variables}, ${text.slice(told.length)}` : `${told}${variables} FOR ${text}`
}

/** The driver's own error, as adapters/mysql knows it. */
class Told extends Error {
  readonly errno: number
  readonly sqlMessage: string
  constructor({ originalCode = '', originalMessage = '' }: Complaint, cause: unknown) {
    super('The server refused', { cause })
    this.errno = Number(originalCode)
    this.sqlMessage = originalMessage
  }
}

const driverError = (error: unknown): object => {
  const complaint = complaintOf(error)
  return complaint?.originalCode === undefined ? ((error ?? {}) as object) : new Told(complaint, error)
}

/** Stopped by the limit of time, or by somebody. */
const stopped: ReadonlySet<string> = new Set(['1317', '1969'])
const isolations: Readonly<Record<Use, 'RepeatableRead' | 'Serializable'>> = {
  single: 'Serializable',
  read: 'RepeatableRead',
  write: 'Serializable',
  serial: 'Serializable',
}

export function mariadbManner(dialect: Dialect, names: Names): Manner {
  const judged = (complaint: Complaint, cause: unknown, query: Query | undefined): Error => {
    const index = complaint.originalCode === '1062' ? complaint.constraint?.index : undefined
    const named = index === undefined || query === undefined ? undefined : names.of(index, query.entity.table)
    if (named !== undefined && query !== undefined) return new ConstraintError('unique', fieldsOfColumns(query.entity, named.columns), cause)
    return translate(complaint.originalCode === undefined ? cause : new Told(complaint, cause), query)
  }
  const lost = (error: unknown): boolean => complaintOf(error)?.originalCode === undefined || isLost(driverError(error))
  return {
    backend: { dialect, translate: translatorBy(judged), cascadesUncounted: true, refusesOrder },
    asking: asking.mysql,
    habits: {
      lock: () => undefined,
      // A deadlock has rolled all back already; of the others nobody knows how much is left.
      after: (error) => (isCollision(driverError(error)) || lost(error) || stopped.has(complaintOf(error)?.originalCode ?? '') ? 'over' : 'goes on'),
      within,
    },
    isolation: (use) => isolations[use],
    alone: () => true,
    collided: (error) => isCollision(driverError(error)),
    clashed: () => false,
    answered: (error) => !lost(error),
  }
}

export interface MariadbFacts {
  readonly flavour: Flavour
  readonly title: string
}

/** CAPABILITY_NOT_SUPPORTED for what has not been measured. */
export async function mariadbFacts(client: RawClient): Promise<MariadbFacts> {
  const [row] = (await client.$queryRawUnsafe('SELECT VERSION() AS c0')) as readonly { readonly c0: string }[]
  const version = String(row?.c0)
  const flavour = flavourOf(version)
  if (flavour.kind !== 'mariadb' || !isSupported(flavour)) {
    const hint = 'Behind a Prisma client of the provider mysql MariaDB 10.6 or later is served; for MySQL use the adapter mysql'
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
  }
  return { flavour, title: titleOf(version) }
}

/** Texts of tables that others made may compare in ways of their own. */
export async function foreignColumns(client: PrismaClientLike, flavour: Flavour): Promise<ForeignColumns> {
  const text = `SELECT TABLE_NAME AS c0, COLUMN_NAME AS c1, COLLATION_NAME AS c2 FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND COLLATION_NAME IS NOT NULL AND COLLATION_NAME <> ?`
  const rows = (await client.$queryRawUnsafe(text, collationOf(flavour))) as readonly Readonly<Record<string, string>>[]
  return new Map(rows.map(({ c0, c1, c2 }) => [foreignKey(String(c0), String(c1)), String(c2)]))
}
