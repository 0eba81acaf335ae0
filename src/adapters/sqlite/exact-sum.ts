/** The sum of doubles, rounded once. In charge of an answer that does not depend on the order of rows; knows no database. */

/** Every finite double is a whole multiple of 2^-1074. */
const smallest = 1074
/** Bits that round like all of them: 53, one to round by, and the last one set where anything was cut. */
const keptBits = 64

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

const view = new DataView(new ArrayBuffer(8))

function toMultiple(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1)
  return value < 0 ? -magnitude : magnitude
}

function toDouble(multiple: bigint): number {
  const magnitude = multiple < 0n ? -multiple : multiple
  const cut = Math.max(0, magnitude.toString(2).length - keptBits)
  const low = magnitude & ((1n << BigInt(cut)) - 1n)
  const kept = Number((magnitude >> BigInt(cut)) | (low === 0n ? 0n : 1n))
  // Two steps, because 2^-1074 times the largest power of two is more than one double can hold.
  const size = cut === 0 ? kept * 2 ** -smallest : kept * 2 ** (Math.min(cut, smallest) - smallest) * 2 ** Math.max(0, cut - smallest)
  return multiple < 0n ? -size : size
}
