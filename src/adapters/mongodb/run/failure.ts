/** The driver's complaints as the errors of the seam. In charge of what may be said about them; must not know how statements run. */
import { ConstraintError } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Entity } from '../../../schema/entity.ts'
import { foldedMember, hasFolded, memberOf } from '../compile/scope.ts'

interface Complaint {
  readonly name?: string
  readonly code?: number | string
  readonly keyPattern?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  readonly hasErrorLabel?: (label: string) => boolean
}

/** Codes of the server (its error_codes.yml). */
const duplicateKey = 11000
const invalidDocument = 121
const immutable = 66
/** Write conflict, a transaction that one has ended, a snapshot that is no longer kept. */
const met: ReadonlySet<unknown> = new Set([112, 251, 246])
const late: ReadonlySet<unknown> = new Set([50, 262])
const tooLarge: ReadonlySet<unknown> = new Set([10334, 17419, 17420, 146, 292])

const hints: Readonly<Record<string, string>> = {
  13: 'The account may not do this in the database; give it the role readWrite',
  18: 'The database server refused the name or password; check database.user and database.password',
  388: 'The transaction is too large for the cache of the database server; write fewer rows at once, or give it a larger cache',
  8000: 'The database server refused the name or password; check database.user and database.password',
  10107: 'The member of the replica set that answered may not be written; name the set in the url (replicaSet=…)',
  13435: 'The member of the replica set that answered may not be read; name the set in the url (replicaSet=…)',
  MongoServerSelectionError: 'No database server can be reached there; check host, port, TLS and the name of the replica set',
  MongoNetworkError: 'The connection to the database server was lost; try again',
  MongoNetworkTimeoutError: 'The database server did not answer in time; try again',
  MongoWaitQueueTimeoutError: 'All connections to the database are in use; try again, or raise database.pool_size',
  MongoPoolClearedError: 'The connection to the database server was lost; try again',
  MongoParseError: 'The url of the database is not one of MongoDB: mongodb://host:27017/name?replicaSet=…',
  MongoTopologyClosedError: 'The database has been closed',
  MongoNotConnectedError: 'The database has been closed',
}

export function isTransient(error: unknown): boolean {
  const complaint = error as Complaint
  return typeof complaint?.hasErrorLabel === 'function' && complaint.hasErrorLabel('TransientTransactionError')
}

/** The commit was sent and nobody knows what became of it. */
export function isUnknownCommit(error: unknown): boolean {
  const complaint = error as Complaint
  return typeof complaint?.hasErrorLabel === 'function' && complaint.hasErrorLabel('UnknownTransactionCommitResult')
}

export function isTooLarge(error: unknown): boolean {
  return tooLarge.has((error as Complaint | undefined)?.code)
}

export function isDuplicate(error: unknown): boolean {
  return (error as Complaint).code === duplicateKey
}

export function collision(cause: unknown): DBALError {
  if (cause instanceof DBALError && cause.code === 'CONFLICT' && cause.retryable) return cause
  return new DBALError('CONFLICT', { reason: 'Others changed the same rows at the same time; try again', retryable: true }, { cause })
}

export function timedOut(): DBALError {
  return new DBALError('TIMEOUT')
}

/** The error for callers of the adapter. `entity` says whose constraint can have been meant. */
export function translate(error: unknown, entity?: Entity): Error {
  if (error instanceof DBALError || error instanceof ConstraintError) return error
  const { name = '', code, keyPattern } = (error ?? {}) as Complaint
  if (late.has(code) || name === 'AbortError' || name === 'TimeoutError' || name === 'MongoOperationTimeoutError')
    return new DBALError('TIMEOUT', {}, { cause: error })
  if (code === duplicateKey) return new ConstraintError('unique', fieldsOf(entity, Object.keys(keyPattern ?? {})), error)
  if (code === invalidDocument || code === immutable) return new ConstraintError('other', [], error)
  if (met.has(code)) return collision(error)
  const hint = hintOf(error)
  return new DBALError('DATABASE_ERROR', hint === undefined ? {} : { hint }, { cause: error })
}

/** An account that is refused shows as the cause of a server that cannot be chosen. */
function hintOf(error: unknown): string | undefined {
  const { code, cause, name = '' } = error as Complaint
  if (code !== undefined && hints[code] !== undefined) return hints[code]
  const below = typeof cause === 'object' && cause !== null ? (cause as Complaint).code : undefined
  return (below === undefined ? undefined : hints[below]) ?? hints[name]
}

function fieldsOf(entity: Entity | undefined, members: readonly string[]): readonly string[] {
  if (entity === undefined) return []
  return members.flatMap((member) =>
    [...entity.fields.values()]
      .filter((field) => memberOf(field) === member || (hasFolded(field) && foldedMember(field) === member))
      .map((field) => field.name),
  )
}
