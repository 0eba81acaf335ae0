/** Exact sums, whatever the order of the numbers. In charge of arithmetic only; must not know rows. */
import { invalid } from '../../errors/error.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { toDouble, toMultiple } from '../../schema/value/exact.ts'

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
      return inRange(toDouble(values.reduce<bigint>((sum, value) => sum + toMultiple(value as number), 0n)))
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

function inRange(sum: number): number {
  if (!Number.isFinite(sum)) throw invalid({ field: 'sum', error: 'Must be within the range of a double' })
  return sum
}
