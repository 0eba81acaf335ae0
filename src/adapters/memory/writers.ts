/** Who may write: one at a time, in the order of arrival. In charge of waiting; must not know rows or queries. */
import type { RunOptions } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import { refuseLate } from './scope.ts'

interface Waiter {
  readonly admit: () => void
}

export class Writers {
  #busy = false
  readonly #waiting = new Set<Waiter>()

  get busy(): boolean {
    return this.#busy
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves when it is the caller's turn, who must `leave` then. TIMEOUT past the deadline or once the signal has fired. */
  async enter(options: RunOptions = {}): Promise<void> {
    refuseLate(options)
    if (this.#busy) await this.#turn(options)
    this.#busy = true
  }

  #turn({ deadline, signal }: RunOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
      }
      const giveUp = (): void => {
        stop()
        reject(new DBALError('TIMEOUT'))
      }
      const waiter = {
        admit: () => {
          stop()
          resolve()
        },
      }
      const timer = deadline === undefined ? undefined : setTimeout(giveUp, Math.max(0, deadline - performance.now()))
      signal?.addEventListener('abort', giveUp)
      this.#waiting.add(waiter)
    })
  }

  /** Hands the turn to whoever has waited longest; nobody can come between. */
  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#busy = false
    else next.admit()
  }
}
