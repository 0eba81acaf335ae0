/** Doubles as whole numbers and back, so that sums can be exact. In charge of that arithmetic only. */

/** Every finite double is a whole multiple of 2^-1074. */
const smallest = 1074
/** Bits that round like all of them: 53, one to round by, and the last one set where anything was cut. */
const keptBits = 64

const view = new DataView(new ArrayBuffer(8))

/** How many times 2^-1074 a double is. */
export function toMultiple(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1)
  return value < 0 ? -magnitude : magnitude
}

/** The double nearest to so many times 2^-1074; infinite beyond the largest. */
export function toDouble(multiple: bigint): number {
  const magnitude = multiple < 0n ? -multiple : multiple
  const cut = Math.max(0, magnitude.toString(2).length - keptBits)
  const low = magnitude & ((1n << BigInt(cut)) - 1n)
  const kept = Number((magnitude >> BigInt(cut)) | (low === 0n ? 0n : 1n))
  // Two steps, because 2^-1074 times the largest power of two is more than one double can hold.
  const size = cut === 0 ? kept * 2 ** -smallest : kept * 2 ** (Math.min(cut, smallest) - smallest) * 2 ** Math.max(0, cut - smallest)
  return multiple < 0n ? -size : size
}
