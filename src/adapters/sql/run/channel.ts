/** What runs statements and what plans them, seen from each other. In charge of that seam; must not know a database. */
import type { Answer, Args, Query } from '../../../query/ast.ts'
import type { Dialect, Physical } from '../dialect.ts'

/** Rows, or how many were affected. */
export type Raw = Physical[][] | number

/** A statement's text. */
export interface Text {
  readonly text: string
  readonly rows: boolean
  /** It visits few rows, found by a key: it may share a connection with others. */
  readonly quick?: boolean
  /** What the connection that ran it last wants to find again: its prepared form, its name. */
  prepared?: unknown
  /** Whose `prepared` it is. */
  owner?: unknown
}

/** What plans need to know of a database. */
export interface Backend {
  readonly dialect: Dialect
  /** The error for callers of the adapter. `query` says which constraint can have been meant. */
  translate(error: unknown, query?: Query): Error
  /** A bulk delete does not count a row of its filter that a cascade of the same statement has taken before. */
  readonly cascadesUncounted: boolean
  /** Could the rows of the deletion that failed go in another order? Absent where it never matters. */
  refusesOrder?(error: unknown): boolean
}

/** Runs statements in one place, in the order of the calls. */
export interface Channel {
  /** The statements are part of a transaction; one that is undone leaves nothing behind. */
  readonly within?: true
  run(text: Text, values: readonly Physical[], deadline: number | undefined): Raw | Promise<Raw>
}

export interface Plan {
  readonly writes: boolean
  /** Statements that belong together and need a transaction of their own where there are several. */
  steps(args: Args): number
  run(channel: Channel, args: Args, deadline: number | undefined): Answer | Promise<Answer>
}
