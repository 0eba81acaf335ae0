/** One connection: runs a statement, ends it in the server when its time is over. In charge of being clean or discarded; must not know queries or pools. */
import type { Physical } from '../sql/dialect.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import { type DriverConnection, openDriver } from './driver.ts'
import { isCollision, isOverdue, Overdue } from './failure.ts'
import { isLost } from './hints.ts'
import type { Settings } from './options.ts'
import { type SessionFacts, setUp } from './session.ts'

/** Milliseconds that the server has to end a statement after it was told to; then the connection is cut. */
const grace = 2000

/** Ends the running statement of another connection, by its thread. */
export type Kill = (thread: number) => Promise<void>

export class Connection {
  readonly facts: SessionFacts
  readonly #driver: DriverConnection
  readonly #kill: Kill
  readonly #statementTimeout: number
  /** Somebody has told the server to end what runs here: it might end the next statement instead. */
  #doomed = false
  /** The statement before failed because two writers met. */
  collided = false

  private constructor(driver: DriverConnection, facts: SessionFacts, kill: Kill, settings: Settings) {
    this.#driver = driver
    this.facts = facts
    this.#kill = kill
    this.#statementTimeout = settings.statementTimeout
    // Without a listener the end of an idle connection would end the process.
    driver.on('error', () => undefined)
  }

  static async open(settings: Settings, kill: Kill): Promise<Connection> {
    const driver = await openDriver(settings)
    try {
      return new Connection(driver, await setUp(driver, settings.statementTimeout), kill, settings)
    } catch (error) {
      driver.destroy()
      throw error
    }
  }

  /** May somebody else have it? */
  get usable(): boolean {
    return !this.#doomed && this.#driver.isValid()
  }

  /** Sent at once, behind what was sent before. Rejects with the driver's error, or `Overdue`. */
  run({ text, rows }: Text, values: readonly Physical[], deadline: number | undefined, signal?: AbortSignal): Promise<Raw> {
    const left = deadline === undefined ? this.#statementTimeout + grace : deadline - performance.now()
    if (left <= 0 || signal?.aborted === true) return Promise.reject(new Overdue())
    // Commands have no prepared form; rows are read in the binary one, which rounds nothing.
    const answer = rows || values.length > 0 ? this.#driver.execute(text, values as Physical[]) : this.#driver.query(text)
    return this.#bounded(answer as Promise<unknown>, left, signal).then(
      (result) => (rows ? (result as Physical[][]) : (result as { affectedRows: number }).affectedRows),
      (error: unknown) => {
        if (isCollision(error)) this.collided = true
        throw error
      },
    )
  }

  #bounded(answer: Promise<unknown>, left: number, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let cut: NodeJS.Timeout | undefined
      const stop = (): void => {
        this.#doomed = true
        cut = setTimeout(() => {
          this.#driver.destroy()
          reject(new Overdue(true))
        }, grace)
        const thread = this.#driver.threadId
        if (thread !== null) this.#kill(thread).catch(() => undefined)
      }
      const timer = setTimeout(stop, left)
      signal?.addEventListener('abort', stop, { once: true })
      const settled = (): void => {
        clearTimeout(timer)
        clearTimeout(cut)
        signal?.removeEventListener('abort', stop)
      }
      answer.then(
        (result) => {
          settled()
          resolve(result)
        },
        (error: unknown) => {
          settled()
          reject(this.#doomed && (isOverdue(error) || isLost(error as object)) ? new Overdue(isLost(error as object), error) : error)
        },
      )
    })
  }

  /** Says goodbye, or cuts where nobody listens. */
  async close(): Promise<void> {
    if (!this.usable) return this.#driver.destroy()
    await this.#driver.end().catch(() => this.#driver.destroy())
  }

  cut(): void {
    this.#doomed = true
    this.#driver.destroy()
  }
}
