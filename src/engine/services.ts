/** Everything that lives longer than one call, in one value. In charge of the list of services; each has its own home. */
import type { Adapter } from '../adapter/adapter.ts'
import type { Sink } from '../audit/sink.ts'
import type { Observe } from '../observe/observation.ts'
import type { Seal } from '../query/cursor.ts'
import type { Sessions } from '../session/sessions.ts'
import type { InteractiveLimits, OpenTransactions } from './interactive/open.ts'
import type { World } from './world.ts'

export interface Limits {
  /** Milliseconds a call may take where it asks for no less. */
  readonly queryTimeout: number
  readonly maxComplexity: number
  /** Refuses with seconds to wait, or 0; keys are principals or addresses. Absent: no rate limit. */
  readonly rate?: { take(key: string, items: number): number }
  /** Calls that run at once, in all and of one caller; undefined where there is no place. */
  readonly inFlight: { enter(key: string): (() => void) | undefined }
  /** Attempts per operation and account (`rate_limit` of an operation). */
  readonly attempts: Attempts
  /** Of transactions that callers lead call by call. */
  readonly interactive: InteractiveLimits
}

/** Counts attempts within a window. */
export interface Attempts {
  /** Seconds to wait before another attempt, or 0; the attempt counts at once. */
  take(key: string, max: number, windowSeconds: number): number
  /** A success clears the account's count. */
  clear(key: string): void
}

export interface Passwords {
  /** PHC string of a new hash. Throws VALIDATION_ERROR for a password out of bounds. */
  hash(password: string): Promise<string>
  /** Same work whether `hash` is given or not; false without one. */
  verify(password: string, hash: string | undefined): Promise<boolean>
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that never go back. */
  monotonic(): number
}

export interface Services {
  /** Schema and policy in force; a call keeps the one it began with. */
  world(): World
  readonly adapter: Adapter
  readonly sink: Sink
  readonly observe: Observe
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly seal: Seal
  readonly transactions: OpenTransactions
  readonly limits: Limits
  readonly clock: Clock
}
