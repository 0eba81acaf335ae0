/**
 * An interactive transaction of a client as the hold on a connection that plans and transactions work with.
 * In charge of never going on, and never committing, where the database has given the transaction up; must not know queries.
 */
import type { Physical } from '../sql/dialect.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import type { Held } from '../sql/run/transaction.ts'
import type { RawClient } from './client.ts'
import { Gone, isOfTransaction, Overdue } from './failure.ts'

/** How a database behind the client treats statements of a transaction. */
export interface Habits {
  /** First statement of a transaction that will write after it has read; absent where there is none yet, or none is needed. */
  lock(): string | undefined
  /**
   * What a failed statement does to its transaction. `goes on`: the statement alone is undone. `stuck`: nothing runs until a part is
   * rolled back, and a commit would undo all without saying so. `over`: it was rolled back already, and what follows would be by itself.
   */
  after(error: unknown): 'goes on' | 'stuck' | 'over'
  /** The statement with what the session would otherwise decide, and stopped by the server after so many milliseconds. */
  within?(text: string, left: number | undefined): string
  /** Limits every statement that follows to so many milliseconds, where `within` cannot. */
  limit?(left: number): Text & { readonly values: readonly Physical[] }
}

const command = (text: string): Text => ({ text, rows: false })
const mark = command('SAVEPOINT dbal_statement')
const undo = command('ROLLBACK TO SAVEPOINT dbal_statement')
const release = command('RELEASE SAVEPOINT dbal_statement')
const ofSavepoints = /^(?:SAVEPOINT|ROLLBACK TO|RELEASE SAVEPOINT) /
/** A limit that is shorter by less than this part is near enough: each change is a round trip. */
const shorter = 0.8
const none: readonly never[] = []

export function ask(client: RawClient, { text, rows }: Text, values: readonly Physical[]): PromiseLike<unknown> {
  return rows ? client.$queryRawUnsafe(text, ...values) : client.$executeRawUnsafe(text, ...values)
}

/** Every cell has a name of its own, and names that are no numbers keep their order. */
export function rawOf(answer: unknown): Raw {
  return typeof answer === 'number' ? answer : (answer as Readonly<Record<string, Physical>>[]).map((row) => Object.values(row))
}

export interface Watch {
  /** Of a failure: what is to be remembered of it. */
  readonly note: (error: unknown) => void
  /** The transaction ends with its only statement, so that nothing has to be undone before. */
  readonly single: boolean
}

export class Lease implements Held {
  readonly within = true
  readonly #tx: RawClient
  readonly #habits: Habits
  readonly #watch: Watch
  #open = true
  #state: ReturnType<Habits['after']> = 'goes on'
  /** Milliseconds that statements may take now; undefined where nobody has said. */
  #limit: number | undefined
  /** What was asked is answered one after the other: some of it is several statements. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(tx: RawClient, habits: Habits, watch: Watch) {
    this.#tx = tx
    this.#habits = habits
    this.#watch = watch
  }

  async begin(mode: 'read' | 'write'): Promise<void> {
    const text = mode === 'write' ? this.#habits.lock() : undefined
    if (text !== undefined) await this.#inTurn(() => this.#send(command(text), none, undefined))
  }

  run(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    return this.#inTurn(() => this.#run(text, values, deadline))
  }

  #inTurn(work: () => Promise<Raw>): Promise<Raw> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #run(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    if (ofSavepoints.test(text.text)) return this.#savepoint(text)
    await this.#limitTo(deadline)
    // A read that fails leaves the rest in doubt; a write that fails is undone by itself, as everywhere.
    if (text.rows || this.#watch.single || this.#habits.limit === undefined) return this.#send(text, values, deadline)
    await this.#send(mark, none, deadline)
    let raw: Raw
    try {
      raw = await this.#send(text, values, deadline)
    } catch (error) {
      if (this.#state === 'stuck')
        await this.#savepoint(undo)
          .then(() => this.#send(release, none, undefined))
          .catch(() => undefined)
      throw error
    }
    await this.#send(release, none, undefined)
    return raw
  }

  /** Going back to one frees what was stuck. */
  async #savepoint(text: Text): Promise<Raw> {
    const back = text.text.startsWith('ROLLBACK TO')
    if (back && this.#state === 'stuck') this.#state = 'goes on'
    const raw = await this.#send(text, none, undefined)
    if (back) this.#limit = undefined
    return raw
  }

  async #limitTo(deadline: number | undefined): Promise<void> {
    const { limit } = this.#habits
    if (limit === undefined || deadline === undefined) return
    const left = Math.max(1, Math.ceil(deadline - performance.now()))
    if (this.#limit !== undefined && left >= this.#limit * shorter && left <= this.#limit / shorter) return
    const { values, ...text } = limit(left)
    await this.#send(text, values, deadline)
    this.#limit = left
  }

  async #send(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    if (!this.#open || this.#state !== 'goes on') throw new Gone()
    const left = deadline === undefined ? undefined : deadline - performance.now()
    if (left !== undefined && left <= 0) throw new Overdue()
    const bare = this.#habits.within === undefined || ofSavepoints.test(text.text)
    const sent = bare ? text : { ...text, text: (this.#habits.within as NonNullable<Habits['within']>)(text.text, left) }
    try {
      return rawOf(await ask(this.#tx, sent, values))
    } catch (error) {
      this.#watch.note(error)
      this.#state = isOfTransaction(error) ? 'over' : this.#habits.after(error)
      if (!isOfTransaction(error)) throw error
      throw deadline !== undefined && performance.now() >= deadline ? new Overdue() : new Gone()
    }
  }

  /** The client commits where the work resolves. */
  async commit(): Promise<void> {
    await this.#last
    if (!this.#open || this.#state !== 'goes on') throw new Gone()
    this.#open = false
  }

  async rollback(): Promise<void> {
    this.#open = false
  }
}
