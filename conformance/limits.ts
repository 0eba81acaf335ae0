/** Ends for what may never end by itself: a case that hangs is a failure and not a run without a report. In charge of the waiting; must not know cases. */

export interface Limits {
  /** Milliseconds for one case, and for each of its steps beside. */
  readonly steps: number
  readonly step: number
  /** For opening, cleaning or closing a database. */
  readonly database: number
  /** For all cases of a column. Past it none is begun. */
  readonly column: number
}

/** A case of 200 steps takes 15 s on MongoDB, and twice that where eight runs share two cores; the slowest column some 4 minutes. */
export const usualLimits: Limits = { steps: 30_000, step: 500, database: 120_000, column: 900_000 }

export class TookTooLong extends Error {
  constructor(what: string, ms: number) {
    super(`${what} did not end within ${ms / 1000} s`)
  }
}

/** TookTooLong after `ms`. What goes on behind it is nobody's any more, and fails for itself. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(what, ms)), ms)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
