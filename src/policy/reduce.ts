/**
 * Conditions of rules without what says nothing: a clause that another one implies, a contradiction, a condition that the caller's role
 * settles, factors that all alternatives share. In charge of rewriting what a database is asked; must not know rules, roles or calls.
 *
 * Only truth is kept (`wanted` true: where the condition is true; false: where it is false): a contradiction that is unknown for a null
 * becomes never, since neither is true. Rules themselves stay as they are written, for whoever explains them.
 */
import { always, never, type Operand, type Predicate } from '../query/ast.ts'
import { and, constant, isAlways, isNever, not, or, when } from '../query/build.ts'
import type { Entity, Value, ValueType } from '../schema/entity.ts'
import { normalise } from '../schema/field-type.ts'
import { type Atom, atomOf, conditionsOf, join, meet, within } from './reduce/values.ts'
import { canonical, simplify } from './simplify.ts'

/** Session values that are known before any call, by name: `user.role`, `user.level`. */
export type Known = ReadonlyMap<string, Value>

/** Pairs of clauses compared at most; what is longer stays as it is, and right. */
const mostPairs = 20_000

/** A condition on rows of `entity` that is true for the same rows. */
export function reduce(predicate: Predicate, entity: Entity, known: Known = new Map()): Predicate {
  return new Reducer(known).truth(predicate, entity, true)
}

/** Is `b` true of every row of which `a` is? `false` also where that is not seen. */
export const implies = (a: Predicate, b: Predicate): boolean => new Reducer(new Map()).implies(a, b)

class Reducer {
  readonly #known: Known
  #pairs = 0

  constructor(known: Known) {
    this.#known = known
  }

  truth(node: Predicate, entity: Entity, wanted: boolean): Predicate {
    switch (node.kind) {
      case 'and':
        return this.#both(and(...node.all.map((part) => this.truth(part, entity, wanted))), wanted)
      case 'or':
        return this.#either(or(...node.any.map((part) => this.truth(part, entity, wanted))), wanted)
      case 'not':
        return this.#negated(node.of, entity, wanted)
      case 'when': {
        const guard = this.truth(node.guard, entity, true)
        // Unknown counts as what is not wanted.
        return isNever(guard) ? (wanted ? never : always) : when(guard, this.truth(node.then, entity, wanted))
      }
      case 'isTrue': {
        const of = this.truth(node.of, entity, true)
        return wanted || isAlways(of) || isNever(of) ? of : { kind: 'isTrue', of }
      }
      case 'exists':
      case 'inSelect': {
        const where = this.truth(node.where, node.entity, true)
        return isNever(where) ? never : { ...node, where }
      }
      default:
        return simplify(this.#settled(ofCall(node)), entity)
    }
  }

  #negated(of: Predicate, entity: Entity, wanted: boolean): Predicate {
    const inner = this.truth(of, entity, !wanted)
    // De Morgan holds for unknown too, and alternatives that are all denied become conditions of their own.
    return inner.kind === 'or' ? this.#both(and(...inner.any.map(not)), wanted) : not(inner)
  }

  /** A condition on the role alone is answered here. */
  #settled(node: Predicate): Predicate {
    if (node.kind === 'isNull') return this.#valueOf(node.of) === undefined ? node : never
    if (node.kind === 'compare') {
      const left = this.#valueOf(node.left)
      const right = this.#valueOf(node.right)
      return left === undefined || right === undefined ? node : { ...node, left, right }
    }
    if (node.kind !== 'in' || node.insensitive || node.list.kind !== 'const' || !Array.isArray(node.list.value)) return node
    const left = this.#valueOf(node.left)
    return left?.kind === 'const' ? ((node.list.value as readonly Value[]).includes(left.value) ? always : never) : node
  }

  /** A constant, or a session value that is known; undefined for what rows or calls decide. */
  #valueOf(operand: Operand): Operand | undefined {
    if (operand.kind === 'const') return operand
    const value = operand.kind === 'session' ? this.#known.get(operand.name) : undefined
    return value === undefined ? undefined : fitting(value, (operand as { readonly type: ValueType }).type)
  }

  #both(node: Predicate, wanted: boolean): Predicate {
    if (node.kind !== 'and' || isAlways(node)) return node
    const parts = merged(node.all, meet, ({ key }) => key)
    if (wanted && (parts === undefined || this.#clashes(parts))) return never
    const kept = (parts ?? node.all).filter((part, i, all) => !all.some((other, j) => i !== j && this.#outdone(other, j, part, i, wanted)))
    return and(...kept)
  }

  /** Says `other` all that `part` says? Of two that say the same the first one stays. */
  #outdone(other: Predicate, j: number, part: Predicate, i: number, wanted: boolean): boolean {
    return this.#atMost(other, part, wanted) && (j < i || !this.#atMost(part, other, wanted))
  }

  /** Two parts that are never true together. */
  #clashes(parts: readonly Predicate[]): boolean {
    const filled = new Set(parts.flatMap((part) => strictIn(part).map(canonical)))
    return opposed(parts) || apart(parts) || parts.some((part) => part.kind === 'isNull' && filled.has(canonical(part.of)))
  }

  #either(node: Predicate, wanted: boolean): Predicate {
    if (node.kind !== 'or' || isNever(node)) return node
    const parts = merged(node.any, join, ({ key, values }) => `${values.kind} ${key}`) ?? node.any
    if (!wanted && opposed(parts)) return always
    const kept = parts.filter((part, i) => !parts.some((other, j) => i !== j && this.#covered(part, i, other, j, wanted)))
    return this.#factored(kept, wanted)
  }

  #covered(part: Predicate, i: number, other: Predicate, j: number, wanted: boolean): boolean {
    return this.#atMost(part, other, wanted) && (j < i || !this.#atMost(other, part, wanted))
  }

  /** What all alternatives ask is asked once, before them: `(t and p) or (t and q)` is `t and (p or q)`. */
  #factored(parts: readonly Predicate[], wanted: boolean): Predicate {
    const [first, ...rest] = parts.map((part) => (part.kind === 'and' ? part.all : [part]))
    if (first === undefined || rest.length === 0) return or(...parts)
    const common = first.filter((clause) => rest.every((clauses) => clauses.some((one) => canonical(one) === canonical(clause))))
    if (common.length === 0) return or(...parts)
    const texts = new Set(common.map(canonical))
    const others = [first, ...rest].map((clauses) => and(...clauses.filter((clause) => !texts.has(canonical(clause)))))
    return and(...common, this.#either(or(...others), wanted))
  }

  implies(a: Predicate, b: Predicate): boolean {
    return this.#atMost(a, b, true)
  }

  /**
   * Is `a` never truer than `b` (false before unknown before true)? Where only truth is `wanted`: is `b` true wherever `a` is?
   * `false` also where that is not seen.
   */
  #atMost(a: Predicate, b: Predicate, wanted: boolean): boolean {
    if (a === b || isNever(a) || isAlways(b)) return true
    if (++this.#pairs > mostPairs) return false
    if (a.kind === 'or') return a.any.every((part) => this.#atMost(part, b, wanted))
    if (b.kind === 'and') return b.all.every((part) => this.#atMost(a, part, wanted))
    if (canonical(a) === canonical(b)) return true
    if (a.kind === 'and' && a.all.some((part) => this.#atMost(part, b, wanted))) return true
    if (b.kind === 'or' && b.any.some((part) => this.#atMost(a, part, wanted))) return true
    if (a.kind === 'not' && b.kind === 'not' && this.#atMost(b.of, a.of, false)) return true
    const [left, right] = [atomOf(a), atomOf(b)]
    if (left !== undefined && right !== undefined) return within(left, right)
    const [one, other] = [relationOf(a), relationOf(b)]
    if (one !== undefined && one.key === other?.key) return [...one.signs].every((sign) => other.signs.includes(sign))
    // A comparison that is true has found something to compare.
    const asked = b.kind === 'not' && b.of.kind === 'isNull' ? canonical(b.of.of) : undefined
    return wanted && asked !== undefined && strictIn(a).some((operand) => canonical(operand) === asked)
  }
}

/** `value` as one of `type`; undefined where it is none. */
function fitting(value: Value, type: ValueType): Operand | undefined {
  const result = normalise(type, value)
  return result.ok ? constant(result.value, type) : undefined
}

/** Caller and call are of one tenant, whichever name a rule has for it. */
function ofCall(node: Predicate): Predicate {
  const named = (operand: Operand): Operand =>
    operand.kind === 'session' && operand.name === 'user.tenantId' ? { ...operand, name: 'context.tenantId' } : operand
  return node.kind === 'compare' ? { ...node, left: named(node.left), right: named(node.right) } : node
}

const signs: Readonly<Record<string, string>> = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** How two operands stand to each other where the comparison is true: one or two of `<`, `=`, `>`. */
function relationOf(node: Predicate): { readonly key: string; readonly signs: string } | undefined {
  if (node.kind === 'not') {
    const of = relationOf(node.of)
    return of === undefined ? undefined : { key: of.key, signs: [...'<=>'].filter((sign) => !of.signs.includes(sign)).join('') }
  }
  if (node.kind !== 'compare' || node.insensitive || signs[node.op] === undefined) return undefined
  return { key: `${canonical(node.left)} ${canonical(node.right)}`, signs: signs[node.op] as string }
}

/** Do comparisons of the same operands leave them no way to stand to each other? */
function apart(parts: readonly Predicate[]): boolean {
  const left = new Map<string, string>()
  return parts.some((part) => {
    const relation = relationOf(part)
    if (relation === undefined) return false
    const rest = [...(left.get(relation.key) ?? '<=>')].filter((sign) => relation.signs.includes(sign)).join('')
    left.set(relation.key, rest)
    return rest === ''
  })
}

/** Is one part the opposite of another? */
function opposed(parts: readonly Predicate[]): boolean {
  const texts = new Set(parts.map(canonical))
  return parts.some((part) => part.kind === 'not' && texts.has(canonical(part.of)))
}

/** Operands that are not null where the condition is true. */
function strictIn(node: Predicate): readonly Operand[] {
  if (node.kind === 'not') return node.of.kind === 'compare' || node.of.kind === 'in' ? strictIn(node.of) : []
  if (node.kind === 'compare') return [node.left, node.right]
  // Only of a list that is not empty: in an empty one nothing is asked of the operand.
  return node.kind === 'in' && node.list.kind === 'const' && Array.isArray(node.list.value) && node.list.value.length > 0 ? [node.left] : []
}

/** Conditions of the same `keyOf` put together at the place of the first; undefined where no value is left to satisfy them. */
function merged(
  parts: readonly Predicate[],
  together: (a: Atom, b: Atom) => Atom | undefined,
  keyOf: (atom: Atom) => string,
): readonly Predicate[] | undefined {
  const atoms = new Map<string, { atom: Atom; more: boolean; readonly part: Predicate }>()
  const out: Predicate[] = []
  for (const part of parts) {
    const atom = atomOf(part)
    const known = atom === undefined ? undefined : atoms.get(keyOf(atom))
    const both = atom === undefined || known === undefined ? undefined : together(known.atom, atom)
    if (known === undefined || both === undefined) {
      out.push(part)
      if (atom !== undefined && known === undefined) atoms.set(keyOf(atom), { atom, more: false, part })
    } else {
      known.atom = both
      known.more = true
    }
  }
  const changed = new Map([...atoms.values()].filter(({ more }) => more).map(({ part, atom }) => [part, atom]))
  const empty = ({ values }: Atom) => values.kind === 'points' && values.values.length === 0
  if ([...changed.values()].some(empty)) return undefined
  return out.flatMap((part) => {
    const atom = changed.get(part)
    return atom === undefined ? [part] : conditionsOf(atom)
  })
}
