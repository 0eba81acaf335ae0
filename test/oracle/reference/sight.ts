/** What the rules of contract 6 give one caller on one entity and operation, row by row. Must not know calls. */

import { parseExpression } from '../../../src/policy/expression.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import type { Predicate } from '../../../src/query/ast.ts'
import type { Entity, Field, Schema, Value } from '../../../src/schema/entity.ts'
import type { RuleSpec } from '../program/spec.ts'
import { holds, type Row, type Scene, type Tables, type Truth } from './logic.ts'

/** "What no rule of that entity and role names, follows". */
const follows: Readonly<Record<string, string>> = {
  list: 'read',
  count: 'list',
  search: 'list',
  aggregate: 'list',
  createMany: 'create',
  updateMany: 'update',
  deleteMany: 'delete',
}
const always: Predicate = { kind: 'and', all: [] }

export class Ground {
  readonly schema: Schema
  readonly now: string
  tables: Tables
  /** Errors that a call may be refused with although the contract lets it pass. */
  readonly perhaps = new Set<string>()
  readonly #rules: readonly RuleSpec[]
  readonly #parsed = new Map<string, Predicate>()

  constructor(schema: Schema, rules: readonly RuleSpec[], tables: Tables, now: string) {
    this.schema = schema
    this.#rules = rules
    this.tables = tables
    this.now = now
  }

  rows(entity: Entity): readonly Row[] {
    return this.tables.get(entity.name) ?? []
  }

  rules(entity: Entity, role: string, operation: string): readonly RuleSpec[] {
    for (let at: string | undefined = operation; at !== undefined; at = follows[at]) {
      const named = this.#rules.filter(
        (r) => r.entity === entity.name && (r.role.includes(role) || r.role.includes('public')) && r.operations.includes(at as string),
      )
      if (named.length > 0) return named
    }
    return []
  }

  parse(text: string | undefined, entity: Entity): Predicate {
    if (text === undefined) return always
    const id = `${entity.name} ${text}`
    const known = this.#parsed.get(id) ?? parseExpression(text, entity, this.schema, { file: 'rule', line: 1, column: 1 })
    this.#parsed.set(id, known)
    return known
  }
}

export class Sight {
  readonly ground: Ground
  readonly who: Principal
  readonly entity: Entity
  /** Those with presets first: where one rule after the other could permit a write, they go before. */
  readonly permits: readonly RuleSpec[]
  readonly #denies: readonly RuleSpec[]

  constructor(ground: Ground, who: Principal, entity: Entity, operation: string) {
    this.ground = ground
    this.who = who
    this.entity = entity
    const rules = ground.rules(entity, who.role, operation)
    this.permits = rules.filter((r) => r.effect !== 'deny').sort((a, b) => Number(b.presets !== undefined) - Number(a.presets !== undefined))
    this.#denies = rules.filter((r) => r.effect === 'deny')
  }

  /** The same caller on another entity or operation. */
  other(entity: Entity | string, operation: string): Sight {
    return new Sight(this.ground, this.who, typeof entity === 'string' ? (this.ground.schema.entities.get(entity) as Entity) : entity, operation)
  }

  session(name: string): Value {
    const { who } = this
    const known: Record<string, Value | undefined> = {
      'user.id': who.id,
      'user.role': who.role,
      'user.level': this.ground.schema.roles.get(who.role),
      'user.tenantId': who.tenantId,
      'context.tenantId': who.tenantId,
      'context.now': this.ground.now,
    }
    return (Object.hasOwn(known, name) ? known[name] : who.attributes[name.slice('user.'.length)]) ?? null
  }

  get allowed(): boolean {
    return this.permits.length > 0
  }

  /** Not deleted, not past its time. */
  #live(row: Row, { softDelete, ttl }: Entity = this.entity): boolean {
    const end = ttl === undefined ? null : (row[ttl.field] ?? null)
    return (softDelete === undefined || row[softDelete] === null) && (end === null || String(end) > this.ground.now)
  }

  #tenant(rule: RuleSpec, row: Row): boolean {
    const { tenant } = this.entity
    return tenant === undefined || rule.across_tenants === true || (this.who.tenantId !== undefined && row[tenant] === this.who.tenantId)
  }

  /** `within`: the row is of the caller's tenant, and so the rule looks at other rows of that tenant only. */
  #truth(text: string | undefined, row: Row, within: boolean): Truth {
    const near: Scene['near'] = (at, other) =>
      !within || at.tenant === undefined || (this.who.tenantId !== undefined && other[at.tenant] === this.who.tenantId)
    const scene: Scene = { tables: this.ground.tables, session: (name) => this.session(name), live: (at, other) => this.#live(other, at), near }
    return holds(this.ground.parse(text, this.entity), row, this.entity, scene)
  }

  #within(rule: RuleSpec): boolean {
    return this.entity.tenant !== undefined && rule.across_tenants !== true
  }

  #denied(row: Row): boolean {
    const within = this.permits.every((rule) => this.#within(rule))
    return this.#denies.some((rule) => this.#truth(rule.row_level_filter, row, within) !== false)
  }

  /** Does this permit hold for the row as it is before a write (or for a read)? */
  before(rule: RuleSpec, row: Row): boolean {
    return this.#live(row) && this.#tenant(rule, row) && this.#truth(rule.row_level_filter, row, this.#within(rule)) === true && !this.#denied(row)
  }

  /** Does this permit hold for the row as a write left it? */
  after(rule: RuleSpec, row: Row): boolean {
    return this.#tenant(rule, row) && this.#truth(rule.check ?? rule.row_level_filter, row, this.#within(rule)) === true && !this.#denied(row)
  }

  sees(row: Row): boolean {
    return this.permits.some((rule) => this.before(rule, row))
  }

  #readable(rule: RuleSpec, field: Field): boolean {
    return !field.neverExposed && rule.readable_fields?.includes(field.name) !== false && rule.except_fields?.includes(field.name) !== true
  }

  /** Is the field shown by one of the rules that hold for this row? */
  shows(row: Row, name: string): boolean {
    const field = this.entity.fields.get(name) as Field
    return this.permits.some((rule) => this.#readable(rule, field) && this.before(rule, row))
  }

  /** The field, if some rule shows it in some row. */
  field(name: string): Field | undefined {
    const field = this.entity.fields.get(name)
    return field !== undefined && this.permits.some((rule) => this.#readable(rule, field)) ? field : undefined
  }

  get fields(): readonly Field[] {
    return [...this.entity.fields.values()].filter((field) => this.field(field.name) !== undefined)
  }

  visible(): readonly Row[] {
    return this.ground.rows(this.entity).filter((row) => this.sees(row))
  }

  /** May a caller write the field under this rule? */
  writes(rule: RuleSpec, name: string, operation: 'create' | 'update'): boolean {
    const field = this.entity.fields.get(name)
    if (field === undefined || field.generated || field.autoUpdate || field.kept !== undefined || name === this.entity.softDelete) return false
    if (operation === 'update' && (field.immutable || this.entity.key.includes(name))) return false
    return rule.writable_fields?.includes(name) !== false && !(rule.presets !== undefined && Object.hasOwn(rule.presets, name))
  }
}
