/** The sum of doubles, rounded once. In charge of an answer that does not depend on the order of rows; knows no database. */

/**
 * Keeps parts that do not overlap, so that nothing is lost until the end (Shewchuk, "Adaptive precision floating-point arithmetic",
 * 1997, as Python's math.fsum does).
 */
export class ExactSum {
  #parts: number[] = []
  #plain = 0
  #any = false

  add(value: number): void {
    this.#any = true
    this.#plain += value
    let x = value
    let kept = 0
    for (const part of this.#parts) {
      let y = part
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x]
      const high = x + y
      const low = y - (high - x)
      if (low !== 0) this.#parts[kept++] = low
      x = high
    }
    this.#parts.length = kept
    this.#parts.push(x)
  }

  /** Null where nothing was added. Beyond the range of doubles the plain sum, which is infinite, stands. */
  result(): number | null {
    if (!this.#any) return null
    let n = this.#parts.length
    let high = this.#parts[--n] as number
    if (!Number.isFinite(high)) return this.#plain
    let low = 0
    while (n > 0) {
      const x = high
      const y = this.#parts[--n] as number
      high = x + y
      low = y - (high - x)
      if (low !== 0) break
    }
    // Halfway cases are decided by what lies below.
    const next = this.#parts[n - 1]
    if (n > 0 && next !== undefined && ((low < 0 && next < 0) || (low > 0 && next > 0))) {
      const twice = low * 2
      const x = high + twice
      if (twice === x - high) high = x
    }
    return high + 0
  }
}
