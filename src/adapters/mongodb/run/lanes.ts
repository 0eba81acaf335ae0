/**
 * Turns for those whose transactions collided: the server refuses the later of two writers at once, and many who try again by chance mostly
 * meet again. In charge of one at a time for what they all write, first come first served; must not know transactions.
 */

/** A place in the lane, until it is left. */
export interface Place {
  readonly lane: string
  leave(): void
}

interface Waiter {
  readonly come: () => void
  readonly timer: NodeJS.Timeout
}

export class Lanes {
  /** Who waits, by the name of each lane that somebody is in. */
  readonly #queues = new Map<string, Waiter[]>()

  isBusy(lane: string): boolean {
    return this.#queues.has(lane)
  }

  /** Lanes that somebody is in. */
  get busy(): number {
    return this.#queues.size
  }

  /** Undefined where it was not free within `patience` milliseconds: the lane helps, and nothing depends on it. */
  enter(lane: string, patience: number): Promise<Place | undefined> {
    const queue = this.#queues.get(lane)
    if (queue === undefined) {
      this.#queues.set(lane, [])
      return Promise.resolve(this.#place(lane))
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(waiter), 1)
        resolve(undefined)
      }, patience)
      const waiter: Waiter = { come: () => resolve(this.#place(lane)), timer }
      queue.push(waiter)
    })
  }

  #place(lane: string): Place {
    let left = false
    return {
      lane,
      leave: () => {
        if (left) return
        left = true
        const queue = this.#queues.get(lane) as Waiter[]
        const next = queue.shift()
        if (next === undefined) {
          this.#queues.delete(lane)
          return
        }
        clearTimeout(next.timer)
        next.come()
      },
    }
  }
}
