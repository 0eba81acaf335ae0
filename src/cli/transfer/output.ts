/** Lines into a stream, at its pace. In charge of waiting for it and of noticing that nobody reads any more; must not know rows. */
import type { Writable } from 'node:stream'

export class Lines {
  readonly #stream: Writable
  #error: Error | undefined
  #wake: (() => void) | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', (error) => this.#stop(error))
    stream.on('close', () => this.#wake?.())
    stream.on('drain', () => this.#wake?.())
  }

  #stop(error: Error): void {
    this.#error ??= error
    this.#wake?.()
  }

  /** The reader went away on its own. */
  get closed(): boolean {
    return (this.#error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE'
  }

  /** Resolves when there is room for more. Rejects with what the stream says is wrong. */
  async write(text: string): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    if (this.#stream.write(text)) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
    if (this.#error !== undefined) throw this.#error
  }

  /** Resolves when all is written. Standard output is left open. */
  async end(): Promise<void> {
    if (this.#stream === process.stdout) return
    await new Promise<void>((resolve) => this.#stream.end(resolve))
    if (this.#error !== undefined) throw this.#error
  }
}
