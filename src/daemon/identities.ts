/** The tokens that one socket lives by. In charge of when their end is the socket's end; must not know what they stand for. */

/** Tokens of messages that are watched at once; a socket that carries more users is a proxy, whose messages are judged one by one anyway. */
const maxWatched = 16

/**
 * A socket's own token (upgrade header or `authenticate`) ends it. One that only ever showed tokens in its messages ends with the last
 * of them: such a socket may serve several users, and the logout of one is nothing to the others.
 */
export class Identities {
  /** Identity of messages that bring none. */
  own: string | undefined
  readonly #shown = new Set<string>()

  constructor(own: string | undefined) {
    this.own = own
  }

  add(token: string): void {
    if (token === this.own || this.#shown.has(token)) return
    if (this.#shown.size >= maxWatched) this.#shown.delete(this.#shown.values().next().value as string)
    this.#shown.add(token)
  }

  /** True where the socket has nothing left to live by. */
  remove(token: string): boolean {
    const had = this.#shown.delete(token)
    return token === this.own || (had && this.own === undefined && this.#shown.size === 0)
  }

  *[Symbol.iterator](): Generator<string> {
    if (this.own !== undefined) yield this.own
    yield* this.#shown
  }
}
