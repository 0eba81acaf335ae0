/** Statements and transactions over a Prisma client. In charge of where each runs and of its end; must not know tables or SQL. */
import type { Described, RunOptions, Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Physical } from '../sql/dialect.ts'
import { timedOut } from '../sql/errors.ts'
import { again } from '../sql/run/again.ts'
import { type Asking, described, Telling } from '../sql/run/describe.ts'
import { type Backend, type Channel, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, type Held, transact } from '../sql/run/transaction.ts'
import type { Isolation, PrismaClientLike, RawClient, TransactionOptions } from './client.ts'
import { isOfTransaction, Overdue, unknownOutcome } from './failure.ts'
import { ask, type Habits, Lease, rawOf, type Watch } from './lease.ts'

/** What a transaction is for: one statement, one snapshot, writes, or writes that follow from what was read of several rows. */
export type Use = 'single' | 'read' | 'write' | 'serial'

/** How the database behind the client wants to be spoken to. */
export interface Manner {
  readonly backend: Backend
  readonly habits: Habits
  readonly asking: Asking
  /** Absent where the database has one level only, or its own is right. */
  isolation(use: Use): Isolation | undefined
  /** A read that needs no transaction, where the client has a connection for each; absent where it has one for all. */
  readonly alone?: (text: Text) => boolean
  /** Did it fail because writers met? */
  collided(error: unknown): boolean
  /** Did it meet a value that a snapshot need not have shown? */
  clashed(error: unknown): boolean
  /** Did the database itself answer, if only to refuse? */
  answered(error: unknown): boolean
}

/** Milliseconds to wait for a connection. */
const acquireTimeout = 5000
/** The longest that timers know. */
const forever = 2 ** 31 - 1

export class PrismaEngine {
  readonly #client: PrismaClientLike
  readonly #manner: Manner
  readonly #plans: Plans
  readonly #channel: Channel = { run: (text, values, deadline) => this.#alone(text, values, deadline) }
  #open = true

  constructor(client: PrismaClientLike, manner: Manner) {
    this.#client = client
    this.#manner = manner
    this.#plans = new Plans(manner.backend)
  }

  /**
   * Writes are in a transaction of their own, and so is everything where one connection serves the whole client: a statement by itself, or
   * a batch of one, lands there in whatever transaction the application has open. It would read what is not committed, and what it wrote
   * would go with a rollback that nobody told it of. And only a transaction that has not begun can be withdrawn at its deadline.
   */
  async run(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Answer> {
    assertAuthorized(query)
    checkSignal(options)
    this.#check()
    const plan = this.#plans.of(query)
    if (plan.writes && plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args, options), options)
    if (!plan.writes && this.#manner.alone !== undefined) return plan.run(this.#channel, args, options?.deadline)
    return this.#again('single', async (held) => plan.run(held, args, options?.deadline), options)
  }

  async describe(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined> {
    assertAuthorized(query)
    this.#check()
    const telling = new Telling(this.#plans.of(query), this.#manner.asking)
    return described(await this.#again('single', (held) => telling.run(held, args, options?.deadline), options))
  }

  transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    const use = mode === 'write' && options?.serial === true ? 'serial' : mode
    return this.#again(use, (held) => transact(held, this.#plans, mode, work, options), options)
  }

  /** Whoever collides with others, or once meets a value that the snapshot did not show, runs once more. */
  #again<T>(use: Use, work: (held: Held) => Promise<T>, options: RunOptions | undefined): Promise<T> {
    const manner = this.#manner
    let clashes = 0
    return again(() => {
      let collided = false
      let clashed = false
      const note = (error: unknown): void => {
        collided ||= manner.collided(error)
        clashed ||= use !== 'single' && manner.clashed(error)
      }
      const single = use === 'single'
      const result = this.lease((tx) => work(new Lease(tx, manner.habits, { note, single })), options, { use, note })
      return { result, collided: () => collided || (clashed && options?.once !== true && clashes++ === 0) }
    }, options)
  }

  /** A read on whichever connection is free. What the caller does not wait for any longer does nothing. */
  async #alone(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    const { habits, alone } = this.#manner
    if (alone?.(text) !== true)
      return this.lease((tx) => new Lease(tx, habits, quiet).run(text, values, deadline), deadline === undefined ? {} : { deadline })
    const left = deadline === undefined ? undefined : deadline - performance.now()
    if (left !== undefined && left <= 0) throw new Overdue()
    const sent = habits.within === undefined ? text : { ...text, text: habits.within(text.text, left) }
    const answer = ask(this.#client, sent, values)
    return rawOf(await (left === undefined ? answer : before(answer, left)))
  }

  /** A transaction of the client for `work` alone: committed where it resolves, rolled back where it rejects. */
  async lease<T>(work: (tx: RawClient) => Promise<T>, options?: RunOptions, more?: { readonly use: Use; note(error: unknown): void }): Promise<T> {
    this.#check()
    const left = options?.deadline === undefined ? forever : Math.floor(options.deadline - performance.now())
    if (left <= 0) throw timedOut()
    const isolationLevel = more === undefined ? undefined : this.#manner.isolation(more.use)
    const limits: TransactionOptions = {
      maxWait: Math.max(1, Math.min(acquireTimeout, left)),
      timeout: Math.min(left, forever),
      ...(isolationLevel === undefined ? {} : { isolationLevel }),
    }
    let failed: { readonly error: unknown } | undefined
    let done = false
    // The client's own timers would let the process end while somebody waits.
    const awake = setTimeout(() => undefined, limits.timeout)
    try {
      return await this.#client.$transaction(async (tx) => {
        try {
          const result = await work(tx)
          done = true
          return result
        } catch (error) {
          failed = { error }
          throw error
        }
      }, limits)
    } catch (error) {
      if (failed !== undefined) throw failed.error
      more?.note(error)
      // It did not begin, or did not end.
      if (isOfTransaction(error)) {
        if (left < acquireTimeout || performance.now() >= (options?.deadline ?? Infinity)) throw timedOut()
      } else if (done && more?.use !== 'read' && !this.#manner.answered(error)) throw unknownOutcome(error)
      throw this.#manner.backend.translate(error)
    } finally {
      clearTimeout(awake)
    }
  }

  translate(error: unknown): Error {
    return this.#manner.backend.translate(error)
  }

  #check(): void {
    if (!this.#open) throw new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
  }

  close(): void {
    this.#open = false
  }
}

const quiet: Watch = { note: () => undefined, single: true }

/** The answer, unless it takes longer than that: the wait for a connection has no other end. */
function before<T>(answer: PromiseLike<T>, left: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Overdue()), Math.min(left, forever))
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
