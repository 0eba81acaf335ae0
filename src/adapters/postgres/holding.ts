/**
 * A transaction's hold on a connection. In charge of round trips: what cannot fail travels with the next statement, and a statement
 * that fails is undone by itself. Must not know pools, queries or what the transaction is for.
 */
import type { Physical } from '../sql/dialect.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import type { Held } from '../sql/run/transaction.ts'
import { begins, limitHere, release, savepoint, undo } from './backend.ts'
import { isCollision, unknownOutcome } from './failure.ts'
import { Lost, type Part, Refused, type Wire } from './wire.ts'

const nothing: readonly never[] = []
const part = (text: Text): Part => ({ text, values: nothing })
/** Milliseconds that the answer to a COMMIT is waited for: only it says what came to pass. */
const commitPatience = 10_000

export class Holding implements Held {
  readonly #wire: Wire
  readonly #signal: AbortSignal | undefined
  readonly #serial: boolean
  readonly #timeout: number
  /** What travels with the next statement. */
  #before: Part[] = []
  /** Whether the server knows of the transaction. */
  #begun = false
  /** Milliseconds that statements of this transaction may take now; undefined where an undone part may have changed it. */
  #limit: number | undefined
  #reads = false
  /** Resolves when the server has heard that a transaction which only read is over. */
  ended: Promise<unknown> | undefined
  /** Others changed the same rows: nothing of it can stand. */
  collided = false
  /** A unique value was taken, perhaps by somebody whom the snapshot does not show. */
  clashed = false

  /** `timeout`: milliseconds that a statement may take at most. */
  constructor(wire: Wire, timeout: number, serial: boolean, signal: AbortSignal | undefined) {
    this.#wire = wire
    this.#timeout = timeout
    this.#limit = wire.timeout
    this.#serial = serial
    this.#signal = signal
  }

  begin(mode: 'read' | 'write'): void {
    this.#reads = mode === 'read'
    this.#before = [part(begins[mode === 'write' && this.#serial ? 'serial' : mode])]
  }

  later(text: Text): void {
    this.#before.push(part(text))
  }

  run(text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    const parts = this.#before
    this.#before = []
    this.#limitTo(deadline, parts)
    if (text.rows) return this.#send([...parts, { text, values }], parts.length, deadline)
    return this.#write(parts, text, values, deadline)
  }

  async commit(): Promise<void> {
    if (!this.#begun) return
    // What only read has nothing to wait for; whoever gets the connection next does.
    if (this.#reads) {
      if (!this.#wire.spent) this.ended = this.#wire.send([part(commitText)]).catch(() => undefined)
      return
    }
    this.#assertOpen()
    // COMMIT of a failed transaction undoes it, and says so in its answer only.
    if (this.#wire.status === 'E' && !this.#before.some(({ text }) => text === undo || /^ROLLBACK TO/.test(text.text)))
      throw new Lost('The transaction has failed')
    if (this.#wire.spent) throw new Lost('The connection ended before the transaction did')
    const parts = [...this.#before, part(commitText)]
    try {
      await this.#wire.send(parts, { deadline: performance.now() + commitPatience })
    } catch (error) {
      this.#note(error)
      if (error instanceof Refused) throw error
      throw unknownOutcome(error)
    }
  }

  async rollback(): Promise<void> {
    if (this.#begun && !this.#wire.spent) await this.#wire.send([part(rollbackText)])
  }

  /** A savepoint that was made just before serves the statement too: undoing it undoes nothing else. */
  async #write(parts: Part[], text: Text, values: readonly Physical[], deadline: number | undefined): Promise<Raw> {
    const [, own] = /^SAVEPOINT (\w+)$/.exec(parts.at(-1)?.text.text ?? '') ?? []
    const all = own === undefined ? [...parts, part(savepoint), { text, values }, part(release)] : [...parts, { text, values }]
    const main = own === undefined ? all.length - 2 : all.length - 1
    try {
      return await this.#send(all, main, deadline)
    } catch (error) {
      if (error instanceof Refused && error.at === main) {
        this.#before = own === undefined ? [part(undo), part(release)] : [part({ text: `ROLLBACK TO ${own}`, rows: false })]
        this.#limit = undefined
      }
      throw error
    }
  }

  /** A server that has rolled back by itself, or never began, would run the statement outside of any transaction. */
  #assertOpen(): void {
    if (this.#begun && this.#wire.status === 'I' && this.#wire.load === 0) throw new Lost('The transaction has ended')
  }

  async #send(parts: readonly Part[], main: number, deadline: number | undefined): Promise<Raw> {
    this.#assertOpen()
    try {
      const raw = await this.#wire.send(parts, { deadline, signal: this.#signal, main })
      this.#begun = true
      return raw
    } catch (error) {
      this.#begun = true
      this.#note(error)
      throw error
    }
  }

  /** The server stops what takes longer than the call has left; beside it this side keeps its own clock. */
  #limitTo(deadline: number | undefined, parts: Part[]): void {
    const left = deadline === undefined ? this.#timeout : Math.max(1, Math.ceil(deadline - performance.now()))
    const wanted = left < this.#timeout * shorter ? left : this.#timeout
    // A limit that is shorter by little is near enough; each change is a statement more.
    if (this.#limit !== undefined && wanted >= this.#limit * shorter && wanted <= this.#limit / shorter) return
    parts.push({ text: limitHere, values: [String(wanted)] })
    this.#limit = wanted
  }

  #note(error: unknown): void {
    if (isCollision(error)) this.collided = true
    if (error instanceof Refused && error.told.code === '23505') this.clashed = true
  }
}

/** A deadline that is nearer than this part of the session's own limit is told to the server. */
export const shorter = 0.8

const commitText: Text = { text: 'COMMIT', rows: false }
const rollbackText: Text = { text: 'ROLLBACK', rows: false }
