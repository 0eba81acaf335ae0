/** What one role may do, computed once per schema and policy: grants and the view of the schema. Must not know calls or values. */
import { always, type Predicate } from '../query/ast.ts'
import { and, isAlways, not, or } from '../query/build.ts'
import type { View } from '../query/request.ts'
import type { Entity, Field, Operation, Schema, Value } from '../schema/entity.ts'
import type { Policy, Rule } from './policy.ts'
import { implies, type Known, reduce } from './reduce.ts'
import { live, ofTenant, sighted } from './sight.ts'
import { canonical } from './simplify.ts'

/** One permit as it binds rows of one entity: tenant, liveness and denies are already in `rows` and `check`. */
export interface Permit {
  readonly rule: Rule | undefined
  readonly rows: Predicate
  readonly check: Predicate
}

/** What a role holds on one operation of one entity. */
export interface Grant {
  /** A permit exists; whether it ever holds is a question of rows. */
  readonly allowed: boolean
  readonly permits: readonly Permit[]
  /** Rows on which at least one permit and no deny holds. */
  readonly rows: Predicate
  /** Where `field` may be seen among those rows: `always` where every permit shows it, undefined where none does. */
  guard(field: string): Predicate | undefined
  /** Public text of the rules, for denials. */
  readonly reason?: string
}

const nothing: Grant = { allowed: false, permits: [], rows: or(), guard: () => undefined }

const denied = (entity: Entity, rules: readonly Rule[], bound: boolean): Predicate =>
  and(...rules.map((rule) => not(sighted(rule.rows, entity, bound))))

/** All of them, whichever rule it was that denied: which one it was could tell of what the caller may not see. */
export function reasonOf(rules: readonly Rule[]): string | undefined {
  const texts = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1)).flatMap((rule) => (rule.reason === undefined ? [] : [rule.reason]))
  return texts.length === 0 ? undefined : [...new Set(texts)].join('; ')
}

/** A condition on rows of `entity` as a database is asked it: without what says nothing. Equal ones are one object, which is asked once. */
type Asked = (predicate: Predicate, entity: Entity) => Predicate

function grantOf(entity: Entity, rules: readonly Rule[], asked: Asked): Grant {
  const permits = rules.filter((rule) => rule.effect === 'permit').sort((a, b) => (a.id < b.id ? -1 : 1))
  const reason = reasonOf(rules)
  if (permits.length === 0) return reason === undefined ? nothing : { ...nothing, reason }
  const within = (rule: Rule) => entity.tenant !== undefined && !rule.acrossTenants
  const clear = denied(
    entity,
    rules.filter((rule) => rule.effect === 'deny'),
    permits.every(within),
  )
  const tenantOf = (rule: Rule) => (rule.acrossTenants ? always : ofTenant(entity))
  const ask = (...parts: readonly Predicate[]) => asked(and(...parts), entity)
  const bound = permits.map((rule): Permit => {
    const seen = (predicate: Predicate) => sighted(predicate, entity, within(rule))
    return { rule, rows: ask(live(entity), tenantOf(rule), seen(rule.rows), clear), check: ask(tenantOf(rule), seen(rule.check), clear) }
  })
  const scoped = (some: readonly Rule[]) => or(...some.map((rule) => and(tenantOf(rule), sighted(rule.rows, entity, within(rule)))))
  const rows = ask(live(entity), scoped(permits), clear)
  const guards = new Map<string, Predicate | undefined>()
  for (const { name, neverExposed } of entity.fields.values()) {
    const showing = permits.filter((rule) => rule.readable === undefined || rule.readable.has(name))
    const guard = neverExposed || showing.length === 0 ? undefined : ask(scoped(showing))
    // Among the rows that are seen at all, nothing is left to ask.
    guards.set(name, guard !== undefined && (showing.length === permits.length || implies(rows, guard)) ? always : guard)
  }
  const needed = bound.filter((one, i) => !bound.some((other, j) => i !== j && serves(other, one) && (j < i || !serves(one, other))))
  return { allowed: true, permits: needed, rows, guard: (name) => guards.get(name), ...(reason === undefined ? {} : { reason }) }
}

/** Does every write that `other` permits go through under `permit` too, with the same values? Then nobody has to ask `other`. */
function serves({ rule, rows, check }: Permit, other: Permit): boolean {
  if (rule === undefined || other.rule === undefined) return false
  const presets = (of: Rule): string => [...of.presets].map(([name, value]) => `${name} ${canonical(value)}`).join('\n')
  const { writable } = rule
  const wide = writable === undefined || (other.rule.writable !== undefined && [...other.rule.writable].every((name) => writable.has(name)))
  return wide && presets(rule) === presets(other.rule) && implies(other.rows, rows) && implies(other.check, check)
}

function systemGrant(entity: Entity, rows: Predicate): Grant {
  const guard = (name: string) => (entity.fields.get(name)?.neverExposed === false ? always : undefined)
  return { allowed: true, permits: [{ rule: undefined, rows, check: always }], rows, guard }
}

/** Callers may write it at all, whatever the rules say. */
export function writableByCallers(field: Field, entity: Entity, operation: 'create' | 'update', system: boolean): boolean {
  if (field.generated || field.autoUpdate || field.kept === 'version') return false
  if (field.kept === 'tenant') return system && operation === 'create'
  // Marking a row as deleted is deleting it, which has a right of its own.
  if (field.name === entity.softDelete) return system
  return operation === 'create' || !(field.immutable || entity.key.includes(field.name))
}

export class Rights implements View {
  readonly schema: Schema
  readonly policy: Policy
  readonly role: string
  readonly #system: boolean
  readonly #asStored: boolean
  readonly #grants = new Map<string, Grant>()
  readonly #fields = new Map<string, ReadonlySet<string>>()
  /** What is known of every caller of the role before it calls; nothing of a role that the schema does not know. */
  readonly #known: Known
  readonly #predicates = new Map<string, Predicate>()

  /** `role` of the principal; `system` only for the engine's own identity, and `asStored` only for it (see Principal). */
  constructor(schema: Schema, policy: Policy, role: string, system: boolean, asStored = false) {
    this.schema = schema
    this.policy = policy
    this.role = role
    this.#system = system
    this.#asStored = system && asStored
    const level = schema.roles.get(role)
    const facts = (of: number) => [['user.role', role] as const, ['user.level', of] as const]
    this.#known = new Map<string, Value>(level === undefined ? [] : facts(level))
  }

  readonly #asked: Asked = (predicate, entity) => {
    const reduced = reduce(predicate, entity, this.#known)
    const text = `${entity.name} ${canonical(reduced)}`
    const equal = this.#predicates.get(text) ?? reduced
    this.#predicates.set(text, equal)
    return equal
  }

  get system(): boolean {
    return this.#system
  }

  /** The grant on an operation of the entity by its name; operations that only the system may call grant nobody else. */
  grant(entity: Entity, operation: string): Grant {
    const key = `${entity.name} ${operation}`
    const known = this.#grants.get(key)
    if (known !== undefined) return known
    const grant = this.#compute(entity, operation)
    this.#grants.set(key, grant)
    return grant
  }

  #compute(entity: Entity, name: string): Grant {
    const operation = entity.operations.get(name)
    if (operation === undefined) return nothing
    if (this.#system) return systemGrant(entity, this.#asStored ? always : live(entity))
    if (operation.systemOnly || entity.internal) return nothing
    return grantOf(entity, this.policy.governing(entity.name, this.role, name, operation.kind), this.#asked)
  }

  /** May the role call the operation at all? A question of rules' existence, never of values. */
  allows(entity: Entity, operation: Operation): boolean {
    if (this.#system) return true
    if (operation.systemOnly || entity.internal) return false
    if (operation.kind === 'verify_secret' && operation.public) return true
    if (operation.kind === 'upsert') return this.grant(entity, 'create').allowed && this.grant(entity, 'update').allowed
    return this.grant(entity, operation.name).allowed
  }

  entity(name: string): Entity | undefined {
    const entity = this.schema.entities.get(name)
    if (entity === undefined || (entity.internal && !this.#system)) return undefined
    return [...entity.operations.values()].some((operation) => this.allows(entity, operation)) ? entity : undefined
  }

  readable(entity: Entity, operation: string): ReadonlySet<string> {
    return this.#memo(`r ${entity.name} ${operation}`, () => {
      const grant = this.grant(entity, reading(entity, operation))
      return [...entity.fields.keys()].filter((name) => grant.guard(name) !== undefined)
    })
  }

  writable(entity: Entity, kind: 'create' | 'update', operation: string = kind): ReadonlySet<string> {
    return this.#memo(`w ${entity.name} ${kind} ${operation}`, () => {
      const { permits } = this.grant(entity, operation)
      return [...entity.fields.values()]
        .filter((f) => (this.#asStored && kind === 'create') || writableByCallers(f, entity, kind, this.#system))
        .filter((f) => permits.some((permit) => permitsField(permit, f.name)))
        .map((f) => f.name)
    })
  }

  #memo(key: string, make: () => readonly string[]): ReadonlySet<string> {
    const known = this.#fields.get(key)
    if (known !== undefined) return known
    const made = new Set(make())
    this.#fields.set(key, made)
    return made
  }
}

/** What writes may show or filter by is a matter of reading. */
export function reading(entity: Entity, operation: string): string {
  const kind = entity.operations.get(operation)?.kind ?? operation
  const reads = ['read', 'list', 'count', 'search', 'aggregate', 'find_by', 'list_by', 'tree']
  return reads.includes(kind) ? operation : 'read'
}

/** Does the permit let a caller write this field (a preset one is the rule's own)? */
export function permitsField(permit: Permit, name: string): boolean {
  const { rule } = permit
  return rule === undefined || (!rule.presets.has(name) && (rule.writable === undefined || rule.writable.has(name)))
}

export const seesEverything = (grant: Grant, fields: readonly string[]): boolean =>
  isAlways(grant.rows) &&
  fields.every((name) => {
    const guard = grant.guard(name)
    return guard !== undefined && isAlways(guard)
  })
