/** Explanations as values for the caller: clauses with what they compared. In charge of the form, and of keeping secrets out of it; must not decide anything. */
import type { Cause, Truth } from '../../policy/explain/cause.ts'
import { type Clause, type Formula, type Site, sitesOf } from '../../policy/explain/clause.ts'
import type { Rule } from '../../policy/policy.ts'
import type { Operand, Predicate } from '../../query/ast.ts'
import { printOperand, printPredicate } from '../../query/print.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { operandsOf, type Seen, secret } from './look.ts'

export interface Telling {
  readonly entity: Entity
  /** The caller that is explained. */
  readonly caller: Running
  /** By moment. */
  readonly seen: ReadonlyMap<string, Seen>
}

export function causeValue(cause: Cause, formula: Formula, telling: Telling): { [name: string]: Value } {
  const sites = sitesOf(formula)
  return {
    holds: cause.holds,
    because: cause.because.map((clause) => clauseValue(clause, sites, telling)),
    changes: cause.changes.map((way) => way.map(({ clause, to }) => ({ ...clauseValue(clause, sites, telling), to }))),
    ...(cause.more ? { more: true } : {}),
  }
}

export const placeOf = ({ place }: Rule): string => `${place.file}:${place.line}:${place.column}`

export function ruleValue(rule: Rule, operation: string): { [name: string]: Value } {
  return {
    id: rule.id,
    place: placeOf(rule),
    operation,
    effect: rule.effect,
    roles: [...rule.roles].sort(),
    rows: printPredicate(rule.rows),
    ...(rule.check === rule.rows ? {} : { check: printPredicate(rule.check) }),
    ...(rule.readable === undefined ? {} : { readable: [...rule.readable] }),
    ...(rule.writable === undefined ? {} : { writable: [...rule.writable] }),
    ...(rule.presets.size === 0 ? {} : { presets: Object.fromEntries([...rule.presets].map(([name, value]) => [name, printOperand(value)])) }),
    ...(rule.acrossTenants ? { acrossTenants: true } : {}),
    ...(rule.reason === undefined ? {} : { reason: rule.reason }),
  }
}

/** `value` and `values` are of the row before, and of the one after where they differ: `{before, after}`. */
function clauseValue(clause: Clause, sites: readonly Site[], telling: Telling): { [name: string]: Value } {
  const own = sites.filter((site) => site.clause.id === clause.id)
  const at = (moment: 'before' | 'after') => own.find((site) => site.moment.startsWith(moment))
  const before = at('before')
  const after = at('after')
  const values = [before, after].map((site) => (site === undefined ? undefined : valuesOf(site, telling)))
  const truths = [before, after].map((site) => (site === undefined ? undefined : truthOf(site, telling.seen)))
  return {
    ...(clause.rule === undefined ? {} : { rule: clause.rule.id, place: placeOf(clause.rule) }),
    ...(clause.part === undefined ? {} : { part: clause.part }),
    ...(clause.path === undefined ? {} : { path: [...clause.path] }),
    kind: clause.kind,
    clause: clause.says,
    value: clause.fixed ?? both(truths),
    ...(values.every((each) => each === undefined || Object.keys(each).length === 0) ? {} : { values: both(values) }),
    ...(own.length > 0 && clause.fixed === undefined ? { of: before === undefined ? 'after' : after === undefined ? 'before' : 'both' } : {}),
  }
}

/** The call's own filter, with what it compared: values of the call as `?0`, fields of the row. */
export function filterValue(filter: Predicate, params: readonly Value[], telling: Telling): { [name: string]: Value } {
  const seen = telling.seen.get('before')
  const values: { [name: string]: Value } = {}
  visitPredicate(filter, telling.entity, {
    operand(node, of) {
      if (node.kind === 'param') values[printOperand(node)] = params[node.index] ?? null
      else if (of === telling.entity && node.kind === 'field') values[node.field] = valueFor({ kind: 'field', field: node.field }, seen, telling)
    },
  })
  return { clause: printPredicate(filter), value: seen?.further[0] ?? null, values }
}

export const truthOf = (site: Site, seen: ReadonlyMap<string, Seen>): Truth =>
  site.clause.fixed ?? seen.get(site.moment)?.truths.get(site.key) ?? null

function both(parts: readonly (Value | undefined)[]): Value {
  const [before, after] = parts
  if (before === undefined || after === undefined) return before ?? after ?? null
  return JSON.stringify(before) === JSON.stringify(after) ? before : { before, after }
}

function valuesOf(site: Site, telling: Telling): { [name: string]: Value } {
  const seen = telling.seen.get(site.moment)
  const operands = site.clause.written === undefined ? imposedOperands(site) : operandsOf(site.clause.written)
  const out: { [name: string]: Value } = {}
  for (const operand of operands) if (operand.kind !== 'const') out[printOperand(operand)] = valueFor(operand, seen, telling)
  return out
}

const imposedOperands = ({ ask, clause }: Site): readonly Operand[] => (clause.kind === 'tenant' && ask !== undefined ? operandsOf(ask) : [])

function valueFor(operand: Operand, seen: Seen | undefined, telling: Telling): Value {
  const { entity } = telling
  switch (operand.kind) {
    case 'field':
      return told(entity, operand.field) ? (seen?.row.get(operand.field) ?? null) : secret
    case 'json':
      return told(entity, operand.field) ? within(seen?.row.get(operand.field), operand.path) : secret
    case 'session':
      return telling.caller.values.get(operand.name) ?? null
    case 'level': {
      const of = valueFor(operand.of, seen, telling)
      return typeof of === 'string' ? (operand.levels.get(of) ?? null) : null
    }
    case 'path': {
      const last = operand.hops.at(-1)?.entity
      return last !== undefined && told(last, operand.field) ? (seen?.ends.get(printOperand(operand)) ?? null) : secret
    }
    case 'const':
      return operand.value
    case 'param':
      return null
  }
}

/** Whoever may ask for explanations is told what clauses compared, but for what is nobody's to see. */
function told(entity: Entity, name: string): boolean {
  const field = entity.fields.get(name)
  return field !== undefined && !field.sensitive && !field.neverExposed
}

function within(value: Value | undefined, path: readonly string[]): Value {
  let at: Value | undefined = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return null
    at = (at as { readonly [name: string]: Value })[step]
  }
  return at ?? null
}
