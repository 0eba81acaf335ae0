/**
 * What tests hold of a policy: each rule, and each clause, is changed once, and some test has to notice. A change that all tests let pass is
 * something that could be lost tomorrow without anybody hearing of it. In charge of the changes; must not know how results are told.
 */
import type { Policy, Rule } from '../policy/policy.ts'
import { permitsField, Rights, writableByCallers } from '../policy/rights.ts'
import { withRules } from '../policy/rules.ts'
import { canonical } from '../policy/simplify.ts'
import { always, never, type Predicate } from '../query/ast.ts'
import { and, not, or } from '../query/build.ts'
import { printPredicate } from '../query/print.ts'
import type { Entity, Schema } from '../schema/entity.ts'
import type { TestFile } from './document.ts'
import { type Outcome, runTest, type Setting } from './run.ts'

export interface PartCoverage {
  /** What was changed: `the rule is gone`, `"ownerId = $user.id" is always true`. */
  readonly change: string
  readonly noticed: boolean
}

export interface RuleCoverage {
  readonly rule: Rule
  /** Some test notices some change of it. */
  readonly exercised: boolean
  readonly parts: readonly PartCoverage[]
}

export interface Change {
  readonly says: string
  /** Undefined: the rule is gone. */
  readonly rule: Rule | undefined
}

/** Every way in which a rule is changed, once each. `levels`: of the schema's roles. */
export function changesOf(rule: Rule, levels: ReadonlyMap<string, number>): Change[] {
  const { readable: _r, ...allShown } = rule
  const { writable: _w, ...allWritten } = rule
  const changes: Change[] = [{ says: 'the rule is gone', rule: undefined }]
  for (const value of [always, never]) {
    const word = value === always ? 'always true' : 'never true'
    for (const clause of clausesOf(rule.rows)) {
      const rows = replaced(rule.rows, clause, value)
      const check = rule.check === rule.rows ? rows : rule.check
      changes.push({ says: `${quoted(clause)} is ${word}`, rule: { ...rule, rows, check } })
    }
    if (rule.check !== rule.rows)
      for (const clause of clausesOf(rule.check))
        changes.push({ says: `${quoted(clause)} of the check is ${word}`, rule: { ...rule, check: replaced(rule.check, clause, value) } })
  }
  const groups = roleGroups(rule, levels)
  for (const roles of groups)
    if (groups.length > 1) changes.push({ says: `it is not for ${roles.join(', ')}`, rule: { ...rule, roles: without(rule.roles, ...roles) } })
  for (const name of rule.operations)
    if (rule.operations.size > 1) changes.push({ says: `it is not for ${name}`, rule: { ...rule, operations: without(rule.operations, name) } })
  for (const name of rule.readable ?? [])
    changes.push({ says: `it does not show ${name}`, rule: { ...rule, readable: without(rule.readable ?? [], name) } })
  for (const name of rule.writable ?? [])
    changes.push({ says: `${name} may not be written`, rule: { ...rule, writable: without(rule.writable ?? [], name) } })
  if (rule.readable !== undefined) changes.push({ says: 'it shows every field', rule: allShown })
  if (rule.writable !== undefined) changes.push({ says: 'every field may be written', rule: allWritten })
  for (const name of rule.presets.keys())
    changes.push({
      says: `${JSON.stringify(name)} is not preset`,
      rule: { ...rule, presets: new Map([...rule.presets].filter(([field]) => field !== name)) },
    })
  if (rule.acrossTenants) changes.push({ says: 'it holds in one tenant only', rule: { ...rule, acrossTenants: false } })
  return changes
}

const without = (names: Iterable<string>, ...left: readonly string[]): ReadonlySet<string> =>
  new Set([...names].filter((name) => !left.includes(name)))

/** Roles by themselves, but for those from one of them up to the highest: people write and mean them as one (`admin: true`). */
function roleGroups({ roles }: Rule, levels: ReadonlyMap<string, number>): string[][] {
  const falling = [...levels].sort(([, a], [, b]) => b - a).map(([role]) => role)
  const gap = falling.findIndex((role) => !roles.has(role))
  const top = falling.slice(0, gap === -1 ? falling.length : gap)
  const others = [...roles].filter((role) => !top.includes(role)).map((role) => [role])
  return top.length === 0 ? others : [...others, top.reverse()]
}

/** The conditions that a condition is made of by AND, OR and NOT, each by its place in the tree. */
export function clausesOf(node: Predicate): Predicate[] {
  if (node.kind === 'and') return node.all.flatMap(clausesOf)
  if (node.kind === 'or') return node.any.flatMap(clausesOf)
  return node.kind === 'not' ? clausesOf(node.of) : [node]
}

function replaced(node: Predicate, clause: Predicate, by: Predicate): Predicate {
  if (node === clause) return by
  if (node.kind === 'and') return and(...node.all.map((part) => replaced(part, clause, by)))
  if (node.kind === 'or') return or(...node.any.map((part) => replaced(part, clause, by)))
  return node.kind === 'not' ? not(replaced(node.of, clause, by)) : node
}

const quoted = (clause: Predicate): string => JSON.stringify(printPredicate(clause)).replace(/\\"/g, "'")

/** A test with the file that it stands in, and what became of it. */
export interface Ran {
  readonly file: TestFile
  readonly outcome: Outcome
}

/**
 * Of all rules that are the author's `own` and do something. `ran`: tests that passed; a test that did not ask for a rule cannot notice a change of it.
 * A change that leaves every role's rights as they are (a deny where nobody has a permit) is none and does not count.
 */
export async function coverage(ran: readonly Ran[], setting: Setting, own: (rule: Rule) => boolean): Promise<RuleCoverage[]> {
  const found: RuleCoverage[] = []
  for (const rule of setting.policy.rules) {
    const entity = setting.schema.entities.get(rule.entity)
    if (entity === undefined || entity.internal || !own(rule)) continue
    const before = rightsText(entity, setting.schema, setting.policy)
    const asking = ran.filter(({ outcome }) => outcome.asked.has(rule.id))
    const parts: PartCoverage[] = []
    for (const { says, rule: changed } of changesOf(rule, setting.schema.roles)) {
      const policy = withChange(setting.policy, rule, changed, setting)
      if (rightsText(entity, setting.schema, policy) === before) continue
      parts.push({ change: says, noticed: await notices(asking, { ...setting, policy }) })
    }
    if (parts.length > 0) found.push({ rule, exercised: parts.some((part) => part.noticed), parts })
  }
  return found
}

/** All that the roles hold on an entity: equal texts, equal answers. */
function rightsText(entity: Entity, schema: Schema, policy: Policy): string {
  return JSON.stringify([...schema.roles.keys()].map((role) => roleText(entity, new Rights(schema, policy, role, false))))
}

function roleText(entity: Entity, rights: Rights): unknown {
  return [...entity.operations.values()].map((operation) => {
    const grant = rights.grant(entity, operation.name)
    const kind = operation.kind === 'create' || operation.kind === 'createMany' ? 'create' : 'update'
    const fields = [...entity.fields.values()]
    const permits = grant.permits.map((permit) => [
      canonical(permit.rows),
      canonical(permit.check),
      fields.filter((f) => writableByCallers(f, entity, kind, false) && permitsField(permit, f.name)).map((f) => f.name),
      [...(permit.rule?.presets ?? [])].map(([name, value]) => [name, canonical(value)]),
    ])
    const shown = fields.map(({ name }) => {
      const guard = grant.guard(name)
      return guard === undefined ? null : canonical(guard)
    })
    return [grant.allowed, canonical(grant.rows), permits.map((permit) => JSON.stringify(permit)).sort(), shown, grant.reason]
  })
}

function withChange(policy: Policy, rule: Rule, changed: Rule | undefined, { schema }: Setting): Policy {
  const rules = policy.rules.flatMap((other) => (other !== rule ? [other] : changed === undefined ? [] : [changed]))
  return withRules(policy, rules, schema)
}

async function notices(asking: readonly Ran[], setting: Setting): Promise<boolean> {
  for (const { file, outcome } of asking) if ((await runTest(outcome.test, file, setting)).failure !== undefined) return true
  return false
}
