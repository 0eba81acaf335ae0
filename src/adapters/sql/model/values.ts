/** Which values can become values of another type without being altered. In charge of that question; must not know columns or databases. */
import type { ColumnModel } from './model.ts'

type Form = ColumnModel['value']

const textual: ReadonlySet<string> = new Set(['uuid', 'cuid', 'string', 'text', 'email', 'enum'])

export function isTextual({ type }: Form): boolean {
  return textual.has(type)
}

/** Digits before and behind the point; undefined for what has none. */
function digitsOf({ type, precision = 38, scale = 0 }: Form): { readonly before: number; readonly behind: number } | undefined {
  if (type === 'integer') return { before: 10, behind: 0 }
  if (type === 'bigint') return { before: 19, behind: 0 }
  return type === 'decimal' ? { before: precision - scale, behind: scale } : undefined
}

/** Whole numbers and decimals: no digit behind the point gets lost. One too large is an error of the database. */
export function keepsDigits(from: Form, to: Form): boolean {
  const [before, after] = [digitsOf(from), digitsOf(to)]
  return before !== undefined && after !== undefined && after.behind >= before.behind
}

/** Some values of `from` are none of `to`: the change fails where a row has one. */
export function isNarrower(from: Form, to: Form): boolean {
  if (to.type === 'enum') return from.type !== 'enum' || (from.values ?? []).some((value) => !(to.values ?? []).includes(value))
  const [before, after] = [digitsOf(from), digitsOf(to)]
  if (before !== undefined && after !== undefined) return after.before < before.before
  if (!isTextual(from) || !isTextual(to) || from.type === to.type) return false
  return !['string', 'text'].includes(to.type)
}
