/** The sum of doubles, rounded once. In charge of an answer that does not depend on the order of rows; knows no database. */
import { toDouble, toMultiple } from '../../schema/value/exact.ts'

/**
 * Keeps parts that do not overlap, so that nothing is lost until the end (Shewchuk, "Adaptive precision floating-point arithmetic",
 * 1997). Where a partial sum is beyond the largest double it goes on in whole numbers.
 */
export class ExactSum {
  #parts: number[] = []
  #multiple: bigint | undefined
  #any = false

  add(value: number): void {
    this.#any = true
    if (this.#multiple !== undefined) {
      this.#multiple += toMultiple(value)
      return
    }
    const parts: number[] = []
    let x = value
    for (const part of this.#parts) {
      const [big, small] = Math.abs(x) < Math.abs(part) ? [part, x] : [x, part]
      const high = big + small
      const low = small - (high - big)
      if (low !== 0) parts.push(low)
      x = high
    }
    parts.push(x)
    if (Number.isFinite(x)) this.#parts = parts
    else this.#multiple = this.#parts.reduce((sum, part) => sum + toMultiple(part), toMultiple(value))
  }

  /** Null where nothing was added, infinite where the sum is beyond the largest double. */
  result(): number | null {
    if (!this.#any) return null
    const [only, more] = this.#parts
    if (this.#multiple === undefined && more === undefined) return (only as number) + 0
    return toDouble(this.#multiple ?? this.#parts.reduce((sum, part) => sum + toMultiple(part), 0n))
  }
}
