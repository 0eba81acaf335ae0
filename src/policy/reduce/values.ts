/**
 * What a comparison with constants says of one operand: the set of values for which it is true. In charge of how such sets include and
 * meet each other; must not know predicates of other forms.
 */
import type { Operand, Predicate } from '../../query/ast.ts'
import { compare, constant } from '../../query/build.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { compareValues, isOrdered } from '../../schema/field-type.ts'
import { canonical } from '../simplify.ts'

interface Bound {
  readonly value: Value
  readonly open: boolean
}

/** `points`: exactly these values; otherwise all between the bounds but the holes. */
export type Values =
  | { readonly kind: 'points'; readonly values: readonly Value[] }
  | { readonly kind: 'range'; readonly low?: Bound; readonly high?: Bound; readonly holes: readonly Value[] }

/** A predicate that is unknown where its operand is null, and elsewhere true exactly for `values`. */
export interface Atom {
  readonly operand: Operand
  readonly type: ValueType
  /** Equal for atoms that can be compared: the same operand in values of the same type. */
  readonly key: string
  readonly values: Values
}

const keys = new WeakMap<Operand, string>()

function keyOf(operand: Operand, type: ValueType): string {
  const known = keys.get(operand) ?? canonical(operand)
  keys.set(operand, known)
  return `${type.type} ${type.scale ?? 0} ${known}`
}

/** Undefined for every other form of predicate. */
export function atomOf(node: Predicate): Atom | undefined {
  if (node.kind === 'not') {
    const inner = atomOf(node.of)
    const values = inner === undefined ? undefined : complement(inner)
    return inner === undefined || values === undefined ? undefined : { ...inner, values }
  }
  if (node.kind === 'in') {
    const { left, list } = node
    if (node.insensitive || list.kind !== 'const' || !Array.isArray(list.value) || list.value.length === 0 || left.kind === 'const') return undefined
    return made(left, list.type, { kind: 'points', values: list.value as readonly Value[] })
  }
  if (node.kind !== 'compare' || node.insensitive || node.right.kind !== 'const' || node.left.kind === 'const') return undefined
  const { value, type } = node.right
  const values = value === null ? undefined : valuesOf(node.op, value)
  return values === undefined ? undefined : made(node.left, type, values)
}

function made(operand: Operand, type: ValueType, values: Values): Atom | undefined {
  return isOrdered(type.type) ? { operand, type, key: keyOf(operand, type), values } : undefined
}

function valuesOf(op: string, value: Value): Values | undefined {
  switch (op) {
    case 'eq':
      return { kind: 'points', values: [value] }
    case 'ne':
      return { kind: 'range', holes: [value] }
    case 'gt':
    case 'gte':
      return { kind: 'range', low: { value, open: op === 'gt' }, holes: [] }
    case 'lt':
    case 'lte':
      return { kind: 'range', high: { value, open: op === 'lt' }, holes: [] }
    default:
      return undefined
  }
}

/** Undefined where it takes two conditions to say it. */
function complement({ values, type }: Atom): Values | undefined {
  if (values.kind === 'points') {
    const [only] = values.values
    if (type.type === 'boolean' && values.values.length === 1) return { kind: 'points', values: [only !== true] }
    return { kind: 'range', holes: values.values }
  }
  const { low, high, holes } = values
  if (low === undefined && high === undefined) return { kind: 'points', values: holes }
  if (holes.length > 0 || (low !== undefined && high !== undefined)) return undefined
  return low === undefined ? { kind: 'range', low: turned(high as Bound), holes: [] } : { kind: 'range', high: turned(low), holes: [] }
}

const turned = ({ value, open }: Bound): Bound => ({ value, open: !open })

function contains(set: Values, value: Value, type: ValueType): boolean {
  const order = (other: Value): number => compareValues(type, value, other)
  if (set.kind === 'points') return set.values.some((other) => order(other) === 0)
  const { low, high, holes } = set
  if (holes.some((hole) => order(hole) === 0)) return false
  if (low !== undefined && (low.open ? order(low.value) <= 0 : order(low.value) < 0)) return false
  return high === undefined || (high.open ? order(high.value) < 0 : order(high.value) <= 0)
}

/** Is every value of `a` one of `b`? `false` also where that is not known. */
export function within(a: Atom, b: Atom): boolean {
  if (a.key !== b.key) return false
  const { type } = a
  if (a.values.kind === 'points') return a.values.values.every((value) => contains(b.values, value, type))
  if (b.values.kind === 'points') return false
  const { low, high } = b.values
  if (low !== undefined && (a.values.low === undefined || tighter(a.values.low, low, type, 1) === low)) return false
  if (high !== undefined && (a.values.high === undefined || tighter(a.values.high, high, type, -1) === high)) return false
  return b.values.holes.every((hole) => !contains(a.values, hole, type))
}

/** The bound that leaves less: the greater of two lower ones (`side` 1), the smaller of two upper ones (`side` -1); the first of equal ones. */
function tighter(a: Bound, b: Bound, type: ValueType, side: 1 | -1): Bound {
  const order = compareValues(type, a.value, b.value) * side
  if (order === 0) return b.open && !a.open ? b : a
  return order > 0 ? a : b
}

const narrower = (a: Bound | undefined, b: Bound | undefined, type: ValueType, side: 1 | -1): Bound | undefined =>
  a === undefined || b === undefined ? (a ?? b) : tighter(a, b, type, side)

/** What both say together; no points where no value is in both. */
export function meet(a: Atom, b: Atom): Atom {
  const { type } = a
  if (a.values.kind === 'points') {
    const values = a.values.values.filter((value) => contains(b.values, value, type))
    return { ...a, values: { kind: 'points', values } }
  }
  if (b.values.kind === 'points') return meet(b, a)
  const low = narrower(a.values.low, b.values.low, type, 1)
  const high = narrower(a.values.high, b.values.high, type, -1)
  const bounds: Values = { kind: 'range', ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }), holes: [] }
  const holes = [...new Set([...a.values.holes, ...b.values.holes])].filter((hole) => contains(bounds, hole, type))
  if (low !== undefined && high !== undefined) {
    const order = compareValues(type, low.value, high.value)
    if (order > 0 || (order === 0 && (low.open || high.open || holes.length > 0))) return { ...a, values: { kind: 'points', values: [] } }
    if (order === 0) return { ...a, values: { kind: 'points', values: [low.value] } }
  }
  return { ...a, values: { ...bounds, holes } }
}

/** What either says, where both are lists of values. */
export function join(a: Atom, b: Atom): Atom | undefined {
  if (a.key !== b.key || a.values.kind !== 'points' || b.values.kind !== 'points') return undefined
  const { values } = a.values
  return { ...a, values: { kind: 'points', values: [...values, ...b.values.values.filter((value) => !contains(a.values, value, a.type))] } }
}

/** Conditions that are all true exactly where the atom is. Not for one without values. */
export function conditionsOf({ operand, type, values }: Atom): readonly Predicate[] {
  const one = (op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', value: Value) => compare(op, operand, constant(value, type))
  const many = (list: readonly Value[]): Predicate => ({ kind: 'in', left: operand, list: constant(list, type), insensitive: false })
  if (values.kind === 'points') return [values.values.length === 1 ? one('eq', values.values[0] as Value) : many(values.values)]
  const { low, high, holes } = values
  return [
    ...(low === undefined ? [] : [one(low.open ? 'gt' : 'gte', low.value)]),
    ...(high === undefined ? [] : [one(high.open ? 'lt' : 'lte', high.value)]),
    ...(holes.length === 0 ? [] : holes.length === 1 ? [one('ne', holes[0] as Value)] : [{ kind: 'not', of: many(holes) } as const]),
  ]
}
