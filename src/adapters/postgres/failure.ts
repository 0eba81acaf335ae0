/** What PostgreSQL and the way to it complain of, as the errors of the seam. In charge of what may be said about that; must not know how statements run. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Query } from '../../query/ast.ts'
import { beyond } from '../sql/dialects/postgres/codec.ts'
import { fieldsOfColumns, timedOut } from '../sql/errors.ts'
import type { ServerError } from './driver.ts'
import { Lost, Overdue, Refused } from './wire.ts'

/** SQLSTATE of errors after which the whole transaction may succeed if it is run once more. */
const collisions: ReadonlySet<string> = new Set(['40001', '40P01'])
const full = '53300'

/** By SQLSTATE, then by its class. */
const hints: Readonly<Record<string, string>> = {
  '25006': 'The database server only reads: it is a standby, or set to read-only',
  '25P02': 'The transaction has ended; nothing of it was written',
  '28': 'The database server refuses the account: check user and password, and what the server allows from here',
  '3D000': 'There is no such database on the server: create it, or name another',
  '3F000': 'There is no such schema in the database',
  '42501': 'The account lacks a right in the database that this needs',
  '42P01': 'The database lacks a table of the schema: run dbal migrate apply',
  '42703': 'The database lacks a column of the schema: run dbal migrate apply',
  '53100': 'The disk of the database server is full',
  '53200': 'The database server has no memory left',
  [full]: 'The database server takes no more connections: lower database.pool_size, or raise its max_connections',
  '57P01': 'The database server is shutting down',
  '57P02': 'The database server has crashed and restarts',
  '57P03': 'The database server is starting up or shutting down',
}

/** By the code of Node's errors. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'No database server listens at the address',
  ENOTFOUND: 'The host of the database is not known',
  EAI_AGAIN: 'The host of the database could not be looked up',
  EHOSTUNREACH: 'The host of the database cannot be reached',
  ENETUNREACH: 'The host of the database cannot be reached',
  ETIMEDOUT: 'The database server did not answer in time',
  ENOENT: 'There is no socket of a database server in the folder',
  EACCES: 'The socket of the database server may not be used',
}

export function isCollision(error: unknown): boolean {
  return error instanceof Refused && collisions.has(error.told.code)
}

/** The server has no connection to give. */
export function isFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === full
}

/** A statement that was stopped, by its own time limit or by a request that was meant for another one. */
export function isStopped(error: unknown): boolean {
  return error instanceof Refused && error.told.code === '57014'
}

/** A prepared statement that the server no longer has, or has already, or whose tables have changed since. */
export function isStale(error: unknown): boolean {
  return error instanceof Refused && error.stale
}

/** The error for callers of the adapter. `query` says which constraint can have been meant. */
export function translate(error: unknown, query?: Query): Error {
  if (error instanceof DBALError || error instanceof ConstraintError) return error
  if (error instanceof Overdue) return timedOut()
  if (error instanceof Refused) return refused(error.told, query, error)
  if (error instanceof Lost) return lost(error)
  return unreachable(error)
}

/** Whether it happened cannot be known: the answer never came. */
export function unknownOutcome(cause: unknown): DBALError {
  const hint = 'The connection to the database was lost before it answered: the change may or may not have been made'
  return new DBALError('DATABASE_ERROR', { outcome: 'unknown', hint }, { cause })
}

function failed(hint: string | undefined, cause: unknown): DBALError {
  return new DBALError('DATABASE_ERROR', hint === undefined ? {} : { hint }, { cause })
}

function lost(error: Lost): DBALError {
  const told = error.cause as Partial<ServerError> | undefined
  const hint = typeof told?.code === 'string' ? hintOf(told.code) : undefined
  return failed(hint ?? 'The connection to the database was lost; try again', error)
}

const hintOf = (code: string): string | undefined => hints[code] ?? hints[code.slice(0, 2)] ?? reasons[code]

function unreachable(error: unknown): DBALError {
  const { code, message, errors } = (error ?? {}) as { code?: unknown; message?: unknown; errors?: readonly { code?: unknown }[] }
  const known = typeof code === 'string' ? code : typeof errors?.[0]?.code === 'string' ? (errors[0].code as string) : ''
  const text = String(message)
  if (/timeout expired/.test(text)) return failed(reasons['ETIMEDOUT'], error)
  if (/does not support SSL/.test(text)) return failed('The database server offers no TLS; database.connection.ssl_mode asks for it', error)
  if (known === 'ERR_TLS_CERT_ALTNAME_INVALID') return failed('The certificate of the database server is for another name', error)
  if (/CERT|SELF_SIGNED|ISSUER|UNABLE_TO|ERR_SSL|ERR_TLS|EPROTO/.test(known))
    return failed('The certificate of the database server is not to be trusted: check database.connection.ssl_ca_file', error)
  return failed(hintOf(known) ?? 'The database server could not be reached', error)
}

function refused(told: ServerError, query: Query | undefined, cause: Refused): Error {
  const { code } = told
  if (code === '57014') return timedOut()
  if (collisions.has(code))
    return new DBALError('CONFLICT', { reason: 'Others changed the same rows at the same time; try again', retryable: true }, { cause })
  if (code === '42883' && /dbal_/.test(told.message ?? ''))
    return new DBALError(
      'CAPABILITY_NOT_SUPPORTED',
      { hint: 'The database lacks the functions of DBAL: let an account that may create functions run dbal migrate apply' },
      { cause },
    )
  if (query !== undefined) {
    if (code === '22003' && query.kind === 'aggregate') return beyond()
    const constraint = constraintOf(told, query)
    if (constraint !== undefined) return new ConstraintError(...constraint, cause)
  }
  return failed(hintOf(code), cause)
}

type Constraint = ConstructorParameters<typeof ConstraintError> extends [infer Kind, ...unknown[]] ? [Kind, readonly string[]] : never

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function constraintOf(told: ServerError, query: Query): Constraint | undefined {
  const writes = query.kind === 'insert' || query.kind === 'update' || query.kind === 'delete'
  if (!writes) return undefined
  switch (told.code) {
    case '23505':
      return ['unique', columnsOf(told, query)]
    case '23503':
    case '23001':
      return referenceOf(told, query)
    case '23502':
      return ['other', told.table === query.entity.table && told.column !== undefined ? fieldsOfColumns(query.entity, [told.column]) : []]
    case '23514':
      return ['other', checkedBy(told, query)]
    default:
      // Values that the column's type does not have.
      return told.code.startsWith('22') || told.code.startsWith('23') ? ['other', []] : undefined
  }
}

/** `Key (tenant_id, email)=(…) …`, in the words of any language. The values behind are never looked at. */
function columnsOf({ detail = '', table }: ServerError, { entity }: Query): readonly string[] {
  if (table !== undefined && table !== entity.table) return []
  const [, columns = ''] = /\((.*?)\)=\(/.exec(detail) ?? []
  return fieldsOfColumns(entity, columns.split(', '))
}

/** The server names the table that refers, whichever side was written. */
function referenceOf(told: ServerError, query: Query): Constraint {
  if (query.kind === 'delete' || told.table !== query.entity.table) return ['restrict', []]
  const fields = columnsOf(told, query).filter((name) => query.entity.fields.get(name)?.foreignKey !== undefined)
  if (query.kind === 'update' && !query.set.some(({ field }) => fields.includes(field))) return ['restrict', []]
  return ['reference', fields]
}

/** A CHECK is named like its column (model/ddl.ts). */
function checkedBy({ constraint = '' }: ServerError, { entity }: Query): readonly string[] {
  const prefix = `${entity.table}.`
  return constraint.startsWith(prefix) ? fieldsOfColumns(entity, [constraint.slice(prefix.length)]) : []
}
