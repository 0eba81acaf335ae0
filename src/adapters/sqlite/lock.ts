/** Exclusive use of one connection, first come first served. In charge of waiting with an end; must not know what is done while it is held. */
import { DBALError } from '../../errors/error.ts'

interface Waiter {
  readonly go: () => void
  readonly timer: NodeJS.Timeout
}

export class Lock {
  #held = false
  readonly #queue: Waiter[] = []
  readonly #timeout: number

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  get held(): boolean {
    return this.#held
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Takes the lock if nobody has it. */
  take(): boolean {
    if (this.#held) return false
    this.#held = true
    return true
  }

  /** Takes the lock in turn. DATABASE_ERROR when it is not free in time. `deadline` is on `performance.now()`. */
  acquire(deadline = Infinity): Promise<void> {
    if (this.take()) return Promise.resolve()
    const left = deadline - performance.now()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#queue.splice(this.#queue.indexOf(waiter), 1)
          reject(left < this.#timeout ? new DBALError('TIMEOUT') : busy())
        },
        Math.max(Math.min(this.#timeout, left), 0),
      )
      const waiter: Waiter = { go: resolve, timer }
      this.#queue.push(waiter)
    })
  }

  release(): void {
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#held = false
      return
    }
    clearTimeout(next.timer)
    next.go()
  }
}

function busy(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'Every connection is held by a transaction; keep transactions short, or try again' })
}
