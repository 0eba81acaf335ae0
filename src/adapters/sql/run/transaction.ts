/**
 * A transaction over a channel: begin, statements, savepoints, commit or rollback.
 * In charge of its boundaries; must not know where statements run.
 */
import type { RunOptions, Transaction } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Answer, Args, Query } from '../../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../../query/authorized.ts'
import { timedOut } from '../errors.ts'
import type { Backend, Channel, Plans, Text } from './plan.ts'

/** What a transaction needs of its connection. Statements of an ended transaction must fail (`lost`), never run outside. */
export interface Held extends Channel {
  /** Outside of any transaction: BEGIN in the words of the database. */
  begin(mode: 'read' | 'write'): unknown
  /** Takes a savepoint's command along with the next statement; absent where each goes by itself. */
  later?(text: Text): void
  /** Instead of the bare commands, where more is to be said. A commit whose outcome cannot be known says so. */
  commit?(): Promise<void>
  rollback?(): Promise<void>
}

const command = (text: string): Text => ({ text, rows: false })
const commit = command('COMMIT')
const rollback = command('ROLLBACK')
const none: readonly never[] = []

export function checkSignal(options: RunOptions | undefined): void {
  if (options?.signal?.aborted === true) throw new DBALError('TIMEOUT', { reason: 'The call was cancelled' })
}

function misuse(message: string): DBALError {
  return new DBALError('INTERNAL_ERROR', {}, { message })
}

class OpenTransaction implements Transaction {
  readonly #held: Held
  readonly #plans: Plans
  readonly #mode: 'read' | 'write'
  readonly #options: RunOptions | undefined
  #open = true
  #depth = 0

  constructor(held: Held, plans: Plans, mode: 'read' | 'write', options: RunOptions | undefined) {
    this.#held = held
    this.#plans = plans
    this.#mode = mode
    this.#options = options
  }

  run(query: Authorized<Query>, args: Args, options?: RunOptions): Answer | Promise<Answer> {
    assertAuthorized(query)
    if (!this.#open) throw misuse('The transaction has ended')
    checkSignal(this.#options)
    checkSignal(options)
    const plan = this.#plans.of(query)
    if (plan.writes && this.#mode === 'read') throw misuse('A read transaction was asked to write')
    const deadline = options?.deadline ?? this.#options?.deadline
    if (plan.steps(args) > 1) return this.savepoint(async () => plan.run(this.#held, args, deadline))
    return plan.run(this.#held, args, deadline)
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#open) throw misuse('The transaction has ended')
    const name = `dbal_${++this.#depth}`
    try {
      await this.#mark(command(`SAVEPOINT ${name}`))
      let result: T
      try {
        result = await work()
      } catch (error) {
        await this.#mark(command(`ROLLBACK TO ${name}`))
        await this.#mark(command(`RELEASE SAVEPOINT ${name}`))
        throw error
      }
      await this.#mark(command(`RELEASE SAVEPOINT ${name}`))
      return result
    } finally {
      this.#depth--
    }
  }

  async #mark(text: Text): Promise<void> {
    if (this.#held.later === undefined) await this.#control(() => this.#held.run(text, none, undefined))
    else this.#held.later(text)
  }

  commit(): Promise<void> {
    return this.#control(() => this.#held.commit?.() ?? this.#held.run(commit, none, undefined))
  }

  rollback(): Promise<void> {
    return this.#control(() => this.#held.rollback?.() ?? this.#held.run(rollback, none, undefined))
  }

  async #control(work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw this.#plans.backend.translate(error)
    }
  }

  end(): void {
    this.#open = false
  }
}

function checkLate(options: RunOptions | undefined): void {
  checkSignal(options)
  if (options?.deadline !== undefined && performance.now() > options.deadline) throw timedOut()
}

/** What went wrong, if something did. The statement is on its way when this returns. */
function begin(held: Held, mode: 'read' | 'write', { translate }: Backend): Promise<Error | undefined> {
  try {
    return Promise.resolve(held.begin(mode)).then(
      () => undefined,
      (error: unknown) => translate(error),
    )
  } catch (error) {
    return Promise.resolve(translate(error))
  }
}

/** Runs `work` between BEGIN and COMMIT on a connection that nobody else uses meanwhile. */
export async function transact<T>(
  held: Held,
  plans: Plans,
  mode: 'read' | 'write',
  work: (tx: Transaction) => Promise<T>,
  options?: RunOptions,
): Promise<T> {
  checkLate(options)
  const tx = new OpenTransaction(held, plans, mode, options)
  // Not awaited: it travels with the first statement, which fails as `lost` if it did not begin.
  const begun = begin(held, mode, plans.backend)
  try {
    const result = await work(tx)
    const failed = await begun
    if (failed !== undefined) throw failed
    tx.end()
    checkLate(options)
    await tx.commit()
    return result
  } catch (error) {
    tx.end()
    const failed = await begun
    // Where the database has rolled back already there is nothing left to undo.
    await tx.rollback().catch(() => undefined)
    throw failed ?? error
  }
}
