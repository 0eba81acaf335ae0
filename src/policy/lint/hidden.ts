/** Findings about conditions that depend on what the rule's own roles cannot read (contract 6.4). In charge of what counts as read; must not know values. */
import type { Operand, Predicate } from '../../query/ast.ts'
import { and, isAlways, or } from '../../query/build.ts'
import { mapPredicate, visitPredicate } from '../../query/walk.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Policy, Rule } from '../policy.ts'
import { canonical } from '../simplify.ts'
import { about, type Finding } from './finding.ts'

type Path = Extract<Operand, { kind: 'path' }>

/** What the caller's answers depend on although the caller may not read it: a way to learn it. */
export function hiddenDependencies(rule: Rule, entity: Entity, policy: Policy): Finding[] {
  const found = new Map<string, string>()
  for (const role of [...rule.roles].sort()) {
    const sight = new Sight(rule, entity, role, policy, (field, why) => {
      if (!found.has(field)) found.set(field, `The rule depends on ${field}, ${why}; callers can learn of it from their answers`)
    })
    for (const condition of new Set([rule.rows, rule.check])) sight.look(condition, entity)
  }
  return [...found.values()].map((message) => about(rule, 'hidden-dependency', 'note', message))
}

class Sight {
  readonly #own: Entity
  /** The rule looks at rows of the caller's tenant only. */
  readonly #bound: boolean
  readonly #role: string
  readonly #policy: Policy
  readonly #tell: (field: string, why: string) => void

  constructor(rule: Rule, own: Entity, role: string, policy: Policy, tell: (field: string, why: string) => void) {
    this.#own = own
    this.#bound = own.tenant !== undefined && !rule.acrossTenants
    this.#role = role
    this.#policy = policy
    this.#tell = tell
  }

  look(node: Predicate, of: Entity): void {
    if (node.kind === 'and') return this.#together(node.all, of)
    const [path] = pathsOf(node) ?? []
    if (path !== undefined && this.#mayRead(atEnd(node, of), endOf(path))) return
    if (node.kind === 'or') for (const part of node.any) this.look(part, of)
    else if (node.kind === 'not' || node.kind === 'isTrue') this.look(node.of, of)
    else if (node.kind === 'inSelect') {
      this.#operand(node.left, of)
      if (this.#mayRead(selected(node), node.entity, node.field)) return
      this.#field(node.entity, node.field)
      this.look(node.where, node.entity)
    } else visitPredicate(node, of, { operand: (operand, where) => this.#operand(operand, where) })
  }

  /** Conditions on one and the same other row are asked as one: together they may be all that lets the role read it. */
  #together(parts: readonly Predicate[], of: Entity): void {
    for (const [hops, group] of Map.groupBy(parts, (part) => canonicalHops(pathsOf(part)))) {
      const [path] = hops === undefined ? [] : (pathsOf(group[0] as Predicate) ?? [])
      if (path !== undefined && this.#mayRead(atEnd(and(...group), of), endOf(path))) continue
      for (const part of group) this.look(part, of)
    }
  }

  #operand(node: Operand, of: Entity): void {
    if (node.kind === 'field' || node.kind === 'json') this.#field(of, node.field)
    else if (node.kind === 'path') this.#field(endOf(node), node.field)
    else if (node.kind === 'level') this.#operand(node.of, of)
  }

  /** Own rows are filtered by the rule itself; of other entities every row counts. */
  #field(entity: Entity, field: string): void {
    const showing = this.#permits(entity).filter((permit) => permit.readable === undefined || permit.readable.has(field))
    if (entity.fields.get(field)?.neverExposed === true || showing.length === 0)
      this.#tell(`${entity.name}.${field}`, `which "${this.#role}" may not read`)
    else if (entity !== this.#own && !(this.#mayReadAll(entity) && showing.some((permit) => isAlways(permit.rows))))
      this.#tell(`${entity.name}.${field}`, `and "${this.#role}" may not read all rows of ${entity.name}`)
  }

  /** Are all rows of which the condition is true rows that the role may read, with every field that it names? Then it learns nothing of others. */
  #mayRead(condition: Predicate, entity: Entity, ...more: readonly string[]): boolean {
    const fields = new Set(more)
    let plain = true
    visitPredicate(condition, entity, {
      operand: (node, of) => {
        if (of === entity && (node.kind === 'field' || node.kind === 'json')) fields.add(node.field)
        else if (node.kind === 'path' || of !== entity) plain = false
      },
    })
    const showing = this.#permits(entity).filter((permit) => permit.readable === undefined || [...fields].every((name) => permit.readable?.has(name)))
    const exposed = [...fields].every((name) => entity.fields.get(name)?.neverExposed !== true)
    return plain && exposed && this.#mayReadAll(entity) && showing.length > 0 && implies(condition, or(...showing.map((permit) => permit.rows)))
  }

  /** Nothing but permits decides: no deny, which is not seen through, and no other tenants. */
  #mayReadAll(entity: Entity): boolean {
    return this.#reading(entity).every((rule) => rule.effect === 'permit') && (entity.tenant === undefined || this.#bound)
  }

  #permits(entity: Entity): readonly Rule[] {
    return this.#reading(entity).filter((rule) => rule.effect === 'permit')
  }

  #reading(entity: Entity): readonly Rule[] {
    return this.#policy.governing(entity.name, this.#role, 'read', 'read')
  }
}

/** What rows have to be to be selected; of `$user.id IN (SELECT userId …)` that they are the caller's. */
function selected({ left, field, where }: Extract<Predicate, { kind: 'inSelect' }>): Predicate {
  return left.kind === 'session' ? and(where, { kind: 'compare', op: 'eq', left: { kind: 'field', field }, right: left, insensitive: false }) : where
}

const endOf = (path: Path): Entity => path.hops.at(-1)?.entity as Entity
const canonicalHops = (paths: readonly Path[] | undefined): string | undefined => (paths?.[0] === undefined ? undefined : hopsText(paths[0]))
const hopsText = ({ hops }: Path): string => JSON.stringify(hops.map(({ entity, local, foreign }) => [entity.name, local, foreign]))

/** The paths of a condition that asks of one other row and of nothing else; undefined for any other one. */
function pathsOf(node: Predicate): readonly Path[] | undefined {
  const paths: Path[] = []
  let alone = true
  visitPredicate(node, {} as Entity, {
    predicate(part) {
      if (part.kind === 'exists' || part.kind === 'inSelect') alone = false
    },
    operand(operand) {
      if (operand.kind === 'path') paths.push(operand)
      else if (operand.kind === 'field' || operand.kind === 'json') alone = false
    },
  })
  return alone && new Set(paths.map(hopsText)).size === 1 ? paths : undefined
}

/** The same condition, said of the row at the end of the path. */
const atEnd = (node: Predicate, of: Entity): Predicate =>
  mapPredicate(node, of, { operand: (operand) => (operand.kind === 'path' ? { kind: 'field', field: operand.field } : operand) })

/** Certainly so; what is not seen through is not. */
function implies(one: Predicate, other: Predicate): boolean {
  if (isAlways(other) || canonical(one) === canonical(other)) return true
  if (one.kind === 'or' && one.any.length > 0 && one.any.every((part) => implies(part, other))) return true
  if (other.kind === 'and' && other.all.every((part) => implies(one, part))) return true
  if (other.kind === 'or' && other.any.some((part) => implies(one, part))) return true
  return one.kind === 'and' && one.all.some((part) => implies(part, other))
}
