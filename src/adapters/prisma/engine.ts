/** Statements and transactions over a Prisma client. In charge of where each runs and of its end; must not know tables or SQL. */
import type { RunOptions, Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Physical } from '../sql/dialect.ts'
import { timedOut } from '../sql/errors.ts'
import { again } from '../sql/run/again.ts'
import { type Backend, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, type Held, transact } from '../sql/run/transaction.ts'
import type { PrismaClientLike, RawClient, TransactionOptions } from './client.ts'
import { Gone, isOfTransaction, Overdue } from './failure.ts'

/** How the database behind the client wants to be spoken to. */
export interface Manner {
  readonly backend: Backend
  /** First statement of a transaction that will write after it has read; absent where there is none yet. */
  readonly lock: () => string | undefined
  /** Did it fail because writers met? */
  collided(error: unknown): boolean
}

/** Milliseconds to wait for a connection. */
const acquireTimeout = 5000
/** The longest that timers know. */
const forever = 2 ** 31 - 1

export class PrismaEngine {
  readonly #client: PrismaClientLike
  readonly #manner: Manner
  readonly #plans: Plans
  #open = true

  constructor(client: PrismaClientLike, manner: Manner) {
    this.#client = client
    this.#manner = manner
    this.#plans = new Plans(manner.backend)
  }

  /**
   * Always in a transaction of its own: one connection serves the whole client, and a statement by itself, or a batch of one, lands in
   * whatever transaction the application has open there. It would read what is not committed, and what it wrote would go with a rollback
   * that nobody told it of. And only a transaction that has not begun can be withdrawn at its deadline.
   */
  async run(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Answer> {
    assertAuthorized(query)
    checkSignal(options)
    this.#check()
    const plan = this.#plans.of(query)
    if (plan.writes && plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args, options), options)
    return this.#again(async (held) => plan.run(held, args, options?.deadline), options)
  }

  transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    return this.#again((held) => transact(held, this.#plans, mode, work, options), options)
  }

  #again<T>(work: (held: Held) => Promise<T>, options: RunOptions | undefined): Promise<T> {
    const manner = this.#manner
    return again(() => {
      const seen = { collided: false }
      return { result: this.lease((tx) => work(noting(heldOf(tx, manner), manner, seen)), options), collided: () => seen.collided }
    }, options)
  }

  /** A transaction of the client for `work` alone: committed where it resolves, rolled back where it rejects. */
  async lease<T>(work: (tx: RawClient) => Promise<T>, options?: RunOptions): Promise<T> {
    this.#check()
    const left = options?.deadline === undefined ? forever : Math.floor(options.deadline - performance.now())
    if (left <= 0) throw timedOut()
    const limits: TransactionOptions = {
      maxWait: Math.max(1, Math.min(acquireTimeout, left)),
      timeout: Math.min(left, forever),
    }
    let failed: { readonly error: unknown } | undefined
    // The client's own timers would let the process end while somebody waits.
    const awake = setTimeout(() => undefined, limits.timeout)
    try {
      return await this.#client.$transaction(async (tx) => {
        try {
          return await work(tx)
        } catch (error) {
          failed = { error }
          throw error
        }
      }, limits)
    } catch (error) {
      if (failed !== undefined) throw failed.error
      // It did not begin, or did not end.
      if (isOfTransaction(error) && (left < acquireTimeout || performance.now() >= (options?.deadline ?? Infinity))) throw timedOut()
      throw this.#manner.backend.translate(error)
    } finally {
      clearTimeout(awake)
    }
  }

  #check(): void {
    if (!this.#open) throw new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
  }

  close(): void {
    this.#open = false
  }
}

function ask(client: RawClient, { text, rows }: Text, values: readonly Physical[]): PromiseLike<unknown> {
  return rows ? client.$queryRawUnsafe(text, ...values) : client.$executeRawUnsafe(text, ...values)
}

/** Every cell has a name of its own, and names that are no numbers keep their order. */
function rawOf(answer: unknown): Raw {
  return typeof answer === 'number' ? answer : (answer as Readonly<Record<string, Physical>>[]).map((row) => Object.values(row))
}

/** Begin and end are the client's: it commits where the work resolves. */
function heldOf(tx: RawClient, manner: Manner): Held {
  let open = true
  const send = async (text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> => {
    if (!open) throw new Gone()
    if (deadline !== undefined && performance.now() >= deadline) throw new Overdue()
    try {
      return rawOf(await ask(tx, text, values))
    } catch (error) {
      if (!isOfTransaction(error)) throw error
      throw deadline !== undefined && performance.now() >= deadline ? new Overdue() : new Gone()
    }
  }
  return {
    async begin(mode) {
      const text = mode === 'write' ? manner.lock() : undefined
      if (text !== undefined) await send({ text, rows: false }, [], undefined)
    },
    run: send,
    async commit() {
      if (!open) throw new Gone()
      open = false
    },
    async rollback() {
      open = false
    },
  }
}

function noting(held: Held, manner: Manner, seen: { collided: boolean }): Held {
  const note = (error: unknown): never => {
    if (manner.collided(error)) seen.collided = true
    throw error
  }
  return { ...held, run: async (text, values, deadline) => Promise.resolve(held.run(text, values, deadline)).catch(note) }
}
