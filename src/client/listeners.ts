/** Who wants to hear of a status. In charge of that list alone. */
import type { Status } from './transport.ts'

export class Listeners {
  readonly #listeners = new Set<{ readonly call: (status: Status) => void }>()

  add(call: (status: Status) => void): () => void {
    const entry = { call }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** A listener that throws is its owner's fault: reported, and never an obstacle to the transport. */
  tell(status: Status): void {
    for (const { call } of [...this.#listeners]) {
      try {
        call(status)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
