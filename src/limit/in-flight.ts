/** Bounds how many calls run at the same time, in all and for one key. In charge of the count; must not know what a call does. */

export interface InFlight {
  /** A function that gives the place back (once; more often does nothing), or undefined where there is no place. */
  enter(key: string): (() => void) | undefined
  /** Calls that run now. */
  readonly running: number
}

export interface InFlightOptions {
  readonly total: number
  readonly perKey: number
}

export function createInFlight({ total, perKey }: InFlightOptions): InFlight {
  const counts = new Map<string, number>()
  let running = 0

  const leave = (key: string): void => {
    running -= 1
    const count = (counts.get(key) ?? 1) - 1
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }

  return {
    enter(key) {
      const count = counts.get(key) ?? 0
      if (running >= total || count >= perKey) return undefined
      running += 1
      counts.set(key, count + 1)
      let left = false
      return () => {
        if (left) return
        left = true
        leave(key)
      }
    },
    get running() {
      return running
    },
  }
}
