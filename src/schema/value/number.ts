/** Numbers: integer, bigint, decimal, float, kept exactly or refused. Must not know how a database stores them. */
import type { ValueType } from '../entity.ts'
import { accept, type Normalised, refuse } from './result.ts'

const integerMin = -2147483648
const integerMax = 2147483647
const bigintMax = '9223372036854775807'
const bigintMin = '9223372036854775808'
/** The grammar of JSON numbers without exponent: one spelling for a whole number, so nothing is altered. */
const wholeForm = /^-?(?:0|[1-9][0-9]*)$/
const decimalForm = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/
const exponentForm = /^(-?)([0-9])(?:\.([0-9]+))?e-([0-9]+)$/

export function normaliseInteger(value: unknown): Normalised {
  if (typeof value !== 'number' || !Number.isInteger(value)) return refuse('Must be an integer')
  if (value < integerMin || value > integerMax) return refuse(`Must be from ${integerMin} to ${integerMax}`)
  return accept(value + 0)
}

export function normaliseFloat(value: unknown): Normalised {
  return typeof value === 'number' && Number.isFinite(value) ? accept(value + 0) : refuse('Must be a finite number')
}

export function normaliseBigint(value: unknown): Normalised {
  const text = wholeText(value)
  if (text === undefined) return refuse('Must be a whole number as a string of digits, a safe integer or a bigint')
  const negative = text.startsWith('-')
  const digits = negative ? text.slice(1) : text
  const limit = negative ? bigintMin : bigintMax
  if (digits.length > limit.length || (digits.length === limit.length && digits > limit)) return refuse('Must fit into 64 bits with sign')
  return accept(digits === '0' ? '0' : text)
}

function wholeText(value: unknown): string | undefined {
  if (typeof value === 'string') return wholeForm.test(value) ? value : undefined
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

/** Digits left and right of the point that a decimal type keeps; without precision as many as every backend can. */
export function decimalDigits(type: ValueType): { readonly whole: number; readonly scale: number } {
  const scale = type.scale ?? 0
  return { whole: (type.precision ?? 38) - scale, scale }
}

export function normaliseDecimal(value: unknown, type: ValueType): Normalised {
  const parts = decimalForm.exec(decimalText(value) ?? '')
  if (parts === null) return refuse('Must be a decimal number as a string such as "12.50", or a safe number')
  const [, sign = '', whole = '', fraction = ''] = parts
  const { whole: room, scale } = decimalDigits(type)
  if (whole !== '0' && whole.length > room) return refuse(`Must have at most ${room} digits before the point`)
  if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale))) return refuse(`Must have at most ${scale} digits behind the point`)
  const kept = fraction.slice(0, scale).padEnd(scale, '0')
  const negative = sign === '-' && (whole !== '0' || /[1-9]/.test(kept))
  return accept(`${negative ? '-' : ''}${whole}${scale > 0 ? `.${kept}` : ''}`)
}

/** The shortest decimal text of a number says what was meant; beyond safe integers it no longer does. */
function decimalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number' || !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return undefined
  const text = String(value)
  const parts = exponentForm.exec(text)
  if (parts === null) return text
  const [, sign = '', first = '', rest = '', exponent = '0'] = parts
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`
}

/** Order of two decimal texts (bigint and decimal values) by their number, at any scale. */
export function compareDigits(a: string, b: string): number {
  const minus = a.startsWith('-')
  if (minus !== b.startsWith('-')) return minus ? -1 : 1
  const order = minus ? compareMagnitude(b.slice(1), a.slice(1)) : compareMagnitude(a, b)
  return order
}

function compareMagnitude(a: string, b: string): number {
  const [wholeA = '', fractionA = ''] = a.split('.')
  const [wholeB = '', fractionB = ''] = b.split('.')
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1
  const scale = Math.max(fractionA.length, fractionB.length)
  const x = fractionA.padEnd(scale, '0')
  const y = fractionB.padEnd(scale, '0')
  return x === y ? 0 : x < y ? -1 : 1
}
