/** SQLite's complaints as the errors of the seam. In charge of what may be said about them; must not know how statements run. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Query } from '../../query/ast.ts'
import { fieldsOfColumns, timedOut } from '../sql/errors.ts'
import { DeadlinePassed } from './functions.ts'

/** How a statement failed, as plain data that can cross threads. */
export interface Failure {
  readonly kind: 'deadline' | 'lost' | 'driver'
  /** SQLite's extended result code; 0 where there is none. */
  readonly code: number
  /** The driver's own words: for logs, never for callers. */
  readonly text: string
}

export class StatementFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.text)
    this.failure = failure
  }
}

/** The transaction that the statement belongs to is gone: rolled back by the database, or its thread ended. */
export const lost: Failure = { kind: 'lost', code: 0, text: 'The transaction has ended' }

export function failureOf(error: unknown): Failure {
  if (error instanceof StatementFailure) return error.failure
  if (error instanceof DeadlinePassed) return { kind: 'deadline', code: 0, text: 'deadline' }
  const { errcode, message } = error as { errcode?: unknown; message?: unknown }
  return { kind: 'driver', code: typeof errcode === 'number' ? errcode : 0, text: String(message) }
}

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const busy = 5
const locked = 6
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const constraint = 19
const notADatabase = 26

const hints: Readonly<Record<number, string>> = {
  [busy]: 'The database is locked by another process; try again',
  [locked]: 'The database is locked by another process; try again',
  [readOnly]: 'The database file cannot be written; check its permissions',
  [ioError]: 'The disk reported an error while the database was read or written',
  [corrupt]: 'The database file is damaged; restore it from a backup',
  [full]: 'The disk is full',
  [cannotOpen]: 'The database file cannot be opened; check that its folder exists and may be written',
  [notADatabase]: 'The file is not a SQLite database',
}

/** The error for callers of the adapter. `query` says which constraint can have been meant. */
export function translate(error: unknown, query?: Query): Error {
  if (error instanceof DBALError || error instanceof ConstraintError) return error
  const failure = failureOf(error)
  if (failure.kind === 'deadline') return timedOut()
  const primary = failure.code & 0xff
  if (primary === constraint && query !== undefined) return constraintError(failure, query, error)
  const hint = failure.kind === 'lost' ? 'The transaction has ended; nothing of it was written' : hints[primary]
  return new DBALError('DATABASE_ERROR', hint === undefined ? {} : { hint }, { cause: error })
}

/** SQLITE_CONSTRAINT_* (sqlite.org/rescode.html#extrc). A reference says SQLITE_CONSTRAINT_FOREIGNKEY, or _TRIGGER from an action. */
const primaryKey = 1555
const unique = 2067
const foreignKey = 787
const trigger = 1811

function constraintError(failure: Failure, query: Query, cause: unknown): ConstraintError {
  const { code, text } = failure
  if (code === unique || code === primaryKey) return new ConstraintError('unique', fieldsOf(text, query), cause)
  if (code === foreignKey || code === trigger) {
    return query.kind === 'delete' ? new ConstraintError('restrict', [], cause) : new ConstraintError('reference', referencesOf(query), cause)
  }
  return new ConstraintError('other', fieldsOf(text, query), cause)
}

/** SQLite does not say which reference; where only one was written it is that one. */
function referencesOf(query: Query): readonly string[] {
  const written = query.kind === 'insert' ? query.fields : query.kind === 'update' ? query.set.map((set) => set.field) : []
  const references = written.filter((name) => query.entity.fields.get(name)?.foreignKey !== undefined)
  return references.length === 1 ? references : []
}

/** `UNIQUE constraint failed: users.tenant_id, users.email` names columns behind the colon; a CHECK is named like its column (ddl.ts). */
function fieldsOf(text: string, query: Query): readonly string[] {
  const { entity } = query
  const list = text.slice(text.indexOf(': ') + 2).split(', ')
  const prefix = `${entity.table}.`
  return fieldsOfColumns(
    entity,
    list.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
  )
}
