/**
 * Connections: leased to one transaction or statement at a time, or shared by short reads that travel one behind the other.
 * In charge of how many there are, whose turn it is and which are fit to be used again; must not know statements.
 */
import { DBALError } from '../../errors/error.ts'
import { timedOut } from '../sql/errors.ts'
import { connect } from './connect.ts'
import { isFull, translate } from './failure.ts'
import type { Reach } from './options.ts'
import type { Wire } from './wire.ts'

interface Waiter {
  readonly go: (wire: Wire) => void
  readonly fail: (error: unknown) => void
  readonly timer: NodeJS.Timeout
  /** Its time has passed: what was being made for it is somebody else's. */
  over: boolean
}

/** Connections that short reads share at most, of those that there may be: the others stay free for transactions. */
const mostLanes = 4
/** Short reads under way on one connection before another one is taken. */
const lanes = (size: number): number => Math.max(1, Math.min(mostLanes, size >> 2))
const laneLoad = 4
/** Milliseconds after which a connection that nobody needs is given back. */
const idleTimeout = 300_000

export class Pool {
  readonly #reach: Reach
  readonly #idle: { readonly wire: Wire; readonly since: number }[] = []
  readonly #lanes: Wire[] = []
  readonly #leased = new Set<Wire>()
  readonly #waiting: Waiter[] = []
  readonly #sweep: NodeJS.Timeout
  #opening = 0
  #open = true
  #drained: (() => void) | undefined

  constructor(reach: Reach) {
    this.#reach = reach
    this.#sweep = setInterval(() => this.#tidy(), idleTimeout / 4)
    this.#sweep.unref()
  }

  get #size(): number {
    return this.#idle.length + this.#lanes.length + this.#leased.size + this.#opening
  }

  /** Whoever asks now has to wait for somebody else to be done. */
  get crowded(): boolean {
    return this.#waiting.length > 0 || (this.#idle.length === 0 && this.#size >= this.#reach.poolSize)
  }

  /** A connection for one user alone, in turn. DATABASE_ERROR where none is free in time, or none can be made. */
  lease(deadline = Infinity): Promise<Wire> {
    return this.#take(deadline)
  }

  /** Gives a leased connection back; one of unknown state is ended. */
  release(wire: Wire): void {
    this.#leased.delete(wire)
    this.#settle(wire)
  }

  /** A connection for a short read that may share it: the answer comes at once where there is one. */
  lane(deadline = Infinity): Wire | Promise<Wire> {
    if (!this.#open) throw closed()
    let best: Wire | undefined
    for (const wire of this.#lanes) if (!wire.spent && (best === undefined || wire.load < best.load)) best = wire
    // Where reads hold every connection, who waits for one alone goes first.
    if (best !== undefined && this.#waiting.length > 0 && this.#leased.size === 0) best = undefined
    const more = this.#lanes.length < lanes(this.#reach.poolSize)
    if (best !== undefined && (best.load < laneLoad || !more)) return best
    const free = more && this.#waiting.length === 0 ? this.#free() : undefined
    if (free !== undefined) return this.#share(this.#give(free))
    if (best !== undefined) {
      if (more && this.#size < this.#reach.poolSize) this.#grow()
      return best
    }
    return this.#take(deadline).then((wire) => this.#share(wire))
  }

  /** Says that a read which shared the connection has been answered. */
  leave(wire: Wire): void {
    if (wire.load > 0 && !wire.spent) return
    const at = this.#lanes.indexOf(wire)
    if (at === -1) return
    this.#lanes.splice(at, 1)
    // One that was told to stop something ends by itself when the reads behind that are answered.
    if (wire.load > 0) this.#serve()
    else this.#settle(wire)
    this.#check()
  }

  gauges(): Readonly<Record<string, number>> {
    const now = performance.now()
    let running = 0
    for (const wire of this.#lanes) running += wire.load
    return {
      pool_size: this.#size,
      pool_leased: this.#leased.size,
      pool_shared: this.#lanes.length,
      pool_waiting: this.#waiting.length,
      pool_running: running + this.#leased.size,
      pool_oldest_lease_ms: Math.round(Math.max(0, ...[...this.#leased].map((wire) => now - wire.since))),
    }
  }

  /** Ends what is idle at once and the rest when it is given back, but no later than the time a lease may be waited for. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    clearInterval(this.#sweep)
    for (const { fail, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer)
      fail(closed())
    }
    for (const { wire } of this.#idle.splice(0)) wire.close()
    if (this.#size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#reach.acquireTimeout)
      this.#drained = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    for (const wire of [...this.#leased, ...this.#lanes]) wire.close()
  }

  /** From one user to all short reads. */
  #share(wire: Wire): Wire {
    this.#leased.delete(wire)
    this.#lanes.push(wire)
    return wire
  }

  /** Counted as leased from the moment on that it is somebody's. */
  #give(wire: Wire): Wire {
    this.#leased.add(wire)
    wire.since = performance.now()
    wire.ref()
    return wire
  }

  #free(): Wire | undefined {
    for (;;) {
      const found = this.#idle.pop()?.wire
      if (found === undefined || !found.spent) return found
    }
  }

  #take(deadline: number): Promise<Wire> {
    if (!this.#open) return Promise.reject(closed())
    const free = this.#waiting.length === 0 ? this.#free() : undefined
    if (free !== undefined) return Promise.resolve(this.#give(free))
    if (this.#size < this.#reach.poolSize) return this.#inTime(this.#make(deadline), deadline)
    return this.#wait(deadline)
  }

  async #make(deadline: number): Promise<Wire> {
    this.#opening++
    let failure: unknown
    try {
      const wire = await connect(this.#reach, (gone) => this.#forget(gone))
      if (this.#open) return this.#give(wire)
      wire.close()
      failure = closed()
    } catch (error) {
      failure = error
    } finally {
      this.#opening--
    }
    // A server that takes no more of them still serves those that there are.
    if (isFull(failure) && this.#size > 0) {
      const free = this.#free()
      return free === undefined ? this.#wait(deadline) : this.#give(free)
    }
    this.#serve()
    this.#check()
    throw translate(failure)
  }

  /** Whoever has no time left stops waiting; the connection serves the next one. */
  #inTime(making: Promise<Wire>, deadline: number): Promise<Wire> {
    const left = deadline - performance.now()
    if (left >= this.#reach.connectTimeout) return making
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
        (wire) => {
          clearTimeout(timer)
          if (over) this.release(wire)
          else resolve(wire)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(error)
        },
      )
    })
  }

  #wait(deadline: number): Promise<Wire> {
    const left = deadline - performance.now()
    const { acquireTimeout } = this.#reach
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          waiter.over = true
          const at = this.#waiting.indexOf(waiter)
          if (at !== -1) this.#waiting.splice(at, 1)
          reject(left < acquireTimeout ? timedOut() : exhausted())
        },
        Math.max(Math.min(acquireTimeout, left), 0),
      )
      const waiter: Waiter = { go: resolve, fail: reject, timer, over: false }
      this.#waiting.push(waiter)
    })
  }

  /** One more for reads to share, while they make do with what there is. */
  #grow(): void {
    this.#make(Infinity).then(
      (wire) => this.release(wire),
      () => undefined,
    )
  }

  /** A connection that nobody has: to the next in line, or aside. */
  #settle(wire: Wire): void {
    if (wire.spent || wire.status !== 'I' || wire.load > 0 || !this.#open) {
      wire.close()
      this.#serve()
    } else {
      const next = this.#waiting.shift()
      if (next === undefined) {
        wire.unref()
        this.#idle.push({ wire, since: performance.now() })
      } else {
        clearTimeout(next.timer)
        next.go(this.#give(wire))
      }
    }
    this.#check()
  }

  /** There is room for one more: who waits longest gets it. */
  #serve(): void {
    if (this.#waiting.length === 0 || this.#size >= this.#reach.poolSize) return
    const next = this.#waiting.shift() as Waiter
    this.#make(Infinity).then(
      (wire) => {
        clearTimeout(next.timer)
        if (next.over) this.release(wire)
        else next.go(wire)
      },
      (error: unknown) => {
        clearTimeout(next.timer)
        next.fail(error)
      },
    )
  }

  #forget(wire: Wire): void {
    const idle = this.#idle.findIndex((each) => each.wire === wire)
    if (idle !== -1) this.#idle.splice(idle, 1)
    const lane = this.#lanes.indexOf(wire)
    if (lane !== -1) this.#lanes.splice(lane, 1)
    // A leased one is counted until its user gives it back.
    if (this.#open) this.#serve()
    this.#check()
  }

  #tidy(): void {
    const since = performance.now() - idleTimeout
    while (this.#idle[0] !== undefined && this.#idle[0].since < since) this.#idle.shift()?.wire.close()
  }

  #check(): void {
    if (!this.#open && this.#size === 0) this.#drained?.()
  }
}

export function closed(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
}

function exhausted(): DBALError {
  return new DBALError('DATABASE_ERROR', {
    hint: 'Every connection of the pool is in use; keep transactions short, raise database.pool_size, or try again',
  })
}
