/**
 * Queries and transactions on a pool of connections. In charge of which statements share a connection and when work is done again;
 * must not know SQL text.
 */
import { ConstraintError, type Described, type RunOptions, type Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Physical } from '../sql/dialect.ts'
import { mysqlDialect } from '../sql/dialects/mysql/dialect.ts'
import { collationOf, type Flavour } from '../sql/dialects/mysql/flavour.ts'
import { type ForeignColumns, fine, foreignKey } from '../sql/dialects/mysql/stored.ts'
import { again } from '../sql/run/again.ts'
import { asking } from '../sql/run/asking.ts'
import { ownLinks } from '../sql/run/bottom-up.ts'
import { described, Telling } from '../sql/run/describe.ts'
import { type Backend, type Channel, type Plan, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, type Held, transact } from '../sql/run/transaction.ts'
import type { Connection } from './connection.ts'
import { isCrowded, isOverdue, Overdue, refusesOrder, translate } from './failure.ts'
import { isLost } from './hints.ts'
import type { Settings } from './options.ts'
import { Pool } from './pool.ts'

const command = (text: string): Text => ({ text, rows: false })
const commit = 'COMMIT'
const rollback = command('ROLLBACK')
/** Sessions are serializable, where a single SELECT still is a snapshot; several are one only at this level. */
const begins: Readonly<Record<'read' | 'write', readonly Text[]>> = {
  read: [command('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'), command('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')],
  write: [command('START TRANSACTION')],
}
/** Milliseconds that closing waits for transactions that run. */
const closing = 5000
const version = 'SELECT VERSION()'
/** A row of its plan has a column for everything; those that say something, one behind the other. */

export class Engine {
  readonly pool: Pool
  /** Made when the first connection has told which server it is. */
  #plans: Plans | undefined

  readonly #settings: Settings
  #asked: Promise<string> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.pool = new Pool(settings)
  }

  run(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Answer> {
    assertAuthorized(query)
    return this.#run(query, args, options)
  }

  async #run(query: Authorized<Query>, args: Args, options: RunOptions | undefined): Promise<Answer> {
    checkSignal(options)
    const plan = (this.#plans ?? (await this.#learn(options))).of(query)
    if (!plan.writes) return this.#alone(plan, args, options, false).result
    if (plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args), options)
    try {
      return await again(() => this.#alone(plan, args, options, true), options)
    } catch (error) {
      // What the database does in an order of its own is done in another one, by several statements.
      if (!needsOrder(query, error)) throw error
      return this.transaction('write', async (tx) => tx.run(query, args), options)
    }
  }

  async describe(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined> {
    assertAuthorized(query)
    const plan = (this.#plans ?? (await this.#learn(options))).of(query)
    return described(await this.#alone(new Telling(plan, asking.mysql), args, options, false).result)
  }

  /** One statement on a connection that it has for itself while it runs. */
  #alone(plan: Plan, args: Args, options: RunOptions | undefined, writes: boolean): { result: Promise<Answer>; collided(): boolean } {
    let collided = false
    const channel: Channel = {
      run: async (text, values, deadline) => {
        const connection = await this.#acquire(options)
        try {
          return await connection.run(text, values, deadline, options?.signal)
        } catch (error) {
          throw writes && isLost(error as object) && !isOverdue(error) ? unsure(error) : error
        } finally {
          collided = connection.collided
          this.pool.release(connection)
        }
      },
    }
    return { result: Promise.resolve(plan.run(channel, args, options?.deadline)), collided: () => collided }
  }

  async #acquire(options: RunOptions | undefined): Promise<Connection> {
    try {
      return await this.pool.acquire(options?.deadline)
    } catch (error) {
      throw translate(error)
    }
  }

  async #learn(options: RunOptions | undefined): Promise<Plans> {
    const connection = await this.#acquire(options)
    const { flavour } = connection.facts
    let foreign: ForeignColumns
    try {
      foreign = await foreignColumns(connection, flavour)
    } catch (error) {
      throw translate(error)
    } finally {
      this.pool.release(connection)
    }
    const backend: Backend = { dialect: mysqlDialect(flavour, foreign), translate, cascadesUncounted: true, refusesOrder }
    this.#plans ??= new Plans(backend)
    return this.#plans
  }

  async transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    const plans = this.#plans ?? (await this.#learn(options))
    const start = () => {
      let collided = false
      const result = this.lease(async (held, connection) => {
        try {
          return await transact(held, plans, mode, work, options)
        } finally {
          collided = connection.collided
        }
      }, options)
      return { result, collided: () => collided }
    }
    return again(start, options)
  }

  /** A connection for `work` alone. What `work` leaves open is rolled back. */
  async lease<T>(work: (held: Held, connection: Connection) => Promise<T>, options?: RunOptions): Promise<T> {
    const connection = await this.#acquire(options)
    const held = new Lease(connection, options?.signal)
    try {
      return await work(held, connection)
    } finally {
      await held.end()
      this.pool.release(connection)
    }
  }

  /** One statement of the adapter itself. */
  async once(text: string): Promise<Physical[][]> {
    const connection = await this.#acquire(undefined)
    try {
      return (await connection.run({ text, rows: true }, [], undefined)) as Physical[][]
    } catch (error) {
      throw translate(error)
    } finally {
      this.pool.release(connection)
    }
  }

  /**
   * The server's own words for its version, by a round trip to it: on one connection more where all are in use, so that whoever asks
   * how the server is does not wait behind what makes it ill.
   */
  version(): Promise<string> {
    this.#asked ??= this.#version().finally(() => {
      this.#asked = undefined
    })
    return this.#asked
  }

  async #version(): Promise<string> {
    const rows = this.pool.crowded ? await this.#aside(version) : await this.once(version)
    return String(rows[0]?.[0])
  }

  async #aside(text: string): Promise<Physical[][]> {
    try {
      const deadline = performance.now() + this.#settings.connectTimeout
      return (await this.pool.aside((connection) => connection.run({ text, rows: true }, [], deadline))) as Physical[][]
    } catch (error) {
      // A server that takes no more connections still answers on those that there are.
      if (isCrowded(error)) return this.once(text)
      throw translate(error)
    }
  }

  close(): Promise<void> {
    return this.pool.close(closing)
  }
}

function needsOrder({ kind, entity }: Query, error: unknown): boolean {
  if (kind === 'insert') return error instanceof ConstraintError && error.constraint === 'reference'
  return kind === 'delete' && refusesOrder(error) && ownLinks(entity).length > 0
}

/** Texts of tables that others made may compare in ways of their own, and their times be finer than DBAL reads them. */
async function foreignColumns(connection: Connection, flavour: Flavour): Promise<ForeignColumns> {
  const text = `SELECT TABLE_NAME, COLUMN_NAME, coalesce(COLLATION_NAME, '${fine}') FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND (COLLATION_NAME <> ? OR DATETIME_PRECISION > 3 AND DATA_TYPE IN ('datetime', 'timestamp'))`
  const rows = (await connection.run({ text, rows: true }, [collationOf(flavour)], undefined)) as Physical[][]
  return new Map(rows.map(([table, column, collation]) => [foreignKey(String(table), String(column)), String(collation)]))
}

/** A connection within a transaction. Statements of one that has ended fail: outside of it each would commit by itself. */
class Lease implements Held {
  readonly within = true
  readonly #connection: Connection
  readonly #signal: AbortSignal | undefined
  #begun = false
  #over = false

  constructor(connection: Connection, signal: AbortSignal | undefined) {
    this.#connection = connection
    this.#signal = signal
  }

  begin(mode: 'read' | 'write'): Promise<unknown> {
    this.#begun = true
    return Promise.all(begins[mode].map((text) => this.#connection.run(text, [], undefined))).catch((error: unknown) => {
      this.#over = true
      this.#connection.cut()
      throw error
    })
  }

  run(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    if (text.text === commit) return this.#commit(text)
    if (text.text === rollback.text) return this.#rollback()
    if (this.#over) return Promise.reject(new DBALError('DATABASE_ERROR', { hint: 'The transaction has ended; nothing of it was written' }))
    return this.#connection.run(text, values, deadline, this.#signal).catch((error: unknown) => {
      // A deadlock has rolled all back already; of the others nobody knows how much is left.
      if (this.#connection.collided || isLost(error as object) || isOverdue(error)) this.#over = true
      // Before COMMIT nothing has been written for good.
      throw error instanceof Overdue ? new Overdue() : error
    })
  }

  async #commit(text: Text): Promise<Raw> {
    if (this.#over) throw new DBALError('DATABASE_ERROR', { hint: 'The transaction has ended; nothing of it was written' })
    this.#over = true
    try {
      const raw = await this.#connection.run(text, [], undefined)
      this.#begun = false
      return raw
    } catch (error) {
      throw isLost(error as object) || isOverdue(error) ? unsure(error) : error
    }
  }

  async #rollback(): Promise<Raw> {
    this.#over = true
    if (!this.#begun) return 0
    this.#begun = false
    try {
      return await this.#connection.run(rollback, [], undefined)
    } catch (error) {
      this.#connection.cut()
      throw error
    }
  }

  async end(): Promise<void> {
    await this.#rollback().catch(() => undefined)
  }
}

/** The connection ended after the server was asked to write. */
function unsure(cause: unknown): DBALError {
  return new DBALError('DATABASE_ERROR', { outcome: 'unknown' }, { cause })
}
