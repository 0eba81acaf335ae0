/**
 * The memory adapter: it defines the answer that every other adapter must give. In charge of transactions and of who sees what;
 * must not know roles. Rows live in this process and are gone with it.
 *
 * Writers take turns. A reader never waits: it sees what is committed, also while a writer is at work.
 */
import type { Adapter, RunOptions, Transaction } from '../../adapter/adapter.ts'
import type { Capabilities } from '../../adapter/capabilities.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Schema } from '../../schema/entity.ts'
import { runAggregate } from './aggregate.ts'
import { runRead } from './read.ts'
import { worldOf } from './rows/prepare.ts'
import { Store, World } from './rows/store.ts'
import { refuseLate, Scope } from './scope.ts'
import { runTree } from './tree.ts'
import { runWrite } from './write.ts'
import { Writers } from './writers.ts'

const capabilities: Capabilities = Object.freeze({
  transactions: true,
  nestedTransactions: true,
  joins: true,
  fullTextSearch: false,
  ttl: false,
  jsonQueries: true,
  aggregations: true,
  relations: true,
  migrations: false,
  schemaIntrospection: false,
  connectionPooling: false,
  readReplicas: false,
})

/** An empty database of its own. `prepare` must come before the first query. */
export function createMemoryAdapter(_options: Readonly<Record<string, never>> = {}): Adapter {
  return new MemoryAdapter()
}

type Write = Extract<Query, { kind: 'insert' | 'update' | 'delete' }>

function isWrite(query: Query): query is Write {
  return query.kind === 'insert' || query.kind === 'update' || query.kind === 'delete'
}

function runQuery(query: Exclude<Query, Write>, scope: Scope): Answer {
  switch (query.kind) {
    case 'read':
      return runRead(query, scope)
    case 'aggregate':
      return runAggregate(query, scope)
    case 'tree':
      return runTree(query, scope)
  }
}

class MemoryAdapter implements Adapter {
  readonly name = 'memory'
  readonly capabilities = capabilities
  readonly #store = new Store(new World(new Map(), { from: () => [], to: () => [] }))
  readonly #writers = new Writers()
  #closed = false

  run(query: Authorized<Query>, args: Args, options: RunOptions = {}): Answer | Promise<Answer> {
    assertAuthorized(query)
    this.#refuseClosed()
    if (!isWrite(query)) return runQuery(query, new Scope(this.#store.committed, args, options))
    return this.#writers.busy ? this.#writeInTurn(query, args, options) : this.#writeNow(query, args, options)
  }

  #writeNow(query: Write, args: Args, options: RunOptions): Answer {
    const answer = runWrite(query, new Scope(this.#store.live, args, options), this.#store)
    this.#store.commit()
    return answer
  }

  async #writeInTurn(query: Write, args: Args, options: RunOptions): Promise<Answer> {
    return this.#inTurn(options, async () => this.#writeNow(query, args, options))
  }

  /** `work` as the only writer: committed if it succeeds, undone if it throws. */
  async #inTurn<T>(options: RunOptions, work: () => Promise<T>): Promise<T> {
    await this.#writers.enter(options)
    try {
      this.#refuseClosed()
      const result = await work()
      refuseLate(options)
      this.#store.commit()
      return result
    } catch (error) {
      this.#store.revert(0)
      this.#store.commit()
      throw error
    } finally {
      this.#writers.leave()
    }
  }

  async transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options: RunOptions = {}): Promise<T> {
    this.#refuseClosed()
    return mode === 'read' ? this.#readTransaction(work, options) : this.#writeTransaction(work, options)
  }

  async #readTransaction<T>(work: (tx: Transaction) => Promise<T>, options: RunOptions): Promise<T> {
    const snapshot = this.#store.snapshot()
    const tx = new MemoryTransaction(options, (query, scopeOf) => {
      if (isWrite(query)) throw new DBALError('DATABASE_ERROR', { hint: 'A read transaction cannot write' })
      return runQuery(query, scopeOf(snapshot.world))
    })
    try {
      return await work(tx)
    } finally {
      tx.end()
      snapshot.release()
    }
  }

  #writeTransaction<T>(work: (tx: Transaction) => Promise<T>, options: RunOptions): Promise<T> {
    return this.#inTurn(options, async () => {
      const store = this.#store
      const tx = new MemoryTransaction(
        options,
        (query, scopeOf) => {
          const scope = scopeOf(store.live)
          return isWrite(query) ? runWrite(query, scope, store) : runQuery(query, scope)
        },
        store,
      )
      try {
        return await work(tx)
      } finally {
        tx.end()
      }
    })
  }

  async prepare(schema: Schema): Promise<void> {
    await this.#inTurn({}, async () => this.#store.replace(worldOf(schema, this.#store.live)))
  }

  async probe(): Promise<string> {
    this.#refuseClosed()
    return 'memory'
  }

  /** `rows`: how many there are. `waiting`: writers that wait for their turn. */
  gauges(): Readonly<Record<string, number>> {
    const tables = [...this.#store.committed.tables.values()]
    return { rows: tables.reduce((sum, table) => sum + table.size, 0), waiting: this.#writers.waiting }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #refuseClosed(): void {
    if (this.#closed) throw new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
  }
}

type RunIn = (query: Query, scopeOf: (world: World) => Scope) => Answer

class MemoryTransaction implements Transaction {
  readonly #options: RunOptions
  readonly #run: RunIn
  /** Present where there is something to undo. */
  readonly #store: Store | undefined
  #ended = false

  constructor(options: RunOptions, run: RunIn, store?: Store) {
    this.#options = options
    this.#run = run
    this.#store = store
  }

  run(query: Authorized<Query>, args: Args, options: RunOptions = {}): Answer {
    assertAuthorized(query)
    this.#refuseEnded()
    const { deadline = this.#options.deadline, signal = this.#options.signal } = options
    return this.#run(query, (world) => new Scope(world, args, { deadline, signal }))
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseEnded()
    const mark = this.#store?.mark() ?? 0
    try {
      return await work()
    } catch (error) {
      if (!this.#ended) this.#store?.revert(mark)
      throw error
    }
  }

  end(): void {
    this.#ended = true
  }

  #refuseEnded(): void {
    if (this.#ended) throw new DBALError('DATABASE_ERROR', { hint: 'The transaction has ended; nothing more can be done in it' })
  }
}
