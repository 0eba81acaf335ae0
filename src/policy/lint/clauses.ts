/** Findings about what a condition says by itself: parts that can never hold, comparisons of a thing with itself. Must not know rights. */
import type { Operand, Predicate } from '../../query/ast.ts'
import { isNever } from '../../query/build.ts'
import { printPredicate } from '../../query/print.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity, Value, ValueType } from '../../schema/entity.ts'
import { compareValues, isOrdered } from '../../schema/field-type.ts'
import type { Rule } from '../policy.ts'
import { canonical } from '../simplify.ts'
import { about, type Finding } from './finding.ts'

export function deadClauses(rule: Rule, entity: Entity): Finding[] {
  const found = new Map<string, Finding>()
  const note = (code: 'dead-clause' | 'self-comparison', message: string) => found.set(message, about(rule, code, 'warning', message))
  for (const condition of new Set([rule.rows, rule.check])) {
    visitPredicate(condition, entity, {
      predicate(node) {
        if (node.kind === 'compare' && canonical(node.left) === canonical(node.right))
          note('self-comparison', `"${printPredicate(node)}" compares a thing with itself; one side is probably meant to be another`)
        if (node.kind === 'or')
          for (const part of node.any)
            if (isContradiction(part)) note('dead-clause', `"${printPredicate(part)}" never holds, so this side of OR does nothing`)
        if (node.kind === 'or' && covers(node.any))
          note('dead-clause', `"${printPredicate(node)}" holds whatever the value is, if there is one; write IS NOT NULL if that is meant`)
        if (node.kind === 'inSelect' && isContradiction(node.where))
          note('dead-clause', `"${printPredicate(node.where)}" never holds, so nothing is ever selected`)
      },
    })
    if (condition === rule.check && condition !== rule.rows && (isNever(condition) || isContradiction(condition)))
      note('dead-clause', 'The check never holds, so every write is refused')
  }
  return [...found.values()]
}

/** One value compared with constants. */
interface Claim {
  readonly op: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'
  readonly value: Value
  readonly type: ValueType
}

/** True where one value would have to be two things at once. What is not seen through is taken to be possible. */
export function isContradiction(node: Predicate): boolean {
  if (isNever(node)) return true
  if (node.kind === 'or') return node.any.every(isContradiction)
  if (node.kind !== 'and') return false
  if (node.all.some(isContradiction)) return true
  const claims = new Map<string, Claim[]>()
  const absent = new Set<string>()
  const lists = new Map<string, readonly Value[][]>()
  for (const part of node.all) {
    if (part.kind === 'isNull') absent.add(canonical(part.of))
    const claim = claimOf(part)
    if (claim !== undefined) claims.set(claim.of, [...(claims.get(claim.of) ?? []), claim])
    if (part.kind === 'in' && part.list.kind === 'const' && Array.isArray(part.list.value))
      lists.set(canonical(part.left), [...(lists.get(canonical(part.left)) ?? []), part.list.value as Value[]])
  }
  const nulls = [...absent].some((of) => claims.has(of) || lists.has(of))
  const negations = node.all.some((part) => part.kind === 'not' && node.all.some((other) => canonical(other) === canonical(part.of)))
  const outside = [...lists].some(([of, all]) =>
    all.some((list) => list.every((value) => (claims.get(of) ?? []).some((claim) => !agrees(claim, value)))),
  )
  return nulls || negations || outside || [...claims.values()].some(impossible)
}

function claimOf(node: Predicate): (Claim & { readonly of: string }) | undefined {
  if (node.kind !== 'compare' || node.insensitive) return undefined
  const { op, left, right } = node
  if (!isClaim(op)) return undefined
  if (right.kind === 'const' && left.kind !== 'const') return made(left, op, right)
  return left.kind === 'const' && right.kind !== 'const' ? made(right, turned[op], left) : undefined
}

const turned = { eq: 'eq', ne: 'ne', lt: 'gt', lte: 'gte', gt: 'lt', gte: 'lte' } as const
const isClaim = (op: string): op is Claim['op'] => Object.hasOwn(turned, op)

function made(of: Operand, op: Claim['op'], { value, type }: Extract<Operand, { kind: 'const' }>): (Claim & { readonly of: string }) | undefined {
  return value === null || !isOrdered(type.type) ? undefined : { of: canonical(of), op, value, type }
}

function agrees({ op, value, type }: Claim, other: Value): boolean {
  const order = compareValues(type, other, value)
  return { eq: order === 0, ne: order !== 0, lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[op]
}

/** No value agrees with all: neither one that is named nor, for want of a gap between bounds, any other. */
function impossible(claims: readonly Claim[]): boolean {
  const exact = claims.find(({ op }) => op === 'eq')
  if (exact !== undefined) return claims.some((claim) => !agrees(claim, exact.value))
  return claims.some((low) =>
    claims.some((high) => {
      if (!low.op.startsWith('gt') || !high.op.startsWith('lt')) return false
      const order = compareValues(low.type, low.value, high.value)
      return order > 0 || (order === 0 && (low.op === 'gt' || high.op === 'lt'))
    }),
  )
}

/** `a = 1 OR a != 1`, or an expression beside its own negation. */
function covers(parts: readonly Predicate[]): boolean {
  return parts.some((part) => {
    const claim = claimOf(part)
    return parts.some((other) => {
      if (other.kind === 'not' && canonical(other.of) === canonical(part)) return true
      const against = claimOf(other)
      return claim?.op === 'eq' && against?.op === 'ne' && claim.of === against.of && agrees({ ...claim, op: 'eq' }, against.value)
    })
  })
}
