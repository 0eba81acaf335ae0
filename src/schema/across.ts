/** Order of two values whose types may differ: how a comparison treats integer beside decimal. Must not know queries or rows. */
import { DBALError } from '../errors/error.ts'
import type { Value, ValueType } from './entity.ts'
import { compareValues, isOrdered } from './field-type.ts'
import { compareText } from './fold.ts'
import { compareDigits } from './value/number.ts'

type Family = 'text' | 'number' | 'digits' | 'boolean' | 'bytes' | 'json'

function familyOf({ type }: ValueType): Family {
  switch (type) {
    case 'integer':
    case 'float':
      return 'number'
    case 'bigint':
    case 'decimal':
      return 'digits'
    case 'boolean':
    case 'bytes':
    case 'json':
      return type
    default:
      return 'text'
  }
}

/**
 * Negative, zero or positive for non-null `a` before, equal to or behind `b`. Texts of all kinds compare as text, numbers of all
 * kinds as numbers; a double beside exact digits counts as its shortest decimal text. INTERNAL_ERROR for anything else.
 */
export function compareAcross(aType: ValueType, a: Value, bType: ValueType, b: Value): number {
  const [left, right] = [familyOf(aType), familyOf(bType)]
  if (left === right) return left === 'text' ? compareText(a as string, b as string) : compareValues(aType, a, b)
  if ((left === 'digits' && right === 'number') || (left === 'number' && right === 'digits')) return compareDigits(digits(a), digits(b))
  throw new DBALError('INTERNAL_ERROR', {}, { message: `Values of type ${aType.type} and ${bType.type} do not compare` })
}

/** As `compareAcross`, for types without an order too (bytes). */
export function equalAcross(aType: ValueType, a: Value, bType: ValueType, b: Value): boolean {
  if (isOrdered(aType.type) || aType.type !== bType.type || aType.type === 'json') return compareAcross(aType, a, bType, b) === 0
  return a === b
}

/** Plain digits without exponent of a number or of exact digits. */
function digits(value: Value): string {
  const text = String(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (parts === null) return text
  const [, sign = '', first = '', rest = '', power = '0'] = parts
  const shift = Number(power)
  return shift < 0 ? `${sign}0.${'0'.repeat(-shift - 1)}${first}${rest}` : sign + (first + rest).padEnd(shift + 1, '0')
}
