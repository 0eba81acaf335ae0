/** Findings about the conditions of rules: fields without an index, nulls that defeat them, answers that change by themselves. */
import type { Operand, Predicate } from '../../query/ast.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity, Field } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'
import { canonical } from '../simplify.ts'
import { about, type Finding } from './finding.ts'

/** True where a database can find rows by the field. */
function isIndexed(field: Field, entity: Entity): boolean {
  return field.index || field.unique !== false || entity.key[0] === field.name || entity.indexes.some((index) => index.fields[0] === field.name)
}

/** Entities whose rows a condition searches without any indexed field to begin with. Filters of whole tables are slow, not wrong. */
export function withoutIndex(rule: Rule, entity: Entity): Finding[] {
  const used = new Map<Entity, Set<string>>()
  const use = (of: Entity, name: string) => used.set(of, (used.get(of) ?? new Set()).add(name))
  const bare = (of: Entity, operand: Operand) => {
    if (operand.kind === 'field') use(of, operand.field)
  }
  visitPredicate(rule.rows, entity, {
    predicate(node, of) {
      if (node.kind === 'compare' && node.op !== 'ne') for (const side of [node.left, node.right]) bare(of, side)
      else if (node.kind === 'in') bare(of, node.left)
      else if (node.kind === 'inSelect') {
        bare(of, node.left)
        use(node.entity, node.field)
      }
    },
  })
  return [...used]
    .filter(([of, names]) => ![...names].some((name) => isIndexed(of.fields.get(name) as Field, of)))
    .map(([of, names]) => ({
      code: 'no-index',
      severity: 'note',
      entity: entity.name,
      rule: rule.id,
      place: rule.place,
      message: `The filter looks for rows of ${of.name} by ${[...names].map((name) => `"${name}"`).join(', ')}, and no index helps; give one "index: true"`,
    }))
}

const nullable = (node: Operand, entity: Entity): string | undefined => {
  if (node.kind === 'field') return entity.fields.get(node.field)?.nullable === true ? node.field : undefined
  if (node.kind === 'json') return [node.field, ...node.path].join('.')
  if (node.kind === 'level') return nullable(node.of, entity)
  if (node.kind !== 'path') return undefined
  const ends = [entity, ...node.hops.map((hop) => hop.entity)]
  const open = node.hops.some((hop, i) => hop.local.some((name) => ends[i]?.fields.get(name)?.nullable === true))
  const field = ends.at(-1)?.fields.get(node.field)
  return open || field?.nullable === true ? `${ends.at(-1)?.name}.${node.field}` : undefined
}

/**
 * Comparisons that are unknown where a field is null, in places where that surprises: anything but plain equality of a permit.
 * A rule that asks IS NULL of the same operand has thought of it.
 */
export function nullDefeats(rule: Rule, entity: Entity): Finding[] {
  const found = new Map<string, string>()
  for (const condition of rule.check === rule.rows ? [rule.rows] : [rule.rows, rule.check]) {
    const asked = new Set<string>()
    visitPredicate(condition, entity, { predicate: (node) => void (node.kind === 'isNull' && asked.add(canonical(node.of))) })
    surprising(condition, entity, rule.effect === 'deny', (operand, of) => {
      const name = nullable(operand, of)
      if (name === undefined || asked.has(canonical(operand))) return
      found.set(name, rule.effect === 'deny' ? 'the deny then holds' : 'the permit then does not hold')
    })
    if (rule.effect === 'permit' && rule.roles.has('public')) anonymous(condition, entity, found)
  }
  return [...found].map(([name, effect]) => ({
    code: 'null-defeats',
    severity: name.startsWith('$') ? 'note' : 'warning',
    entity: entity.name,
    rule: rule.id,
    place: rule.place,
    message: `"${name}" can be null; ${effect}. Say what is meant with IS NULL or IS NOT NULL`,
  }))
}

function surprising(node: Predicate, entity: Entity, negated: boolean, tell: (operand: Operand, entity: Entity) => void): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      for (const part of node.kind === 'and' ? node.all : node.any) surprising(part, entity, negated, tell)
      return
    case 'not':
      return surprising(node.of, entity, true, tell)
    case 'compare':
      if (negated || node.op !== 'eq') for (const side of [node.left, node.right]) tell(side, entity)
      return
    case 'in':
      if (negated) tell(node.left, entity)
      return
    case 'inSelect':
      if (negated) {
        tell(node.left, entity)
        tell({ kind: 'field', field: node.field }, node.entity)
      }
      return surprising(node.where, node.entity, false, tell)
    default:
      return
  }
}

/** A caller without identity has a role and a level, and nothing else. */
function anonymous(condition: Predicate, entity: Entity, found: Map<string, string>): void {
  visitPredicate(condition, entity, {
    operand(node) {
      const known = node.kind !== 'session' || node.name === 'user.level' || node.name === 'user.role' || node.name.startsWith('context.')
      if (!known) found.set(`$${node.name}`, 'for callers without identity the permit does not hold')
    },
  })
}

/** What a caller sees then changes without a write: nothing tells a page or a cache of it, and tests have to say which time it is. */
export function timeDependent(rule: Rule, entity: Entity): Finding[] {
  let asks = false
  for (const condition of new Set([rule.rows, rule.check]))
    visitPredicate(condition, entity, {
      operand(node) {
        if (node.kind === 'session' && node.name === 'context.now') asks = true
      },
    })
  return asks
    ? [
        about(
          rule,
          'time-dependent',
          'note',
          'The rule depends on the time, so answers change without a write; give its policy tests a "now" before and one after',
        ),
      ]
    : []
}
