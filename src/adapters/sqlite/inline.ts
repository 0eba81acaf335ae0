/** SQLite on the caller's thread. In charge of one connection that a transaction holds alone; must not know threads. */
import type { StatementSync } from 'node:sqlite'
import type { Described, RunOptions, Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Dialect, Physical } from '../sql/dialect.ts'
import { asking } from '../sql/run/asking.ts'
import { described, Telling } from '../sql/run/describe.ts'
import { type Channel, type Plan, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, type Held, transact } from '../sql/run/transaction.ts'
import { backend, begins } from './backend.ts'
import { Connection } from './connection.ts'
import { lost, StatementFailure, translate } from './failure.ts'
import { Lock } from './lock.ts'
import type { Opening } from './options.ts'

export class InlineEngine {
  readonly #connection: Connection
  readonly #lock: Lock
  #plans = new Plans(backend)
  readonly #alone: Channel
  #open = true

  constructor(opening: Opening, leaseTimeout: number) {
    try {
      this.#connection = new Connection(opening)
    } catch (error) {
      throw translate(error)
    }
    this.#lock = new Lock(leaseTimeout)
    const connection = this.#connection
    this.#alone = { run: (text, values, deadline) => execute(connection, text, values, deadline) }
  }

  /** Tables that others made have ways of their own; what is compiled from now on knows them. */
  suit(dialect: Dialect): void {
    this.#plans = new Plans({ ...backend, dialect })
  }

  /** Answers at once, without a promise, while nobody holds the connection. */
  run(query: Authorized<Query>, args: Args, options?: RunOptions): Answer | Promise<Answer> {
    assertAuthorized(query)
    if (options !== undefined) checkSignal(options)
    if (!this.#open) throw closed()
    const plan = this.#plans.of(query)
    if (plan.writes && plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args, options), options)
    if (!this.#lock.held) return plan.run(this.#alone, args, options?.deadline)
    return this.#later(plan, args, options)
  }

  async describe(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined> {
    assertAuthorized(query)
    if (!this.#open) throw closed()
    return described(await this.#later(new Telling(this.#plans.of(query), asking.sqlite), args, options))
  }

  async #later(plan: Plan, args: Args, options: RunOptions | undefined): Promise<Answer> {
    await this.#lock.acquire(options?.deadline)
    try {
      return await plan.run(this.#alone, args, options?.deadline)
    } finally {
      this.#lock.release()
    }
  }

  async transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    return this.lease(mode, (held) => transact(held, this.#plans, mode, work, options), options)
  }

  /** The connection for `work` alone. */
  async lease<T>(_mode: 'read' | 'write', work: (held: Held) => Promise<T>, options?: RunOptions): Promise<T> {
    if (!this.#open) throw closed()
    await this.#lock.acquire(options?.deadline)
    try {
      if (!this.#open) throw closed()
      const connection = this.#connection
      return await work({
        begin: (mode) => connection.run(connection.prepare(begins[mode].text), [], false, undefined),
        run(text, values, deadline) {
          if (!connection.inTransaction) throw new StatementFailure(lost)
          return execute(connection, text, values, deadline)
        },
      })
    } finally {
      this.#lock.release()
    }
  }

  /** One statement of the adapter itself, outside of any transaction. */
  async once(text: Text): Promise<Raw> {
    if (!this.#open) throw closed()
    await this.#lock.acquire()
    try {
      return execute(this.#connection, text, [], undefined)
    } catch (error) {
      throw translate(error)
    } finally {
      this.#lock.release()
    }
  }

  gauges(): Readonly<Record<string, number>> {
    return { pool_size: 1, pool_leased: this.#lock.held ? 1 : 0, pool_waiting: this.#lock.waiting }
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    // A transaction that hangs must not keep the process; SQLite rolls it back.
    await this.#lock.acquire().catch(() => undefined)
    this.#connection.close()
  }
}

function execute(connection: Connection, text: Text, values: readonly Physical[], deadline: number | undefined): Raw {
  if (text.prepared === undefined || text.owner !== connection) {
    text.prepared = connection.prepare(text.text)
    text.owner = connection
  }
  return connection.run(text.prepared as StatementSync, values, text.rows, deadline)
}

export function closed(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
}
