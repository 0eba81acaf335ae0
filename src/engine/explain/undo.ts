/** Work whose writes are taken back, whatever became of it. In charge of that; must not know what is tried. */
import type { Running } from '../running.ts'

class Undone extends Error {
  readonly value: unknown
  constructor(value: unknown) {
    super('undone')
    this.value = value
  }
}

/** In a transaction of its own, or behind a savepoint of the one that `running` is in. */
export async function undone<T>(running: Running, work: (inside: Running) => Promise<T>): Promise<T> {
  const tried = async (inside: Running): Promise<never> => {
    throw new Undone(await work(inside))
  }
  try {
    return await (running.inTransaction ? running.attempt(() => tried(running)) : running.atomically('write', tried))
  } catch (error) {
    if (error instanceof Undone) return error.value as T
    throw error
  }
}
