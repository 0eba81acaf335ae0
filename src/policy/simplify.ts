/** Predicates in one canonical form: equal conditions become equal trees, whatever order they were written in. Pure; knows no rules. */
import { always, never, type Operand, type Predicate } from '../query/ast.ts'
import { and, isAlways, isNever, not, or, when } from '../query/build.ts'
import { mapPredicate } from '../query/walk.ts'
import type { Entity } from '../schema/entity.ts'
import { compareValues, isOrdered } from '../schema/field-type.ts'

/**
 * The same three-valued condition over rows of `entity`: flattened, without repetitions, constants worked out, parts in a fixed order.
 * Nothing that is unknown becomes false, since a deny (or a NOT) would then turn around.
 */
export function simplify(predicate: Predicate, entity: Entity): Predicate {
  return mapPredicate(predicate, entity, { predicate: simpler, operand: unguarded })
}

function simpler(node: Predicate): Predicate {
  switch (node.kind) {
    case 'and':
      return sorted(and(...node.all))
    case 'or':
      return sorted(or(...node.any))
    case 'not':
      return not(node.of)
    case 'when':
      return when(node.guard, node.then)
    case 'isTrue':
      return twoValued(node.of) ? node.of : node
    case 'exists':
      return isNever(node.where) ? never : node
    case 'inSelect':
      return isNever(node.where) ? never : node
    case 'in':
      return node.list.kind === 'const' && Array.isArray(node.list.value) && node.list.value.length === 0 ? never : node
    case 'compare':
      return worked(node)
    case 'isNull':
      return node.of.kind === 'const' ? (node.of.value === null ? always : never) : node
    case 'keyIn':
      return node
  }
}

/** A comparison of two constants is a constant itself. */
function worked(node: Predicate & { readonly kind: 'compare' }): Predicate {
  const { left, right, op } = node
  if (left.kind !== 'const' || right.kind !== 'const' || left.value === null || right.value === null) return node
  if (left.type.type !== right.type.type || node.insensitive || !isOrdered(left.type.type)) return node
  const order = compareValues(left.type, left.value, right.value)
  const holds = { eq: order === 0, ne: order !== 0, lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }
  return op in holds ? (holds[op as keyof typeof holds] ? always : never) : node
}

function unguarded(node: Operand): Operand {
  if ((node.kind !== 'field' && node.kind !== 'json') || node.guard === undefined || !isAlways(node.guard)) return node
  const { guard: _, ...open } = node
  return open
}

function twoValued(node: Predicate): boolean {
  switch (node.kind) {
    case 'isNull':
    case 'exists':
    case 'isTrue':
      return true
    case 'not':
      return twoValued(node.of)
    case 'and':
      return node.all.every(twoValued)
    case 'or':
      return node.any.every(twoValued)
    default:
      return false
  }
}

/** Parts in the order of their text, each once. */
function sorted(node: Predicate): Predicate {
  if (node.kind !== 'and' && node.kind !== 'or') return node
  const parts = node.kind === 'and' ? node.all : node.any
  const byText = new Map(parts.map((part) => [canonical(part), part]))
  const distinct = [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part)
  if (distinct.length === 1) return distinct[0] as Predicate
  return node.kind === 'and' ? { kind: 'and', all: distinct } : { kind: 'or', any: distinct }
}

const known = new WeakMap<object, string>()

/** Text that is equal exactly for equal trees. Entities count by their name, members of objects in the order of theirs. */
export function canonical(node: Predicate | Operand): string {
  return text(node)
}

function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const before = known.get(value)
  if (before !== undefined) return before
  const made = composed(value)
  known.set(value, made)
  return made
}

function composed(value: object): string {
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  if (value instanceof Map) return text([...value].sort(([a], [b]) => (a < b ? -1 : 1)))
  if ('fields' in value && value.fields instanceof Map) return JSON.stringify((value as Entity).name)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${text(member)}`).join()}}`
}
