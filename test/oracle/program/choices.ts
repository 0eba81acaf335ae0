/** A tape of numbers as a source of choices: shrinking the tape shrinks what is made of it. Must not know what is chosen. */
import fc from 'fast-check'

/** Beyond the end of the tape every choice is the first one, so that the simplest thing stands first in each list. */
export class Choices {
  readonly #tape: readonly number[]
  #at = 0

  constructor(tape: readonly number[]) {
    this.#tape = tape
  }

  below(n: number): number {
    return n <= 1 ? 0 : (this.#tape[this.#at++] ?? 0) % n
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** False at the end of the tape. */
  chance(percent: number): boolean {
    return 100 - this.below(100) <= percent
  }

  /** Each member with this chance, in their order. */
  some<T>(list: readonly T[], percent: number): T[] {
    return list.filter(() => this.chance(percent))
  }

  /** Between `least` and `most` things. */
  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, i) => make(i))
  }
}

/** Tapes of which half are longer than `length`, so that things are seldom simple by exhaustion. Without bias to small numbers. */
export const tape = (length: number): fc.Arbitrary<number[]> => fc.noBias(fc.array(fc.nat(9_999), { maxLength: 2 * length, size: 'max' }))
