/** Findings about how rules stand to each other: denies that are passed by, listing beyond reading, rights that callers give themselves. */
import type { Operand } from '../../query/ast.ts'
import { isAlways } from '../../query/build.ts'
import { visitPredicate } from '../../query/walk.ts'
import { accountEntity } from '../../schema/account.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import type { Policy, Rule } from '../policy.ts'
import { lineage } from '../rules/governing.ts'
import { canonical } from '../simplify.ts'
import { about, deeds, type Finding } from './finding.ts'
import { writes } from './grants.ts'

/** A rule that names `list` is asked instead of those for `read`; a deny of reading then does not bind lists. */
export function denyBypassed(rule: Rule, entity: Entity, schema: Schema, policy: Policy): Finding[] {
  if (rule.effect !== 'deny') return []
  const roles = rule.roles.has('public') ? [...schema.roles.keys()] : [...rule.roles]
  const passed = new Map<string, string>()
  for (const operation of entity.operations.values()) {
    const [, ...inherited] = lineage(operation.name, operation.kind)
    if (rule.operations.has(operation.name) || !inherited.some((name) => rule.operations.has(name))) continue
    for (const role of roles) {
      const governing = policy.governing(entity.name, role, operation.name, operation.kind)
      const by = governing.includes(rule) ? undefined : governing.find((other) => other.effect === 'permit' && other.operations.has(operation.name))
      if (by !== undefined) passed.set(operation.name, by.id)
    }
  }
  return [...passed].map(([operation, by]) =>
    about(
      rule,
      'deny-bypassed',
      'warning',
      `The deny does not bind "${operation}", for which ${by} stands by itself; name "${operation}" in the deny too`,
    ),
  )
}

const listing: ReadonlySet<string> = new Set(['list', 'count', 'search', 'aggregate', 'find_by', 'list_by', 'tree'])

/** Rows or fields that come in a list and not in a read. */
export function widerThanRead(rule: Rule, entity: Entity, policy: Policy): Finding[] {
  const lists = [...rule.operations].filter((name) => listing.has(entity.operations.get(name)?.kind ?? ''))
  if (rule.effect === 'deny' || lists.length === 0 || rule.operations.has('read')) return []
  for (const role of [...rule.roles].sort()) {
    const reads = policy.governing(entity.name, role, 'read', 'read').filter((other) => other.effect === 'permit')
    const told = (what: string) => [about(rule, 'wider-than-read', 'warning', `"${role}" gets ${what} by "${lists[0]}" and not by "read"`)]
    if (isAlways(rule.rows) && !reads.some((read) => isAlways(read.rows))) return told('rows')
    const shown = [...entity.fields.keys()].filter((name) => rule.readable === undefined || rule.readable.has(name))
    const hidden = shown.filter((name) => !reads.some((read) => read.readable === undefined || read.readable.has(name)))
    if (reads.length > 0 && hidden.length > 0) return told(`the fields ${hidden.join(', ')}`)
  }
  return []
}

/** `$user.x` where callers write `x` of their own account: whoever asks for a right has it. */
export function selfGranted(rule: Rule, entity: Entity, schema: Schema, policy: Policy): Finding[] {
  const account = schema.entities.get(accountEntity)
  const used = new Set<string>()
  for (const condition of new Set([rule.rows, rule.check]))
    visitPredicate(condition, entity, {
      operand: (node) => void (node.kind === 'session' && node.name.startsWith('user.') && used.add(node.name.slice(5))),
    })
  return [...used].flatMap((name) => {
    const field = account?.fields.get(name)
    if (account === undefined || field === undefined || account.key.includes(name)) return []
    const role = [...rule.roles]
      .sort()
      .find((each) =>
        policy
          .governing(account.name, each, 'update', 'update')
          .some(
            (other) =>
              other.effect === 'permit' && writes(other, field, false, account) && !othersOnly(other, account) && !asks(other, name, account),
          ),
      )
    if (role === undefined) return []
    return [
      about(
        rule,
        'self-granted',
        'warning',
        `The rule depends on $user.${name}, which "${role}" writes in the own account; take it out of the writable_fields there`,
      ),
    ]
  })
}

/** The rule leaves out the caller's own row. */
function othersOnly(rule: Rule, account: Entity): boolean {
  const parts = rule.rows.kind === 'and' ? rule.rows.all : [rule.rows]
  const sides = [`{"field":${JSON.stringify(account.key[0])},"kind":"field"}`]
  return parts.some(
    (part) =>
      part.kind === 'compare' &&
      part.op === 'ne' &&
      [part.left, part.right].some((side) => sides.includes(canonical(side))) &&
      [part.left, part.right].some((side) => side.kind === 'session' && side.name === 'user.id'),
  )
}

function asks(rule: Rule, name: string, account: Entity): boolean {
  let found = false
  const look = (node: Operand, of: Entity) => {
    if (of === account && node.kind === 'field' && node.field === name) found = true
  }
  visitPredicate(rule.check, account, { operand: look })
  return found
}

const within = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean => [...part].every((one) => whole.has(one))
const fieldsWithin = (part: ReadonlySet<string> | undefined, whole: ReadonlySet<string> | undefined): boolean =>
  whole === undefined || (part !== undefined && within(part, whole))

/** Another rule of the same effect gives, to all of its roles, all that this one gives. */
export function redundant(rule: Rule, policy: Policy): Finding[] {
  const by = policy.rules.find(
    (other) =>
      other !== rule &&
      other.entity === rule.entity &&
      other.effect === rule.effect &&
      (other.roles.has('public') || within(rule.roles, other.roles)) &&
      within(rule.operations, other.operations) &&
      (isAlways(other.rows) || canonical(other.rows) === canonical(rule.rows)) &&
      (isAlways(other.check) || canonical(other.check) === canonical(rule.check)) &&
      fieldsWithin(rule.readable, other.readable) &&
      fieldsWithin(rule.writable, other.writable) &&
      rule.presets.size === 0 &&
      other.presets.size === 0 &&
      rule.acrossTenants === other.acrossTenants,
  )
  return by === undefined ? [] : [about(rule, 'redundant', 'note', `All of it is given by ${by.id} (${by.place.file}:${by.place.line}) too`)]
}

/** Roles do not inherit: one that is higher and not named has nothing. */
export function ladderGaps(rule: Rule, entity: Entity, schema: Schema, policy: Policy): Finding[] {
  if (rule.effect === 'deny' || rule.roles.has('public') || !(deeds(rule, entity).reads || deeds(rule, entity).writes)) return []
  const least = Math.min(...[...rule.roles].map((role) => schema.roles.get(role) ?? Number.POSITIVE_INFINITY))
  const permits = (role: string, name: string, kind: string) =>
    policy.governing(entity.name, role, name, kind).some((other) => other.effect === 'permit')
  const higher = [...schema.roles].filter(([role, level]) => level > least && role !== 'system' && !rule.roles.has(role)).map(([role]) => role)
  const without = (role: string, names: Iterable<string>) =>
    [...names].some((name) => !permits(role, name, entity.operations.get(name)?.kind ?? name))
  const gaps = higher.filter((role) => without(role, rule.operations))
  const idle = (role: string) => [...entity.operations.values()].every(({ name, kind }) => !permits(role, name, kind))
  const note = (roles: readonly string[], what: string) =>
    roles.length === 0
      ? []
      : [
          about(
            rule,
            'ladder-gap',
            'note',
            `${roles.join(', ')} may ${what}, though higher than a role that may: roles do not inherit; name them if that is not meant`,
          ),
        ]
  // Who may do nothing at all with the entity is told of once.
  const first = policy.rules.find((other) => other.entity === rule.entity && other.effect === 'permit' && !other.roles.has('public'))
  return [
    ...note(
      gaps.filter((role) => !idle(role)),
      'not',
    ),
    ...(first === rule ? note(gaps.filter(idle), `do nothing with ${entity.name}`) : []),
  ]
}
