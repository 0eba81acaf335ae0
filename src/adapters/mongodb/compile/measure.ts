/** One measure of groups: what the database accumulates, and the exact value that it makes. Must not know groups or pipelines. */
import { invalid } from '../../../errors/error.ts'
import type { Measure } from '../../../query/ast.ts'
import type { Value, ValueType } from '../../../schema/entity.ts'
import { toDouble, toMultiple } from '../../../schema/value/exact.ts'
import { decode, wholeOf } from '../values/form.ts'
import { fromLimbs, limbExpression, limbs } from '../values/sortable.ts'
import { guarded } from './operand.ts'
import { predicateExpression } from './predicate.ts'
import { fieldOf, memberOf, type Scope } from './scope.ts'
import type { Template } from './template.ts'

export interface Part {
  /** Member that holds the value of each row before the groups are made. */
  readonly name: string
  readonly value: Template | undefined
  readonly accumulators: Readonly<Record<string, Template>>
  readonly finish: (found: Readonly<Record<string, unknown>>) => Value
  /** Member of the group whose order is that of the measure, where there is one. */
  readonly sortable?: string
  readonly bulky: boolean
}

export function measureParts(scope: Scope, measure: Measure, name: string): Part {
  if (measure.fn === 'count') {
    return {
      name,
      value: undefined,
      accumulators: { [name]: { $sum: 1 } },
      finish: (found) => Number(found[name] ?? 0),
      sortable: name,
      bulky: false,
    }
  }
  const { fn, column, type } = measure
  const field = fieldOf(scope.entity, column.field)
  const own = `__${name}`
  const value = { $ifNull: [guarded(scope, column.guard, `$${memberOf(field)}`, predicateExpression), null] }
  if (fn === 'min' || fn === 'max') {
    return {
      name: own,
      value,
      accumulators: { [name]: { [`$${fn}`]: `$${own}` } },
      finish: (found) => decode(field, found[name]),
      sortable: name,
      bulky: false,
    }
  }
  const sum = sumOf(type, own, name)
  const counted = `${name}n`
  const accumulators = { ...sum.accumulators, [counted]: { $sum: { $cond: [{ $gt: [`$${own}`, null] }, 1, 0] } } }
  const finish = (found: Readonly<Record<string, unknown>>): Value => {
    const count = Number(found[counted] ?? 0)
    if (count === 0) return null
    const total = sum.finish(found)
    return fn === 'sum' ? total : Number(total) / count
  }
  return { name: own, value, accumulators, finish, bulky: type.type === 'float' }
}

interface Sum {
  readonly accumulators: Readonly<Record<string, Template>>
  readonly finish: (found: Readonly<Record<string, unknown>>) => Value
}

/**
 * Nothing is summed where it could be rounded: bigints in Decimal128, which holds 10^14 of the largest; decimals limb by limb; doubles
 * here, because the database adds them with an error of its own.
 */
function sumOf(type: ValueType, own: string, name: string): Sum {
  switch (type.type) {
    case 'bigint':
      return { accumulators: { [name]: { $sum: { $toDecimal: `$${own}` } } }, finish: (found) => String(wholeOf(found[name])) }
    case 'decimal': {
      const accumulators = Object.fromEntries(limbs.map((index) => [`${name}l${index}`, { $sum: limbExpression(`$${own}`, index) }]))
      const sums = (found: Readonly<Record<string, unknown>>): bigint[] => limbs.map((index) => wholeOf(found[`${name}l${index}`]))
      return { accumulators, finish: (found) => unscaled(fromLimbs(sums(found), type.scale ?? 0), type.scale ?? 0) }
    }
    case 'float':
      return {
        accumulators: { [name]: { $push: `$${own}` } },
        finish: (found) => inRange(toDouble(numbersOf(found[name]).reduce<bigint>((sum, value) => sum + toMultiple(value), 0n))),
      }
    default:
      return { accumulators: { [name]: { $sum: `$${own}` } }, finish: (found) => Number(found[name]) }
  }
}

function numbersOf(pushed: unknown): readonly number[] {
  return (pushed as readonly unknown[]).flatMap((value) => (value === null ? [] : [Number(value)]))
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
