/** Makers of query nodes that simplify as they build. In charge of construction only; knows no schema and no rule. */
import type { Value, ValueType } from '../schema/entity.ts'
import { always, type CompareOp, never, type Operand, type Predicate } from './ast.ts'

export const isAlways = (p: Predicate): boolean => p.kind === 'and' && p.all.length === 0
export const isNever = (p: Predicate): boolean => p.kind === 'or' && p.any.length === 0

/** True where all are true; flattens, drops what always holds, collapses to never. Keeps order, so equal parts give equal trees. */
export function and(...parts: readonly Predicate[]): Predicate {
  const all: Predicate[] = []
  for (const part of parts) {
    if (isNever(part)) return never
    if (part.kind === 'and') all.push(...part.all)
    else if (!all.includes(part)) all.push(part)
  }
  if (all.length === 0) return always
  return all.length === 1 ? (all[0] as Predicate) : { kind: 'and', all }
}

/** True where one is true; flattens, drops what never holds, collapses to always. */
export function or(...parts: readonly Predicate[]): Predicate {
  const any: Predicate[] = []
  for (const part of parts) {
    if (isAlways(part)) return always
    if (part.kind === 'or') any.push(...part.any)
    else if (!any.includes(part)) any.push(part)
  }
  if (any.length === 0) return never
  return any.length === 1 ? (any[0] as Predicate) : { kind: 'or', any }
}

export function not(of: Predicate): Predicate {
  if (isAlways(of)) return never
  if (isNever(of)) return always
  return of.kind === 'not' ? of.of : { kind: 'not', of }
}

export function when(guard: Predicate, then: Predicate): Predicate {
  return isAlways(guard) ? then : { kind: 'when', guard, then }
}

export const field = (name: string): Operand => ({ kind: 'field', field: name })

export function compare(op: CompareOp, left: Operand, right: Operand): Predicate {
  return { kind: 'compare', op, left, right, insensitive: false }
}

export const param = (index: number, type: ValueType): Operand => ({ kind: 'param', index, type })
export const session = (name: string, type: ValueType): Operand => ({ kind: 'session', name, type })
export const constant = (value: Value, type: ValueType): Operand => ({ kind: 'const', value, type })
