/** Counts attempts within a window, for secrets that must not be guessed. In charge of counting; must not know what is attempted. */

export interface AttemptCounter {
  /** Seconds to wait before another attempt, or 0; an attempt that is let in counts at once, before it is known how it ends. */
  take(key: string, max: number, windowSeconds: number): number
  /** A success clears the count of the key. */
  clear(key: string): void
  readonly size: number
}

interface Window {
  count: number
  endsAt: number
}

/** Keys remembered at once. Beyond it, keys that are not known share one count: nobody gets more attempts by flooding names. */
const defaultMaxKeys = 100_000
const crowdKey = '\u0000crowd'

/** A window opens with the first attempt and ends `windowSeconds` later; a stranger's failures never lock an account for longer. */
export function createAttempts(monotonic: () => number, maxKeys: number = defaultMaxKeys): AttemptCounter {
  const windows = new Map<string, Window>()

  /** Windows end roughly in the order in which they were opened: a look at the oldest few is enough. */
  const forget = (now: number): void => {
    let looked = 0
    for (const [key, window] of windows) {
      if (window.endsAt <= now) windows.delete(key)
      if (++looked >= 16) return
    }
  }

  return {
    take(key, max, windowSeconds) {
      const now = monotonic()
      if (windows.size >= maxKeys) forget(now)
      const name = windows.has(key) || windows.size < maxKeys ? key : crowdKey
      const window = windows.get(name)
      if (window === undefined || window.endsAt <= now) {
        windows.delete(name)
        windows.set(name, { count: 1, endsAt: now + windowSeconds * 1000 })
        return 0
      }
      if (window.count < max) {
        window.count += 1
        return 0
      }
      return Math.max(1, Math.ceil((window.endsAt - now) / 1000))
    },
    clear(key) {
      windows.delete(key)
    },
    get size() {
      return windows.size
    },
  }
}
