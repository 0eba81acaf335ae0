/** Exact sums, whatever the order of the numbers. In charge of arithmetic only; must not know rows. */
import { invalid } from '../../errors/error.ts'
import type { Value, ValueType } from '../../schema/entity.ts'

/** Every finite double is a whole multiple of 2^-1074. */
const smallest = 1074
/** Bits that are sure to round like all of them: 53, one to round by, and the last one set where anything was cut. */
const keptBits = 64

/**
 * Sum of non-null values in the form of contract 4: number for integer and float, digits for bigint, padded digits for decimal.
 * The sum of floats is the true sum, rounded once. VALIDATION_ERROR where it is beyond the largest double.
 */
export function sumOf(type: ValueType, values: readonly Value[]): Value {
  switch (type.type) {
    case 'bigint':
      return String(values.reduce<bigint>((sum, value) => sum + BigInt(value as string), 0n))
    case 'decimal':
      return unscaled(
        values.reduce<bigint>((sum, value) => sum + BigInt((value as string).replace('.', '')), 0n),
        type.scale ?? 0,
      )
    default:
      return toDouble(values.reduce<bigint>((sum, value) => sum + toMultiple(value as number), 0n))
  }
}

/** Sum and count as doubles, divided. */
export function averageOf(type: ValueType, values: readonly Value[]): number {
  return Number(sumOf(type, values)) / values.length
}

/** 1250 at scale 2 is `12.50`. */
function unscaled(sum: bigint, scale: number): string {
  if (scale === 0) return String(sum)
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0')
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const view = new DataView(new ArrayBuffer(8))

/** How many times 2^-1074 a double is. */
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
  const result = cut === 0 ? kept * 2 ** -smallest : kept * 2 ** (Math.min(cut, smallest) - smallest) * 2 ** Math.max(0, cut - smallest)
  if (!Number.isFinite(result)) throw invalid({ field: 'sum', error: 'Must be within the range of a double' })
  return multiple < 0n ? -result : result
}
