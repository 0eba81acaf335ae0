/** Connections for whoever needs one, a bounded number, for a bounded wait. In charge of who has which; must not know statements. */
import { DBALError } from '../../errors/error.ts'
import { timedOut } from '../sql/errors.ts'
import { Connection } from './connection.ts'
import { Killer } from './killer.ts'
import type { Settings } from './options.ts'

interface Waiter {
  readonly give: (connection: Promise<Connection> | Connection) => void
  readonly timer: NodeJS.Timeout
  /** Its time has passed: what was being made for it is somebody else's. */
  over: boolean
}

export class Pool {
  readonly #settings: Settings
  readonly #killer: Killer
  readonly #idle: Connection[] = []
  /** Since when each is held. */
  readonly #held = new Map<Connection, number>()
  readonly #waiting: Waiter[] = []
  #opening = 0
  #open = true
  #emptied: (() => void) | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.#killer = new Killer(settings)
  }

  /** Whoever asks now has to wait for somebody else to be done. */
  get crowded(): boolean {
    return this.#waiting.length > 0 || (this.#idle.length === 0 && this.#held.size + this.#opening >= this.#settings.poolSize)
  }

  /** One that does not count and goes when it is released: for a question that must not wait. The driver's error where none can be opened. */
  async aside<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await Connection.open(this.#settings, (thread) => this.#killer.kill(thread))
    try {
      return await work(connection)
    } finally {
      void connection.close()
    }
  }

  /** One that nobody else has. DATABASE_ERROR with a hint, or TIMEOUT where `deadline` comes first. The driver's error where none can be opened. */
  acquire(deadline = Infinity): Promise<Connection> | Connection {
    if (!this.#open) throw closed()
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined) break
      if (connection.usable) return this.#hold(connection)
      void connection.close()
    }
    return this.#held.size + this.#opening < this.#settings.poolSize ? this.#inTime(this.#connect(), deadline) : this.#wait(deadline)
  }

  #hold(connection: Connection): Connection {
    this.#held.set(connection, performance.now())
    return connection
  }

  async #connect(): Promise<Connection> {
    this.#opening++
    try {
      const connection = await Connection.open(this.#settings, (thread) => this.#killer.kill(thread))
      if (this.#open) return this.#hold(connection)
      await connection.close()
      throw closed()
    } finally {
      this.#opening--
      this.#serve()
      this.#check()
    }
  }

  /** Whoever has no time left stops waiting; the connection serves the next one. */
  #inTime(making: Promise<Connection>, deadline: number): Promise<Connection> {
    const left = deadline - performance.now()
    if (left >= this.#settings.connectTimeout) return making
    return new Promise((resolve, reject) => {
      let over = false
      const timer = setTimeout(
        () => {
          over = true
          reject(timedOut())
        },
        Math.max(left, 0),
      )
      making.then(
        (connection) => {
          clearTimeout(timer)
          if (over) this.release(connection)
          else resolve(connection)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(error)
        },
      )
    })
  }

  #wait(deadline: number): Promise<Connection> {
    const { acquireTimeout } = this.#settings
    const left = deadline - performance.now()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          waiter.over = true
          const at = this.#waiting.indexOf(waiter)
          if (at !== -1) this.#waiting.splice(at, 1)
          reject(left < acquireTimeout ? timedOut() : busy())
        },
        Math.max(Math.min(acquireTimeout, left), 0),
      )
      const waiter: Waiter = { give: resolve, timer, over: false }
      this.#waiting.push(waiter)
    })
  }

  /** It must have no open transaction. */
  release(connection: Connection): void {
    this.#held.delete(connection)
    connection.collided = false
    if (!connection.usable || !this.#open) void connection.close()
    else this.#idle.push(connection)
    this.#serve()
    this.#check()
  }

  /** Gives who waits longest what there is, or opens another one in place of one that was discarded. */
  #serve(): void {
    while (this.#waiting.length > 0 && this.#open) {
      if (this.#idle.length === 0 && this.#held.size + this.#opening >= this.#settings.poolSize) return
      void this.#serveOne(this.#waiting.shift() as Waiter)
    }
  }

  async #serveOne(next: Waiter): Promise<void> {
    try {
      const got = this.acquire()
      const connection = got instanceof Promise ? await got : got
      if (next.over) this.release(connection)
      else next.give(connection)
    } catch (error) {
      next.give(Promise.reject(error))
    } finally {
      clearTimeout(next.timer)
    }
  }

  gauges(): Readonly<Record<string, number>> {
    const [oldest] = this.#held.values()
    return {
      pool_size: this.#settings.poolSize,
      pool_open: this.#held.size + this.#idle.length,
      pool_leased: this.#held.size,
      pool_waiting: this.#waiting.length,
      pool_oldest_lease_ms: oldest === undefined ? 0 : Math.round(performance.now() - oldest),
    }
  }

  /** Those that are held end when they come back, or after `patience` milliseconds. */
  async close(patience: number): Promise<void> {
    if (!this.#open) return
    this.#open = false
    for (const { give, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer)
      give(Promise.reject(closed()))
    }
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()))
    if (this.#held.size + this.#opening === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of this.#held.keys()) connection.cut()
        resolve()
      }, patience)
      this.#emptied = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #check(): void {
    if (!this.#open && this.#held.size + this.#opening === 0) this.#emptied?.()
  }
}

function busy(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'Every connection is in use; keep transactions short, try again, or raise database.pool_size' })
}

export function closed(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
}
