/** What Prisma and the database behind it complain of, as the errors of the seam. In charge of what may be said about that; must not know how statements run. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Query } from '../../query/ast.ts'
import { fieldsOfColumns, timedOut } from '../sql/errors.ts'

/** The deadline passed while a statement waited or ran. */
export class Overdue extends Error {}
/** The transaction that a statement belongs to is gone. */
export class Gone extends Error {}

/** What a driver of Prisma says behind its error. */
export interface Complaint {
  readonly kind?: string
  readonly originalCode?: string
  readonly originalMessage?: string
  readonly constraint?: { readonly fields?: readonly string[]; readonly index?: string }
  readonly table?: string
}

/** Errors of raw statements carry it; those of beginning and ending a transaction are it. */
export function complaintOf(error: unknown): Complaint | undefined {
  const { meta, cause } = (error ?? {}) as { meta?: { driverAdapterError?: { cause?: unknown } }; cause?: unknown }
  const found = meta?.driverAdapterError?.cause ?? cause
  return typeof found === 'object' && found !== null ? (found as Complaint) : undefined
}

/** P2028: Prisma could not begin, or has ended the transaction itself. */
export function isOfTransaction(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'P2028'
}

/** Which constraint a driver's complaint is of, with the columns that it names; undefined where it is of none. */
export type Judge = (complaint: Complaint) => { readonly kind: 'unique' | 'reference' | 'other'; readonly columns: readonly string[] } | undefined

/** Words for a caller about a complaint that is of no constraint. */
export type Hint = (complaint: Complaint) => string | undefined

const busy = 'Every connection is held by a transaction; keep transactions short, or try again'

type Translate = (error: unknown, query?: Query) => Error

export function translator(judge: Judge, hint: Hint): Translate {
  return translatorBy((complaint, error, query) => {
    const found = query === undefined ? undefined : judge(complaint)
    if (found === undefined || query === undefined) return failed(hint(complaint), error)
    return constraintError(found, query, error)
  })
}

/** What is Prisma's own is said here; `judged` says what the database's complaint is. */
export function translatorBy(judged: (complaint: Complaint, error: unknown, query: Query | undefined) => Error): Translate {
  return (error, query) => {
    if (error instanceof DBALError || error instanceof ConstraintError) return error
    if (error instanceof Overdue) return timedOut()
    if (error instanceof Gone) return failed('The transaction has ended; nothing of it was written', error)
    if (isOfTransaction(error)) return failed(busy, error)
    const complaint = complaintOf(error)
    return complaint === undefined ? failed(undefined, error) : judged(complaint, error, query)
  }
}

/** The answer to a COMMIT never came. */
export function unknownOutcome(cause: unknown): DBALError {
  const hint = 'The connection to the database was lost before it answered: the change may or may not have been made'
  return new DBALError('DATABASE_ERROR', { outcome: 'unknown', hint }, { cause })
}

function failed(hint: string | undefined, cause: unknown): DBALError {
  return new DBALError('DATABASE_ERROR', hint === undefined ? {} : { hint }, { cause })
}

function constraintError({ kind, columns }: NonNullable<ReturnType<Judge>>, query: Query, cause: unknown): ConstraintError {
  if (kind === 'reference' && query.kind === 'delete') return new ConstraintError('restrict', [], cause)
  const fields = fieldsOfColumns(query.entity, columns)
  if (kind === 'reference' && fields.length === 0) return new ConstraintError('reference', onlyReference(query), cause)
  return new ConstraintError(kind, fields, cause)
}

/** Where a database does not say which reference it was and only one was written, it is that one. */
function onlyReference(query: Query): readonly string[] {
  const written = query.kind === 'insert' ? query.fields : query.kind === 'update' ? query.set.map((set) => set.field) : []
  const references = written.filter((name) => query.entity.fields.get(name)?.foreignKey !== undefined)
  return references.length === 1 ? references : []
}
