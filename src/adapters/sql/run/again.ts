/** Work that other writers got in the way of, done again. In charge of how often and how soon; must not know what the work is. */
import type { RunOptions } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'

/** Tries in all: writers that meet by chance are through after two or three. */
const mostTries = 8
/** Milliseconds: each wait is a random part of a bound that doubles, so that those who met do not meet again. */
const firstPause = 4
const longestPause = 250

export interface Try<T> {
  readonly result: Promise<T>
  /** Asked after a failure: did a statement fail because writers met? Errors do not tell, as whoever asked may have wrapped them. */
  collided(): boolean
}

/** Runs `work`, a whole unit that leaves nothing behind when it fails. CONFLICT, retryable, where writers met too often or `once` is said. */
export async function again<T>(start: () => Try<T>, options: RunOptions | undefined): Promise<T> {
  for (let tries = 1; ; tries++) {
    const { result, collided } = start()
    try {
      return await result
    } catch (error) {
      if (!collided()) throw error
      const pause = Math.random() * Math.min(longestPause, firstPause * 2 ** tries)
      const late = options?.deadline !== undefined && performance.now() + pause >= options.deadline
      if (options?.once === true || tries >= mostTries || late || options?.signal?.aborted === true) throw collision(error)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}

function collision(cause: unknown): DBALError {
  const reason = 'Others changed the same rows at the same time; try again'
  return new DBALError('CONFLICT', { reason, retryable: true }, { cause })
}
