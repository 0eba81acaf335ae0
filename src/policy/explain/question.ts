/** The questions that calls put to rules (may this role see the row, this field, write this?), as formulas of clauses. Mirrors rights.ts; knows no rows. */

import { isAlways } from '../../query/build.ts'
import { printPredicate } from '../../query/print.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'
import { type Rights, writableByCallers } from '../rights.ts'
import { live, ofTenant } from '../sight.ts'
import { all, any, conditionOf, type Formula, imposed, known, negated } from './clause.ts'

/** The rules of one role for one operation, as rights.ts puts them together. */
export interface Ruled {
  readonly entity: Entity
  readonly permits: readonly Rule[]
  readonly denies: readonly Rule[]
  /** The engine's own identity: no rule binds it. */
  readonly system: boolean
}

export function ruledBy(rights: Rights, entity: Entity, operation: string): Ruled {
  const kind = entity.operations.get(operation)?.kind ?? operation
  const closed = entity.operations.get(operation)?.systemOnly === true || entity.internal
  const rules = rights.system || closed ? [] : rights.policy.governing(entity.name, rights.role, operation, kind)
  const ordered = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    entity,
    permits: ordered.filter((rule) => rule.effect === 'permit'),
    denies: ordered.filter((rule) => rule.effect === 'deny'),
    system: rights.system,
  }
}

const within = ({ entity }: Ruled, rule: Rule): boolean => entity.tenant !== undefined && !rule.acrossTenants

function alive({ entity }: Ruled, moment: string): Formula {
  const condition = live(entity)
  return isAlways(condition)
    ? all()
    : imposed('live', `the row has not been deleted and has not expired: ${printPredicate(condition)}`, condition, moment)
}

function tenant(ruled: Ruled, rule: Rule, moment: string): Formula {
  if (!within(ruled, rule)) return all()
  const condition = ofTenant(ruled.entity)
  return imposed('tenant', `the row is of the caller's tenant: ${printPredicate(condition)}`, condition, moment)
}

function clear(ruled: Ruled, moment: string): Formula {
  const bound = ruled.permits.every((rule) => within(ruled, rule))
  return all(...ruled.denies.map((rule) => negated(conditionOf(rule, 'rows', ruled.entity, bound, moment))))
}

const scoped = (ruled: Ruled, rule: Rule, part: 'rows' | 'check', moment: string): Formula =>
  all(tenant(ruled, rule, moment), conditionOf(rule, part, ruled.entity, within(ruled, rule), moment))

/** Is the row among those on which a permit and no deny holds? */
export function rowQuestion(ruled: Ruled, moment: string): Formula {
  if (ruled.system) return alive(ruled, moment)
  return all(alive(ruled, moment), any(...ruled.permits.map((rule) => scoped(ruled, rule, 'rows', moment))), clear(ruled, moment))
}

/** Is the field shown in that row? */
export function fieldQuestion(ruled: Ruled, name: string, moment: string): Formula {
  const exposed = ruled.entity.fields.get(name)?.neverExposed !== true
  const open = known({ id: `schema ${name}`, kind: 'schema', says: `the schema exposes ${name}`, firm: true }, exposed)
  if (ruled.system) return all(open, alive(ruled, moment))
  const lists = (rule: Rule) =>
    rule.readable === undefined
      ? all()
      : known({ id: `${rule.id} readable ${name}`, kind: 'readable', says: `readable_fields has ${name}`, rule }, rule.readable.has(name))
  const shown = any(...ruled.permits.map((rule) => all(lists(rule), scoped(ruled, rule, 'rows', moment))))
  return all(open, alive(ruled, moment), shown, clear(ruled, moment))
}

/** What a write is made of, for its rules. */
export interface Write {
  readonly kind: 'create' | 'update'
  /** Fields that the caller gives. */
  readonly fields: readonly string[]
  /** Moment of the row before; absent where there is none. */
  readonly before?: string
  /** Moment of the row that a permit's presets would make; undefined where nobody could find out. */
  after(rule: Rule): string | undefined
}

/** Is there one rule that permits all of the write? */
export function writeQuestion(ruled: Ruled, write: Write): Formula {
  const { entity } = ruled
  const { before } = write
  const closed = write.fields.flatMap((name) => {
    const field = entity.fields.get(name)
    if (field === undefined || writableByCallers(field, entity, write.kind, ruled.system)) return []
    return [known({ id: `schema ${name}`, kind: 'schema', says: `the schema lets callers write ${name}`, firm: true }, false)]
  })
  if (ruled.system) return all(...closed, before === undefined ? all() : alive(ruled, before))
  const one = (rule: Rule): Formula => {
    const moment = write.after(rule)
    return all(
      ...write.fields.flatMap((name) => fieldClauses(rule, name)),
      ...(before === undefined ? [] : [scoped(ruled, rule, 'rows', before)]),
      ...(moment === undefined ? [] : [scoped(ruled, rule, 'check', moment), clear(ruled, moment)]),
    )
  }
  const around = before === undefined ? [] : [alive(ruled, before), clear(ruled, before)]
  return all(...closed, ...around, any(...ruled.permits.map(one)))
}

function fieldClauses(rule: Rule, name: string): Formula[] {
  const listed =
    rule.writable === undefined
      ? []
      : [known({ id: `${rule.id} writable ${name}`, kind: 'writable', says: `writable_fields has ${name}`, rule }, rule.writable.has(name))]
  const preset = rule.presets.has(name)
    ? [negated(known({ id: `${rule.id} preset ${name}`, kind: 'preset', says: `the rule itself sets ${name}`, rule }, true))]
    : []
  return [...listed, ...preset]
}
