/** The near end of a database thread: gathers calls of a tick, matches replies, replaces a thread that died. Must not know queries. */
import { Worker } from 'node:worker_threads'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import { StatementFailure } from './failure.ts'
import { Lock } from './lock.ts'
import { type Call, type Reply, steady } from './message.ts'
import type { Opening } from './options.ts'

/**
 * `alone`: gathered for the rest of the tick. `begin`, `inside` a transaction: sent at once, since the next statement waits for
 * this one's answer; `inside` runs only while the transaction is open.
 */
export type Use = 'alone' | 'begin' | 'inside'

interface Pending {
  readonly resolve: (raw: Raw) => void
  readonly reject: (error: Error) => void
  readonly writes: boolean
}

/** The source runs as it is; a build has the same file as JavaScript. */
const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

export class Thread {
  /** Held by a transaction. */
  readonly lock: Lock
  readonly #opening: Opening
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #batch: Call[] = []
  #next = 0
  /** Messages posted, for tests and metrics. */
  messages = 0

  constructor(opening: Opening, leaseTimeout: number) {
    this.#opening = opening
    this.lock = new Lock(leaseTimeout)
  }

  /** Statements sent or waiting to be sent. */
  get load(): number {
    return this.#pending.size
  }

  /** Ends the thread at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#worker?.terminate()
  }

  run(text: Text, values: readonly Physical[], deadline: number | undefined, use: Use): Promise<Raw> {
    return new Promise((resolve, reject) => {
      const id = this.#next++
      this.#pending.set(id, { resolve, reject, writes: !text.rows })
      const call: Call = { id, text: text.text, values, rows: text.rows, inTransaction: use === 'inside' }
      this.#batch.push(deadline === undefined ? call : { ...call, deadline: steady() + deadline - performance.now() })
      if (use !== 'alone') queueMicrotask(() => this.#post())
      else if (this.#batch.length === 1) setImmediate(() => this.#post())
    })
  }

  #post(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.messages++
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(batch)
  }

  #start(): Worker {
    const worker = new Worker(file, { workerData: this.#opening, name: 'dbal-sqlite' })
    worker.on('message', (replies: readonly Reply[]) => this.#settle(replies))
    // 'exit' always follows and clears up; without a listener the error would end the process.
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => this.#died(worker, cause))
    return worker
  }

  #settle(replies: readonly Reply[]): void {
    for (const { id, raw, failure } of replies) {
      const pending = this.#pending.get(id)
      if (pending === undefined) continue
      this.#pending.delete(id)
      if (failure === undefined) pending.resolve(raw as Raw)
      else pending.reject(new StatementFailure(failure))
    }
    // An idle database does not keep the process alive.
    if (this.#pending.size === 0) this.#worker?.unref()
  }

  /** Rejects what the thread had; the next call starts another one. Whether a write had happened nobody can tell. */
  #died(worker: Worker, cause: unknown): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    const unsent = new Set(this.#batch.map((call) => call.id))
    for (const [id, pending] of this.#pending) {
      if (unsent.has(id)) continue
      this.#pending.delete(id)
      pending.reject(new DBALError('DATABASE_ERROR', pending.writes ? { outcome: 'unknown' } : {}, { cause }))
    }
  }

  async close(): Promise<void> {
    // What was sent before is answered first.
    if (this.load > 0) await this.run({ text: 'SELECT 1', rows: true }, [], undefined, 'alone').catch(() => undefined)
    await this.#worker?.terminate()
  }
}
