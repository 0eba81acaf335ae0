/** Calls between caller and socket: waiting, in flight, settled. In charge of each call's end (once); must not know sockets. */
import { DBALError, type ErrorDetails } from '../errors/error.ts'
import type { ErrorName } from '../errors/table.ts'
import type { Value } from '../schema/entity.ts'
import type { Outgoing } from './transport.ts'

export class Pending {
  readonly id: string
  readonly text: string
  readonly call: Outgoing
  /** Was written to a socket at least once: from then on a write may have happened. */
  sent = false
  settled = false
  #end: (() => void) | undefined
  readonly #resolve: (value: Value) => void
  readonly #reject: (error: DBALError) => void

  constructor(id: string, text: string, call: Outgoing, resolve: (value: Value) => void, reject: (error: DBALError) => void) {
    this.id = id
    this.text = text
    this.call = call
    this.#resolve = resolve
    this.#reject = reject
  }

  /** `givenUp` is called when the deadline passes or the caller cancels; not when an answer comes. */
  watch(timeout: number, givenUp: () => void, told: () => string): void {
    const { signal } = this.call
    const giveUp = (reason: string): void => {
      if (this.settled) return
      this.fail('TIMEOUT', reason)
      givenUp()
    }
    const timer = setTimeout(() => giveUp(this.sent ? `No answer within ${timeout} ms` : `Not sent within ${timeout} ms: ${told()}`), timeout)
    const cancel = (): void => giveUp('The call was cancelled')
    signal?.addEventListener('abort', cancel)
    this.#end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
    }
  }

  succeed(value: Value): void {
    if (this.#settle()) this.#resolve(value)
  }

  refuse(error: DBALError): void {
    if (this.#settle()) this.#reject(error)
  }

  /** Ends it without an answer; says so where a write may have happened, with the key that answers the question. */
  fail(code: ErrorName, reason: string, cause?: unknown): void {
    const { writes, idempotencyKey } = this.call
    const unknown: ErrorDetails = writes && this.sent ? { outcome: 'unknown', ...(idempotencyKey === undefined ? {} : { idempotencyKey }) } : {}
    this.refuse(new DBALError(code, { reason, ...unknown }, cause === undefined ? {} : { cause }))
  }

  /** Was it a step of a transaction that went with its socket? Then it has been told. A commit has to ask what became of it. */
  endedWith(): boolean {
    const { transaction, method } = this.call
    if (transaction === undefined || method === 'commit') return false
    this.refuse(
      new DBALError('CONFLICT', { reason: 'The connection was lost, and the transaction with it; nothing of it was written', transaction: 'ended' }),
    )
    return true
  }

  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    this.#end?.()
    return true
  }
}

/**
 * The waiting line and what is in flight on the present socket. A call that was given up stays in flight until its late answer comes
 * (or the socket goes): the server still counts it.
 */
export class Line {
  #waiting = new Set<Pending>()
  readonly #flying = new Map<string, Pending>()
  readonly #maxWaiting: number
  readonly #maxFlying: number

  constructor(maxWaiting: number, maxFlying: number) {
    this.#maxWaiting = maxWaiting
    this.#maxFlying = maxFlying
  }

  get full(): boolean {
    return this.#waiting.size >= this.#maxWaiting
  }

  get wanted(): boolean {
    return this.#waiting.size > 0
  }

  get flying(): number {
    return this.#flying.size
  }

  add(pending: Pending): void {
    this.#waiting.add(pending)
  }

  leave(pending: Pending): void {
    this.#waiting.delete(pending)
  }

  /** The next call to be sent, moved into flight; undefined where none waits or no more may fly. */
  next(): Pending | undefined {
    if (this.#flying.size >= this.#maxFlying) return undefined
    for (const pending of this.#waiting) {
      this.#waiting.delete(pending)
      this.#flying.set(pending.id, pending)
      pending.sent = true
      return pending
    }
    return undefined
  }

  /** The call that an answer belongs to; undefined for a stranger's. */
  answered(id: unknown): Pending | undefined {
    if (typeof id !== 'string') return undefined
    const pending = this.#flying.get(id)
    this.#flying.delete(id)
    return pending
  }

  /** The socket is gone: what was in flight and is still wanted goes to the head of the line, in its order. */
  lost(): void {
    const again = [...this.#flying.values(), ...this.#waiting].filter((pending) => !pending.settled)
    this.#flying.clear()
    this.#waiting = new Set(again.filter((pending) => !pending.endedWith()))
  }

  /** Empties it; returns the calls that still wait for an end. */
  drain(): Pending[] {
    const all = [...this.#flying.values(), ...this.#waiting].filter((pending) => !pending.settled)
    this.#flying.clear()
    this.#waiting.clear()
    return all
  }
}
