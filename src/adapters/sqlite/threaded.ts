/** SQLite in threads: one writer, several readers (WAL). In charge of who runs what; must not know statements or messages. */
import type { Described, RunOptions, Transaction } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Dialect } from '../sql/dialect.ts'
import { asking } from '../sql/run/asking.ts'
import { described, Telling } from '../sql/run/describe.ts'
import { type Channel, type Plan, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, type Held, transact } from '../sql/run/transaction.ts'
import { backend, begins } from './backend.ts'
import { translate } from './failure.ts'
import { closed } from './inline.ts'
import { memory, type Opening } from './options.ts'
import { Thread } from './thread.ts'

export class ThreadedEngine {
  readonly writer: Thread
  readonly readers: readonly Thread[]
  #plans = new Plans(backend)
  #open = true
  /** Reads of a file must not come before the file has its journal mode, which the writer sets. */
  #ready: Promise<unknown> | undefined

  constructor(opening: Opening, readers: number, leaseTimeout: number) {
    if (!Number.isInteger(readers) || readers < 1) throw new DBALError('DATABASE_ERROR', { hint: 'SQLite in worker mode needs at least one reader' })
    this.writer = new Thread(opening, leaseTimeout)
    // A database in memory belongs to one connection.
    this.readers =
      opening.path === memory ? [this.writer] : Array.from({ length: readers }, () => new Thread({ ...opening, readOnly: true }, leaseTimeout))
  }

  /** Tables that others made have ways of their own; what is compiled from now on knows them. */
  suit(dialect: Dialect): void {
    this.#plans = new Plans({ ...backend, dialect })
  }

  run(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Answer> {
    assertAuthorized(query)
    return this.#run(query, args, options)
  }

  async #run(query: Authorized<Query>, args: Args, options: RunOptions | undefined): Promise<Answer> {
    checkSignal(options)
    if (!this.#open) throw closed()
    const plan = this.#plans.of(query)
    if (plan.writes && plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args, options), options)
    return this.#on(plan.writes ? this.writer : await this.#reader(), plan, args, options)
  }

  async describe(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined> {
    assertAuthorized(query)
    if (!this.#open) throw closed()
    return described(await this.#on(await this.#reader(), new Telling(this.#plans.of(query), asking.sqlite), args, options))
  }

  #on(thread: Thread, plan: Plan, args: Args, options: RunOptions | undefined): Answer | Promise<Answer> {
    const alone: Channel = { run: (text, values, deadline) => this.#alone(thread, text, values, deadline) }
    return plan.run(alone, args, options?.deadline)
  }

  /** Statements of a thread run in the order in which they were sent, so the lock is held only while this one is sent. */
  async #alone(thread: Thread, text: Text, values: Parameters<Channel['run']>[1], deadline: number | undefined): Promise<Raw> {
    if (!thread.lock.take()) await thread.lock.acquire(deadline)
    let answer: Promise<Raw>
    try {
      answer = thread.run(text, values, deadline, 'alone')
    } finally {
      thread.lock.release()
    }
    return answer
  }

  /** The reader with the least to do that no transaction holds. */
  async #reader(): Promise<Thread> {
    await this.#opened()
    let best = this.readers[0] as Thread
    for (const reader of this.readers) {
      const better = Number(reader.lock.held) - Number(best.lock.held) || reader.lock.waiting - best.lock.waiting || reader.load - best.load
      if (better < 0) best = reader
    }
    return best
  }

  #opened(): Promise<unknown> | undefined {
    if (this.readers[0] === this.writer) return undefined
    this.#ready ??= this.writer.run({ text: 'SELECT 1', rows: true }, [], undefined, 'alone').then(
      () => {
        this.#ready = Promise.resolve()
      },
      (error: unknown) => {
        this.#ready = undefined
        throw translate(error)
      },
    )
    return this.#ready
  }

  async transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    return this.lease(mode, (held) => transact(held, this.#plans, mode, work, options), options)
  }

  async lease<T>(mode: 'read' | 'write', work: (held: Held) => Promise<T>, options?: RunOptions): Promise<T> {
    if (!this.#open) throw closed()
    const thread = mode === 'write' ? this.writer : await this.#reader()
    await thread.lock.acquire(options?.deadline)
    try {
      if (!this.#open) throw closed()
      return await work({
        begin: (mode) => thread.run(begins[mode], [], undefined, 'begin'),
        run: (text, values, deadline) => thread.run(text, values, deadline, 'inside'),
      })
    } finally {
      thread.lock.release()
    }
  }

  /** One statement of the adapter itself, outside of any transaction. */
  async once(text: Text): Promise<Raw> {
    if (!this.#open) throw closed()
    try {
      return await this.#alone(await this.#reader(), text, [], undefined)
    } catch (error) {
      throw translate(error)
    }
  }

  gauges(): Readonly<Record<string, number>> {
    const threads = new Set([this.writer, ...this.readers])
    const gauges = { pool_size: threads.size, pool_leased: 0, pool_waiting: 0, pool_running: 0 }
    for (const { lock, load } of threads) {
      gauges.pool_leased += lock.held ? 1 : 0
      gauges.pool_waiting += lock.waiting
      gauges.pool_running += load
    }
    return gauges
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    const threads = [...new Set([this.writer, ...this.readers])]
    await Promise.all(threads.map((thread) => thread.lock.acquire().catch(() => undefined)))
    await Promise.all(threads.map((thread) => thread.close()))
  }
}
