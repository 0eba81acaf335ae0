/** PostgreSQL behind a Prisma client: its manner, its complaints and its version. Must not know queries or tables of the schema. */
import type { Query } from '../../query/ast.ts'
import type { ServerError } from '../postgres/driver.ts'
import { translate } from '../postgres/failure.ts'
import { Lost, Refused } from '../postgres/wire.ts'
import type { Dialect } from '../sql/dialect.ts'
import { asking } from '../sql/run/asking.ts'
import type { PrismaClientLike } from './client.ts'
import type { Manner, Use } from './engine.ts'
import { type Complaint, complaintOf, translatorBy } from './failure.ts'
import type { Names } from './names.ts'

const collisions: ReadonlySet<string> = new Set(['40001', '40P01'])
/** Kinds that the driver tells instead of a code. */
const codes: Readonly<Record<string, string>> = { DatabaseNotReachable: 'ECONNREFUSED', SocketTimeout: 'ETIMEDOUT' }

const codeOf = (error: unknown): string => complaintOf(error)?.originalCode ?? ''
const quotedIn = (message: string): readonly string[] => [...message.matchAll(/"((?:""|[^"])*)"/g)].map(([, name = '']) => name.replaceAll('""', '"'))

/** The server's error as it was before the driver made it shorter; names of constraints say the rest. */
function serverError(complaint: Complaint, query: Query | undefined, names: Names): ServerError {
  const { originalCode: code = '', originalMessage: message = '', constraint, table } = complaint
  const name = constraint?.index
  const error = { code, message, ...(name === undefined ? {} : { constraint: name }) }
  const own = query?.entity
  if (code === '23505' || code === '23503' || code === '23001') {
    const named = name === undefined ? undefined : names.of(name, table ?? tableIn(message, name, names) ?? own?.table)
    const columns = named?.columns ?? constraint?.fields
    const of = table ?? named?.table ?? own?.table
    return { ...error, ...(of === undefined ? {} : { table: of }), ...(columns === undefined ? {} : { detail: `Key (${columns.join(', ')})=()` }) }
  }
  if (own === undefined) return error
  if (code === '23502') {
    const column = quotedIn(message).find((word) => [...own.fields.values()].some((field) => field.column === word))
    return { ...error, table: own.table, ...(column === undefined ? {} : { column }) }
  }
  const check = code === '23514' ? quotedIn(message).find((word) => word.startsWith(`${own.table}.`)) : undefined
  return check === undefined ? error : { ...error, constraint: check }
}

/** Constraints of several tables may have one name; the message names the table that has it. */
function tableIn(message: string, name: string, names: Names): string | undefined {
  return quotedIn(message).findLast((word) => names.of(name, word)?.table === word)
}

const isolations: Readonly<Record<Use, 'RepeatableRead' | 'Serializable' | undefined>> = {
  single: undefined,
  read: 'RepeatableRead',
  write: 'RepeatableRead',
  serial: 'Serializable',
}

export function postgresManner(dialect: Dialect, names: Names): Manner {
  const judged = (complaint: Complaint, cause: unknown, query: Query | undefined): Error => {
    const code = complaint.originalCode ?? codes[complaint.kind ?? '']
    if (code === undefined) return translate(Object.assign(new Lost('The driver lost the connection'), { cause }))
    return translate(Object.assign(new Refused(serverError({ ...complaint, originalCode: code }, query, names), 0), { cause }), query)
  }
  return {
    backend: { dialect, translate: translatorBy(judged), cascadesUncounted: true },
    asking: asking.postgresql,
    habits: {
      lock: () => undefined,
      after: () => 'stuck',
      limit: (left) => ({ text: "SELECT set_config('statement_timeout', $1::text, true) AS c0", rows: true, values: [String(left)] }),
    },
    isolation: (use) => isolations[use],
    // Others are stopped by the server, which can be told so within a transaction only.
    alone: ({ quick }) => quick === true,
    collided: (error) => collisions.has(codeOf(error)),
    clashed: (error) => codeOf(error) === '23505',
    answered: (error) => codeOf(error) !== '',
  }
}

export async function postgresVersion(client: PrismaClientLike): Promise<string> {
  const rows = (await client.$queryRawUnsafe("SELECT current_setting('server_version') AS c0")) as readonly { readonly c0: string }[]
  return `PostgreSQL ${String(rows[0]?.c0).split(' ')[0]}`
}
