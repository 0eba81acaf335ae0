/** A transaction that a program leads call by call, from `begin` to the one end. In charge of that frame; must not know transports. */
import { DBALError, invalid } from '../../errors/error.ts'
import type { Method } from '../../protocol/message.ts'
import type { Value } from '../../schema/entity.ts'
import { face, rowMethods, type Send, withoutPrototype } from '../face.ts'
import type { CallOptions } from '../types.ts'

type Calls = (method: Method, params: readonly Value[], options: CallOptions, transaction?: string) => Promise<Value>

/** After these the transaction is over, or nobody here knows what it holds. */
const fatal: ReadonlySet<string> = new Set(['TIMEOUT', 'DATABASE_ERROR', 'INTERNAL_ERROR'])

/**
 * Resolves with what `work` does, once all is committed; rejects with what it threw, or what kept it from being committed. A call that
 * ended the transaction is what it rejects with, also where `work` went on.
 */
export async function lead(
  work: (tx: object) => unknown,
  calls: Calls,
  finder: (ask: () => Promise<Value>) => (plural: string) => string | Promise<string>,
  idempotencyKey: string,
): Promise<unknown> {
  const begun = (await calls('begin', [], {})) as { readonly transaction: string }
  const steps = new Steps(calls, begun.transaction)
  let result: unknown
  try {
    const own = withoutPrototype({ ...rowMethods(steps.send), savepoint: (part: unknown) => steps.savepoint(part) })
    result = await work(
      face(
        own,
        finder(() => steps.send('getSchema', [], {})),
        steps.send,
      ),
    )
    await steps.settled()
    if (steps.broken !== undefined) throw steps.broken
  } catch (error) {
    await steps.giveUp()
    throw error
  }
  steps.close()
  try {
    await calls('commit', [], { idempotencyKey }, begun.transaction)
  } catch (error) {
    const { outcome, transaction } = error instanceof DBALError ? error.details : {}
    // Never sent, or refused before it began: what is still open must not keep its rows until the lease ends it.
    if (outcome !== 'unknown' && transaction !== 'ended') await steps.giveUp()
    throw error
  }
  return result
}

class Steps {
  readonly #calls: Calls
  readonly #id: string
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false
  /** The error after which nothing more can be committed. */
  broken: DBALError | undefined

  constructor(calls: Calls, id: string) {
    this.#calls = calls
    this.#id = id
  }

  readonly send: Send = async (method, params, options) => {
    if (this.#closed)
      throw new DBALError('CONFLICT', { reason: 'The transaction has ended; await its calls inside the function', transaction: 'ended' })
    if (options.idempotencyKey !== undefined) {
      throw invalid({ field: 'idempotencyKey', error: 'A step is never repeated; give the key to client.transaction' })
    }
    const call = this.#calls(method, params, options, this.#id)
    this.#underWay.add(call)
    try {
      return await call
    } catch (error) {
      if (error instanceof DBALError && (fatal.has(error.code) || error.details['transaction'] === 'ended')) this.broken ??= error
      throw error
    } finally {
      this.#underWay.delete(call)
    }
  }

  /** `part` alone is undone where it throws. */
  async savepoint(part: unknown): Promise<unknown> {
    if (typeof part !== 'function') throw invalid({ field: 'savepoint', error: 'Must be a function' })
    const { savepoint } = (await this.send('savepoint', [], {})) as { readonly savepoint: number }
    let result: unknown
    try {
      result = await (part as () => unknown)()
      await this.settled()
    } catch (error) {
      if (this.broken === undefined) await this.send('rollback', [savepoint], {})
      throw error
    }
    await this.send('release', [savepoint], {})
    return result
  }

  /** Calls that nobody awaited are part of the transaction too. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  /** Nobody can call any more. */
  close(): void {
    this.#closed = true
  }

  /** Whatever comes of it, nothing is committed: without an answer the lease of the transaction ends it. */
  async giveUp(): Promise<void> {
    await this.settled()
    this.close()
    if (this.broken?.details['transaction'] === 'ended') return
    // A signal that has fired already must not keep the rows locked.
    await this.#calls('rollback', [], { signal: undefined }, this.#id).catch(() => undefined)
  }
}
