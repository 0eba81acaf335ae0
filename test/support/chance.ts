/** Chance that is the same in every run, so that what it makes can be written down. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 to `n - 1`. */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * n)
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** One to three of them as a list in YAML. */
  some(list: readonly string[]): string {
    const count = 1 + this.below(Math.min(3, list.length))
    return `[${Array.from({ length: count }, () => this.of(list)).join(', ')}]`
  }
}
