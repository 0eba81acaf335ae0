/** What the caller's thread and a database thread say to each other. In charge of the form of messages; must not know who sends them. */
import type { Physical } from '../sql/dialect.ts'
import type { Raw } from '../sql/run/plan.ts'
import type { Failure } from './failure.ts'

/** One statement. Calls of one tick travel as one message: a list. */
export interface Call {
  readonly id: number
  readonly text: string
  readonly values: readonly Physical[]
  readonly rows: boolean
  /** Milliseconds on `steady()`. */
  readonly deadline?: number
  /** The statement belongs to an open transaction and must not run without it. */
  readonly inTransaction: boolean
}

export interface Reply {
  readonly id: number
  readonly raw?: Raw
  readonly failure?: Failure
}

/** A clock that all threads share, in milliseconds; `performance.now()` begins anew in each. */
export function steady(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
