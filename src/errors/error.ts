/** The one error type that callers see. Knows the table of codes; must not know SQL, entities or doors. */
import { type ErrorName, errorTable } from './table.ts'

/** Complaint about one input field: `field` is a path such as `filter.email` or `data.role`. */
export interface FieldError {
  readonly field: string
  readonly error: string
}

export interface ErrorDetails {
  readonly fields?: readonly FieldError[]
  /** Public sentence that says why, and where it helps, what to do. */
  readonly reason?: string
  /** Seconds until a retry can succeed (RATE_LIMIT_EXCEEDED). */
  readonly retryAfter?: number
  /** What to use instead (CAPABILITY_NOT_SUPPORTED) or to try next. */
  readonly hint?: string
  /** `unknown`: the write may or may not have happened; the idempotency key answers it. */
  readonly outcome?: 'unknown'
  /** Of an error whose code does not say so: the same call may succeed if it is made again. */
  readonly retryable?: true
  readonly [key: string]: unknown
}

/** What travels on the wire in `error` (contract: wire protocol). */
export interface PublicError {
  readonly code: number
  readonly name: ErrorName
  readonly message: string
  readonly details?: ErrorDetails
  readonly requestId?: string
}

export class DBALError extends Error {
  override readonly name = 'DBALError'
  /** The name of the error, for example `NOT_FOUND`. */
  readonly code: ErrorName
  /** The number that belongs to the name, for example 404. */
  readonly status: number
  readonly details: ErrorDetails
  requestId: string | undefined

  constructor(code: ErrorName, details: ErrorDetails = {}, options: { message?: string; cause?: unknown; requestId?: string } = {}) {
    const row = errorTable[code]
    super(options.message ?? row.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = row.status
    this.details = details
    this.requestId = options.requestId
  }

  /** True where the same call may succeed later without any change: always for some codes, of others where the details say so. */
  get retryable(): boolean {
    return errorTable[this.code].retryable || this.details.retryable === true
  }

  /** The only form that leaves the process: never a stack, a cause or driver text. */
  toPublic(): PublicError {
    return {
      code: this.status,
      name: this.code,
      message: this.message,
      ...(Object.keys(this.details).length > 0 ? { details: this.details } : {}),
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
    }
  }

  toJSON(): PublicError {
    return this.toPublic()
  }

  static fromPublic(e: PublicError): DBALError {
    const known = Object.hasOwn(errorTable, e.name) ? e.name : 'INTERNAL_ERROR'
    return new DBALError(known, e.details ?? {}, { message: e.message, ...(e.requestId === undefined ? {} : { requestId: e.requestId }) })
  }
}

/** VALIDATION_ERROR about one or more named places. */
export function invalid(...fields: readonly FieldError[]): DBALError {
  return new DBALError('VALIDATION_ERROR', { fields })
}
