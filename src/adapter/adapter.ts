/**
 * The seam between the engine and a database. In charge of the contract that every backend keeps; knows no database and no rule.
 *
 * An adapter
 * - accepts only queries that carry the mark (it calls `assertAuthorized` first) and memoises its statement by the query object;
 * - binds values, never writes them into text; decodes what it reads into logical values (contract 2.2);
 * - answers exactly what the memory adapter answers, or declares the capability missing;
 * - throws `ConstraintError` for uniqueness and references, DBALError TIMEOUT past the deadline (the statement is stopped,
 *   the connection usable), DBALError DATABASE_ERROR for anything else of the database, with the driver's error as `cause` only;
 * - in a transaction shows its own writes, and hides them from others until commit; a throw of `work` rolls all back.
 */
import type { Answer, Args, Query } from '../query/ast.ts'
import type { Authorized } from '../query/authorized.ts'
import type { Schema } from '../schema/entity.ts'
import type { Capabilities } from './capabilities.ts'

export interface RunOptions {
  /** Milliseconds on the monotonic clock (`performance.now()`) after which the statement must end. */
  readonly deadline?: number
  readonly signal?: AbortSignal
  /** Of a transaction: its work must not run a second time. */
  readonly once?: boolean
  /** Of a transaction that writes: what it read must still hold when it commits, in rows that it did not write too (positions, rings). */
  readonly serial?: boolean
}

/** Runs authorised queries; one alone is its own snapshot. */
export interface Session {
  run(query: Authorized<Query>, args: Args, options?: RunOptions): Answer | Promise<Answer>
}

export interface Transaction extends Session {
  /** Undo only what `work` did if it throws; the transaction goes on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>
}

/** What a query is to its database. */
export interface Described {
  /** The statement, values as placeholders. Where several belong together, the first. */
  readonly text: string
  /** How the database means to run it, in its own lines. Empty where it does not tell. */
  readonly plan: readonly string[]
}

export interface Adapter extends Session {
  readonly name: string
  readonly capabilities: Capabilities
  /** A write transaction has the whole database to itself: all others wait until it ends. */
  readonly exclusive?: boolean
  /**
   * `read`: one snapshot for all its queries. `write`: atomic, serialised against other writers of the same rows.
   * Where writers collide (deadlock, serialization failure) all is rolled back and `work` runs once more, a few times within the
   * deadline: it must do nothing but ask `tx`. After that, and where `once` says that it cannot run again, CONFLICT (retryable).
   */
  transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T>
  /**
   * Creates what `schema` needs (development and `auto_migrate`). Additive; throws DATABASE_ERROR with a hint otherwise.
   * `check` changes nothing and throws DATABASE_ERROR with a hint where the database is behind the schema.
   */
  prepare(schema: Schema, mode?: 'apply' | 'check'): Promise<void>
  /** For developers: the statement of a query and how the database would run it. Runs nothing else. Undefined where a query is no statement. */
  describe?(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined>
  /** Round trip to the database, for health. Resolves to its name and version, for example `SQLite 3.53.4`. */
  probe(): Promise<string>
  /** Series for /metrics, by closed names: pool size, waiting and so on. */
  gauges(): Readonly<Record<string, number>>
  close(): Promise<void>
}

/** A constraint of the database refused a write. `fields` are field names where the database tells. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError'
  readonly constraint: 'unique' | 'reference' | 'restrict' | 'other'
  readonly fields: readonly string[]
  constructor(constraint: 'unique' | 'reference' | 'restrict' | 'other', fields: readonly string[] = [], cause?: unknown) {
    super(`Constraint: ${constraint}`, { cause })
    this.constraint = constraint
    this.fields = fields
  }
}
