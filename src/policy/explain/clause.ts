/** What an answer of the rules is made of: named clauses, put together by AND, OR and NOT. In charge of taking rules apart; knows no rows and no truth. */
import type { Predicate } from '../../query/ast.ts'
import { printPredicate } from '../../query/print.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'
import { sighted } from '../sight.ts'

/** Something that a person could change alone: a condition of a rule at its place, a field in a rule's list, or what the schema demands. */
export interface Clause {
  readonly id: string
  readonly kind: 'condition' | 'writable' | 'readable' | 'preset' | 'tenant' | 'live' | 'schema'
  readonly says: string
  /** Absent where the schema says it, not a rule. */
  readonly rule?: Rule
  /** Of a condition: where in the rule it stands, as the way from the whole condition down to it. */
  readonly part?: 'row_level_filter' | 'check'
  readonly path?: readonly number[]
  readonly written?: Predicate
  /** Known without looking at rows. */
  readonly fixed?: boolean
  /** No rule can change it. */
  readonly firm?: true
}

/** One place at which a clause is asked: of the row before a write, or of one that it would make. */
export interface Site {
  readonly kind: 'site'
  readonly clause: Clause
  /** Equal for the same question of the same row. */
  readonly key: string
  readonly moment: string
  /** As a database is asked. Absent where the clause is known without. */
  readonly ask?: Predicate
}

export type Formula =
  | Site
  | { readonly kind: 'all'; readonly of: readonly Formula[] }
  | { readonly kind: 'any'; readonly of: readonly Formula[] }
  | { readonly kind: 'not'; readonly of: Formula }

export const all = (...of: readonly Formula[]): Formula => ({ kind: 'all', of })
export const any = (...of: readonly Formula[]): Formula => ({ kind: 'any', of })
export const negated = (of: Formula): Formula => ({ kind: 'not', of })

/** A clause that needs no row. */
export function known(clause: Omit<Clause, 'fixed'>, fixed: boolean): Site {
  return { kind: 'site', clause: { ...clause, fixed }, key: clause.id, moment: '' }
}

/** A condition that the schema puts on every row. */
export function imposed(kind: 'tenant' | 'live', says: string, ask: Predicate, moment: string): Site {
  return { kind: 'site', clause: { id: kind, kind, says, firm: true }, key: `${kind} ${moment}`, moment, ask }
}

/**
 * A rule's condition on rows of `entity`, by its clauses. `bound` as in sight.ts. A check that the rule did not write is its row filter:
 * the same clauses, asked of another row.
 */
export function conditionOf(rule: Rule, part: 'rows' | 'check', entity: Entity, bound: boolean, moment: string): Formula {
  const name = part === 'rows' || rule.check === rule.rows ? 'row_level_filter' : 'check'
  const walk = (node: Predicate, path: readonly number[]): Formula => {
    switch (node.kind) {
      case 'and':
        return all(...node.all.map((one, i) => walk(one, [...path, i])))
      case 'or':
        return any(...node.any.map((one, i) => walk(one, [...path, i])))
      case 'not':
        return negated(walk(node.of, [...path, 0]))
      default: {
        const id = `${rule.id} ${name} ${path.join('.')}`
        const clause: Clause = { id, kind: 'condition', says: printPredicate(node), rule, part: name, path, written: node }
        return { kind: 'site', clause, key: `${id} ${bound} ${moment}`, moment, ask: sighted(node, entity, bound) }
      }
    }
  }
  return walk(part === 'rows' ? rule.rows : rule.check, [])
}

/** Every place of the formula, each question once. */
export function sitesOf(formula: Formula): Site[] {
  const found = new Map<string, Site>()
  const walk = (node: Formula): void => {
    if (node.kind === 'site') found.set(node.key, node)
    else if (node.kind === 'not') walk(node.of)
    else node.of.forEach(walk)
  }
  walk(formula)
  return [...found.values()]
}
