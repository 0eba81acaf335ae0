/** Findings about what rules give away or can never give: no rules, allow-all, unreachable, client-writable. Must not know fields' values. */
import { isAlways, isNever } from '../../query/build.ts'
import { visitPredicate } from '../../query/walk.ts'
import type { Entity, Field, Schema } from '../../schema/entity.ts'
import type { Policy, Rule } from '../policy.ts'
import { isContradiction } from './clauses.ts'
import { deeds, type Finding } from './finding.ts'

export function withoutRules(schema: Schema, policy: Policy): Finding[] {
  const ruled = new Set(policy.rules.map((rule) => rule.entity))
  return [...schema.entities.values()]
    .filter((entity) => !entity.internal && !ruled.has(entity.name))
    .map((entity) => ({
      code: 'no-rules',
      severity: 'warning',
      entity: entity.name,
      place: entity.place,
      message: `${entity.name} has no rule, so nobody but the engine can use it; if that is meant, say so with "system: true"`,
    }))
}

export function allowAll(rule: Rule, entity: Entity): Finding[] {
  if (rule.effect !== 'permit' || !rule.roles.has('public') || !isAlways(rule.rows)) return []
  const { reads, writes: writing } = deeds(rule, entity)
  const open = writing && isAlways(rule.check)
  // A check binds what is written, and a write shows no more than the rules to read do.
  if (!reads && !open) return []
  const what = open ? 'write' : 'read'
  return [
    {
      code: 'allow-all',
      severity: open ? 'warning' : 'note',
      entity: entity.name,
      rule: rule.id,
      place: rule.place,
      message: `Everyone, with or without identity, may ${what} every row of ${entity.name}`,
    },
  ]
}

export function unreachable(rule: Rule, entity: Entity, policy: Policy): Finding[] {
  const why = whyUnreachable(rule, entity, policy)
  return why === undefined
    ? []
    : [
        {
          code: 'unreachable',
          severity: 'warning',
          entity: entity.name,
          rule: rule.id,
          place: rule.place,
          message: `The rule never does anything: ${why}`,
        },
      ]
}

function whyUnreachable(rule: Rule, entity: Entity, policy: Policy): string | undefined {
  if (rule.roles.size === 0) return 'its list of roles is empty'
  if (rule.operations.size === 0) return 'its list of operations is empty'
  if (isNever(rule.rows) || isContradiction(rule.rows)) return 'no row fits its filter'
  if (rule.effect === 'deny') return undefined
  const operations = [...rule.operations].map((name) => entity.operations.get(name))
  if (operations.every((operation) => operation?.systemOnly === true)) return 'only the engine may call its operations'
  const closed = operations.every(
    (operation) =>
      operation === undefined ||
      [...rule.roles].every((role) =>
        policy.governing(entity.name, role, operation.name, operation.kind).some((other) => other.effect === 'deny' && isAlways(other.rows)),
      ),
  )
  return closed ? 'another rule denies all of it' : undefined
}

/** Fields by which a caller could raise or move itself, where the rule lets it choose them and its check does not look at them. */
export function clientWritable(rule: Rule, entity: Entity, schema: Schema): Finding[] {
  const { creates, changes } = deeds(rule, entity)
  if (rule.effect !== 'permit' || !(creates || changes)) return []
  const looked = new Set<string>()
  visitPredicate(rule.check, entity, { operand: (node, of) => void (of === entity && node.kind === 'field' && looked.add(node.field)) })
  return [...entity.fields.values()].flatMap((field): Finding[] => {
    const what = delicate(field, entity, schema)
    if (what === undefined || looked.has(field.name) || !writes(rule, field, creates, entity)) return []
    // A key that the engine does not make has to come from somebody, and one that refers to another row is bound by that row.
    if (what === 'the key' && (field.foreignKey !== undefined || ![...rule.roles].some((role) => isLowest(role, schema)))) return []
    if (what === 'the owner' && ![...rule.roles].some((role) => isLowest(role, schema))) return []
    if (what === 'a role' && [...rule.roles].every((role) => isHighest(role, schema))) return []
    const message = `Callers choose "${field.name}", which is ${what}; preset it, leave it out of writable_fields, or bind it in "check"`
    const severity = what === 'the key' ? 'note' : 'warning'
    return [{ code: 'client-writable', severity, entity: entity.name, rule: rule.id, place: rule.place, message }]
  })
}

function delicate(field: Field, entity: Entity, schema: Schema): string | undefined {
  if (entity.key.includes(field.name)) return 'the key'
  if (field.name === entity.owner) return 'the owner'
  if (field.name === entity.tenant || field.name === 'tenantId') return 'the tenant'
  return field.name === 'role' || field.values?.some((value) => value !== 'public' && schema.roles.has(value)) === true ? 'a role' : undefined
}

/** Does the rule let callers choose the field? */
export function writes(rule: Rule, field: Field, creates: boolean, entity: Entity): boolean {
  if (field.generated || field.autoUpdate || field.kept !== undefined || rule.presets.has(field.name)) return false
  if (!creates && (field.immutable || entity.key.includes(field.name))) return false
  return rule.writable === undefined || rule.writable.has(field.name)
}

/** Those with an account and no more: staff may hand rows on. */
function isLowest(role: string, schema: Schema): boolean {
  const levels = [...schema.roles].filter(([name]) => name !== 'public' && name !== 'system').map(([, level]) => level)
  return role === 'public' || schema.roles.get(role) === Math.min(...levels)
}

const isHighest = (role: string, schema: Schema): boolean => schema.roles.get(role) === Math.max(...schema.roles.values())
