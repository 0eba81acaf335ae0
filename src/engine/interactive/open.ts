/**
 * The transactions that are open now, by id. In charge of whose they are, how many there may be, and that none outlives its connection
 * or its caller's session. Must not know what their calls do.
 */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Adapter, RunOptions } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import { createInFlight } from '../../limit/in-flight.ts'
import type { Principal } from '../../policy/principal.ts'
import type { Call } from '../../protocol/execute.ts'
import { digestOf } from '../../session/token.ts'
import { Dialogue, type Ended, type Lease, over } from './dialogue.ts'

export interface InteractiveLimits extends Lease {
  /** Open at once, of one caller and of all: each keeps a connection of the database. */
  readonly perCaller: number
  readonly total: number
}

/** 5 s and 30 s: long enough for a program's own work between two calls, short enough for those who wait for its rows. */
export const usualInteractive: InteractiveLimits = { idle: 5_000, whole: 30_000, perCaller: 10, total: 10 }

/** How ended transactions ended is told to their own callers only, and not for ever. */
const remembered = 1_000

export interface OpenOne {
  readonly dialogue: Dialogue
  readonly who: Principal
  readonly connection: AbortSignal
  /** Request id of its `begin`. */
  readonly reference: string
  /** Of the last possible moment, on `performance.now()`. */
  readonly deadline: number
  /** Entities that its steps may have changed. */
  readonly touched: Set<string>
  readonly ended: Promise<Ended>
}

/** `key`: of whom it is counted. */
type Begun = Call & { readonly connection: AbortSignal; readonly key: string }

const unknown = (): DBALError => over('There is no such open transaction; nothing more is written by it')
const gone = (): DBALError => over('The connection was lost, and the transaction with it; nothing of it was written')

export class OpenTransactions {
  readonly #adapter: Adapter
  readonly #limits: InteractiveLimits
  readonly #places: ReturnType<typeof createInFlight>
  readonly #open = new Map<string, OpenOne>()
  readonly #past = new LRUCache<string, { readonly who: Principal; readonly connection: AbortSignal; readonly error: DBALError }>({ max: remembered })
  /** Digests of the tokens that principals came from, where steps must not ask the database who they are. */
  readonly #tokens = new WeakMap<Principal, string>()

  constructor(adapter: Adapter, limits: InteractiveLimits) {
    this.#adapter = adapter
    this.#limits = limits
    this.#places = createInFlight({ total: limits.total, perKey: limits.perCaller })
  }

  get lease(): Lease {
    return this.#limits
  }

  /**
   * Resolves to the id when the database has given a transaction. CAPABILITY_NOT_SUPPORTED where it cannot, RATE_LIMIT_EXCEEDED where the
   * caller or all callers have too many, TIMEOUT where the database gives none within `options`. `lasts`: milliseconds that its identity
   * still holds.
   */
  async begin(call: Begun, who: Principal, options: RunOptions, lasts: number, onEnd: (one: OpenOne, ended: Ended) => void): Promise<string> {
    if (!this.#adapter.capabilities.transactions) {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint: 'This database has no transactions; make each call by itself' })
    }
    if (this.#limits.total < 1) {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', {
        hint: 'Open transactions would leave no connection for others: raise database.pool_size, or send all steps at once with transaction([…])',
      })
    }
    if (call.connection.aborted) throw gone()
    const leave = this.#places.enter(call.key)
    if (leave === undefined) throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 1, reason: 'Too many transactions are open already' })
    const dialogue = new Dialogue(this.#adapter, this.#limits)
    const deadline = performance.now() + Math.min(this.#limits.whole, lasts)
    const id = `tx_${randomBytes(24).toString('base64url')}`
    const { connection } = call
    const stop = (): void => dialogue.stop(gone())
    return new Promise((resolve, reject) => {
      let begun = false
      const giveUp = (): void => {
        const error = over('The database gave no transaction in time, or the call was cancelled', 'TIMEOUT')
        dialogue.stop(error)
        reject(error)
      }
      const noLonger = waiting(options, giveUp)
      const ended = dialogue.start(deadline, () => {
        noLonger()
        begun = true
        this.#open.set(id, one)
        resolve(id)
      })
      const one: OpenOne = { dialogue, who, connection, reference: call.requestId, deadline, touched: new Set(), ended }
      connection.addEventListener('abort', stop)
      void ended.then((how) => {
        connection.removeEventListener('abort', stop)
        this.#open.delete(id)
        leave()
        noLonger()
        if (!begun) return reject(how.error ?? unknown())
        this.#past.set(id, { who, connection, error: pastOf(how) })
        onEnd(one, how)
      })
    })
  }

  /** The open transaction that the call names. Throws the same CONFLICT for one of others as for one that never was. */
  find(call: Call, who: Principal): OpenOne {
    const id = call.transaction ?? ''
    const one = this.#open.get(id)
    if (one !== undefined && one.connection === call.connection && sameIdentity(one.who, who)) return one
    const past = this.#past.get(id)
    if (past !== undefined && past.connection === call.connection && sameIdentity(past.who, who)) {
      throw new DBALError(past.error.code, past.error.details, { message: past.error.message })
    }
    throw unknown()
  }

  /** Is the transaction of the call the caller's own, and open? */
  has(call: Call, who: Principal): boolean {
    const one = this.#open.get(call.transaction ?? '')
    return one !== undefined && one.connection === call.connection && sameIdentity(one.who, who)
  }

  /** Waits until the transaction is over, from whichever connection its caller asks. */
  async over(id: string, who: Principal): Promise<void> {
    const one = this.#open.get(id)
    if (one !== undefined && sameIdentity(one.who, who)) await one.ended
  }

  /** Rolls back what belongs to an identity that has ended. */
  dismiss(belongs: (who: Principal) => boolean): void {
    for (const { dialogue, who } of this.#open.values()) if (belongs(who)) dialogue.stop(over('The session has ended; nothing was written'))
  }

  /** From whom `who` came, for `pinned`. */
  remember(who: Principal, token: string): Principal {
    this.#tokens.set(who, digestOf(token))
    return who
  }

  /** Who began the transaction, if it was with this token. */
  pinned(token: string, id: string | undefined): Principal | undefined {
    const who = id === undefined ? undefined : this.#open.get(id)?.who
    return who !== undefined && this.#tokens.get(who) === digestOf(token) ? who : undefined
  }

  /** Rolls back all; resolves when none is left. */
  async close(): Promise<void> {
    const all = [...this.#open.values()]
    for (const { dialogue } of all) dialogue.stop(over('The database is being closed; nothing of the transaction was written'))
    await Promise.all(all.map(({ ended }) => ended))
  }
}

/** Calls `giveUp` at the deadline or the signal; returns what ends the wait. */
function waiting({ deadline, signal }: RunOptions, giveUp: () => void): () => void {
  const timer = deadline === undefined ? undefined : setTimeout(giveUp, Math.max(0, deadline - performance.now()))
  signal?.addEventListener('abort', giveUp)
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

function pastOf({ how, error }: Ended): DBALError {
  if (how === 'commit') return over('The transaction has been committed already')
  if (how === 'rollback') return over('The transaction has been rolled back')
  if (how === 'stop' && error instanceof DBALError && error.details['transaction'] === 'ended') return error
  return over('The transaction ended with an error before; nothing of it was written')
}

function sameIdentity(a: Principal, b: Principal): boolean {
  return a.kind === b.kind && a.id === b.id && a.role === b.role && a.tenantId === b.tenantId && a.sessionId === b.sessionId
}
