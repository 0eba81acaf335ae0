/**
 * One transaction that its caller leads call by call. In charge of their order, of savepoints, and of the end, which comes exactly once:
 * a commit, or anything else, which leaves nothing written. Must not know identities, methods or where calls come from.
 */
import type { Adapter, Transaction } from '../../adapter/adapter.ts'
import { DBALError, invalid } from '../../errors/error.ts'
import type { Value } from '../../schema/entity.ts'

/** One call in the transaction. `isolated`: it may write, so what it did is undone if it fails. */
export type Job =
  | { readonly kind: 'step'; readonly isolated: boolean; readonly work: (tx: Transaction) => Promise<Value> }
  | { readonly kind: 'savepoint' }
  | { readonly kind: 'release' | 'undo'; readonly savepoint: number }
  | { readonly kind: 'rollback' }
  /** `work` is done before the end, and a failure of it is one of the commit. */
  | { readonly kind: 'commit'; readonly work: (tx: Transaction) => Promise<Value> }

type Waiting = { readonly job: Job; readonly resolve: (value: Value) => void; readonly reject: (error: unknown) => void }

/** How it ends. `asked`: who waits for the answer. */
type Ending =
  | { readonly how: 'commit' | 'rollback'; readonly asked: Waiting }
  | { readonly how: 'failure'; readonly asked: Waiting; readonly error: unknown }
  | { readonly how: 'stop'; readonly error: DBALError }

/** `error`: where it did not end as somebody wished. */
export interface Ended {
  readonly how: Ending['how']
  readonly error?: unknown
}

/** Milliseconds. */
export interface Lease {
  /** Without a call. */
  readonly idle: number
  /** From `begin` to the end. */
  readonly whole: number
}

/** Calls of one transaction that may wait for their turn. */
const maxWaiting = 100
const maxDepth = 16
/** After these nobody can say what the database still holds of the transaction. */
const fatal: ReadonlySet<string> = new Set(['TIMEOUT', 'DATABASE_ERROR', 'INTERNAL_ERROR'])

/** Thrown through savepoints, so that they undo what was written behind them. */
class Undo extends Error {
  readonly to: number
  constructor(to: number) {
    super('Undone')
    this.to = to
  }
}

export const over = (reason: string, code: 'CONFLICT' | 'TIMEOUT' = 'CONFLICT'): DBALError => new DBALError(code, { reason, transaction: 'ended' })

export class Dialogue {
  readonly #adapter: Adapter
  readonly #lease: Lease
  readonly #waiting: Waiting[] = []
  #wake: (() => void) | undefined
  #ending: Ending | undefined
  /** Ids of the open savepoints, outermost first. */
  readonly #savepoints: number[] = []
  #named = 0
  /** A release or commit on its way out of savepoints: the depth at which the loop goes on. */
  #leaving: { readonly to: number; readonly asked: Waiting } | undefined
  #timer: NodeJS.Timeout | undefined
  #deadline = Number.POSITIVE_INFINITY

  constructor(adapter: Adapter, lease: Lease) {
    this.#adapter = adapter
    this.#lease = lease
  }

  /** Calls `begun` when the database has given a transaction. Always resolves, with how it ended. `deadline` is on `performance.now()`. */
  start(deadline: number, begun: () => void): Promise<Ended> {
    this.#deadline = deadline
    this.#timer = setTimeout(() => this.#late(), Math.max(0, deadline - performance.now()))
    this.#timer.unref()
    return this.#run(deadline, begun)
  }

  #late(): void {
    this.stop(over(`The transaction was open for ${this.#lease.whole} ms; nothing of it was written`, 'TIMEOUT'))
  }

  /** Takes its turn. Rejects where the transaction ends before it, and with what the call itself did wrong. */
  submit(job: Job): Promise<Value> {
    if (this.#ending !== undefined) return Promise.reject(this.#refusal(this.#ending))
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(
        new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 1, reason: `${maxWaiting} calls of this transaction are waiting already` }),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#wake?.()
    })
  }

  /** Undoes all, after the statement that runs now. A commit that has begun is not stopped. */
  stop(error: DBALError): void {
    this.#ending ??= { how: 'stop', error }
    this.#wake?.()
  }

  #refusal(ending: Ending): unknown {
    return ending.how === 'stop' ? ending.error : over('The transaction is ending')
  }

  async #run(deadline: number, begun: () => void): Promise<Ended> {
    let failure: { readonly error: unknown } | undefined
    // Not before whoever starts it has put it where its calls will look for it.
    await Promise.resolve()
    try {
      await this.#adapter.transaction(
        'write',
        async (tx) => {
          begun()
          await this.#serve(tx, 0)
        },
        // Nobody knows what the caller will conclude from what it reads.
        { deadline, once: true, serial: true },
      )
    } catch (error) {
      failure = { error }
    }
    clearTimeout(this.#timer)
    // Without an ending of ours the database gave no transaction, or lost it.
    const own = this.#ending
    const ending: Ending = own ?? { how: 'stop', error: over('The database ended the transaction; nothing of it was written') }
    this.#ending = ending
    this.#tell(ending, failure)
    for (const { reject } of this.#waiting.splice(0)) reject(this.#refusal(ending))
    if (failure === undefined) return { how: ending.how }
    // What went through the database on its way out is not why: a statement may be cut off by the very lease that ends it all.
    if (own?.how === 'stop') return own
    return { how: ending.how === 'commit' ? 'failure' : ending.how, error: failure.error }
  }

  #tell(ending: Ending, failure: { readonly error: unknown } | undefined): void {
    if (ending.how === 'stop') return
    if (ending.how === 'rollback' || failure === undefined) ending.asked.resolve(true)
    else ending.asked.reject(ended(failure.error))
  }

  /** Calls in their order, until one leaves this depth. */
  async #serve(tx: Transaction, depth: number): Promise<void> {
    for (;;) {
      const asked = await this.#next()
      const { job } = asked
      if (job.kind === 'step') await this.#step(tx, asked, job)
      else if (job.kind === 'savepoint') {
        if (!(await this.#savepoint(tx, depth, asked))) return
      } else if (job.kind === 'commit') {
        await this.#commit(tx, asked, job)
        return
      } else if (job.kind === 'rollback') {
        this.#ending ??= { how: 'rollback', asked }
        throw new Undo(-1)
      } else if (this.#leave(asked, job)) return
    }
  }

  async #next(): Promise<Waiting> {
    for (;;) {
      if (this.#ending?.how === 'stop') throw this.#ending.error
      const next = this.#waiting.shift()
      if (next !== undefined) return next
      const idle = (): void => this.stop(over(`No call of the transaction came for ${this.#lease.idle} ms; nothing of it was written`, 'TIMEOUT'))
      const timer = setTimeout(idle, this.#lease.idle)
      timer.unref()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      clearTimeout(timer)
      this.#wake = undefined
    }
  }

  async #step(tx: Transaction, asked: Waiting, job: Extract<Job, { kind: 'step' }>): Promise<void> {
    const savepoints = this.#adapter.capabilities.nestedTransactions
    try {
      asked.resolve(await (job.isolated && savepoints ? tx.savepoint(() => job.work(tx)) : job.work(tx)))
    } catch (error) {
      const harmless = error instanceof DBALError && !fatal.has(error.code) && (savepoints || !job.isolated)
      if (!harmless) this.#fail(asked, error)
      asked.reject(error)
    }
  }

  #fail(asked: Waiting, error: unknown): never {
    // Its statement may have ended at that moment too, before the clock was heard.
    if (performance.now() >= this.#deadline) this.#late()
    // What a stop interrupted is answered as it failed; the stop is how the transaction ended.
    if (this.#ending === undefined) this.#ending = { how: 'failure', asked, error }
    else asked.reject(ended(error))
    throw error
  }

  async #commit(tx: Transaction, asked: Waiting, job: Extract<Job, { kind: 'commit' }>): Promise<void> {
    try {
      await job.work(tx)
    } catch (error) {
      this.#fail(asked, error)
    }
    if (this.#ending?.how === 'stop') {
      asked.reject(this.#ending.error)
      throw this.#ending.error
    }
    this.#ending = { how: 'commit', asked }
    this.#leaving = { to: -1, asked }
  }

  /** Serves what stands behind a savepoint. False: this depth is left too. */
  async #savepoint(tx: Transaction, depth: number, asked: Waiting): Promise<boolean> {
    if (depth >= maxDepth) {
      asked.reject(invalid({ field: 'method', error: `At most ${maxDepth} savepoints may be open in each other` }))
      return true
    }
    const name = ++this.#named
    let open = false
    try {
      await tx.savepoint(async () => {
        open = true
        this.#savepoints.push(name)
        asked.resolve({ savepoint: name })
        await this.#serve(tx, depth + 1)
      })
    } catch (error) {
      if (!open) this.#fail(asked, error)
      if (!(error instanceof Undo) || error.to !== depth) this.#lostOnTheWay(error)
    } finally {
      this.#savepoints.length = Math.min(this.#savepoints.length, depth)
    }
    if (this.#leaving !== undefined && this.#leaving.to < depth) return false
    const answered = this.#leaving?.asked
    this.#leaving = undefined
    answered?.resolve(true)
    return true
  }

  /** Undoing or releasing failed, or an end goes through: whoever asked for the release is told with it. */
  #lostOnTheWay(error: unknown): never {
    const asked = this.#leaving?.asked
    if (asked !== undefined && this.#ending === undefined && !(error instanceof Undo)) this.#ending = { how: 'failure', asked, error }
    throw error
  }

  /** True where a release leaves this depth; an undo throws; a savepoint that is not there is the caller's mistake. */
  #leave(asked: Waiting, { kind, savepoint }: Extract<Job, { kind: 'release' | 'undo' }>): boolean {
    const at = this.#savepoints.indexOf(savepoint)
    if (at === -1) {
      asked.reject(invalid({ field: 'savepoint', error: 'There is no such open savepoint in this transaction' }))
      return false
    }
    this.#leaving = { to: at, asked }
    if (kind === 'undo') throw new Undo(at)
    return true
  }
}

/** The error of a call with which the transaction ended. */
function ended(error: unknown): unknown {
  if (!(error instanceof DBALError)) return new DBALError('INTERNAL_ERROR', { transaction: 'ended' }, { cause: error })
  return new DBALError(error.code, { ...error.details, transaction: 'ended' }, { message: error.message, cause: error.cause ?? error })
}
