/** The short forms in an entity's `acl` (contract 6.1): one entry an operation, several permits an entry. Must not know the general form. */
import { always, type Operand, type Predicate } from '../../query/ast.ts'
import { compare, field, session } from '../../query/build.ts'
import { quote } from '../../schema/complaint.ts'
import type { Entity, Field, Value } from '../../schema/entity.ts'
import { typeOf } from '../expression/families.ts'
import type { Draft } from './draft.ts'
import { callers, isMembers, join, type Members, type Reader } from './reader.ts'

/** What narrows or dresses a permit, beside what grants one. */
const binding = ['row_level', 'check', 'readable_fields', 'except_fields', 'writable_fields', 'presets'] as const
const granting = ['role', 'public', 'self', 'system'] as const
const hints = {
  row_level_filter: 'in this form it is "row_level"',
  roles: 'it is "role"',
  filter: 'it is "row_level"',
  owner: 'it is "self"',
  effect: 'denies stand in the list "rules"',
  across_tenants: 'rules across tenants stand in the list "rules"',
  fields: 'it is "readable_fields" or "writable_fields"',
}

/** What a permit of the entry has besides its roles. */
interface Bound {
  readonly rows: Predicate
  readonly check?: Predicate
  readonly readable?: readonly string[]
  readonly writable?: readonly string[]
  readonly presets: ReadonlyMap<string, Operand>
  readonly reason?: string
}

const free: Bound = { rows: always, presets: new Map() }

/** The rules of the entry for `operation` at `path`. */
export function compactRules(operation: string, value: Value, path: string, entity: Entity, reader: Reader): Draft[] {
  if (!reader.operation(operation, entity, path)) return []
  const draft = (roles: readonly string[], bound: Bound, effect: 'permit' | 'deny' = 'permit'): Draft => ({
    entity: entity.name,
    operations: [operation],
    roles,
    effect,
    acrossTenants: false,
    place: reader.place(path),
    ...bound,
  })
  if (value === false) return [draft(['public'], free, 'deny')]
  if (!isMembers(value)) {
    reader.complain(path, `${quote(value)} says nobody in particular; ${insteadOf(value)}`)
    return []
  }
  const known = callers(reader.schema)
  reader.members(value, [...granting, ...binding, 'reason', ...known], path, hints)
  const bound = boundOf(value, operation, path, entity, reader)
  const self = reader.flag(value.self, join(path, 'self'))
  const named = namedRoles(value, path, known, reader)
  const listed = value.role === undefined ? [] : reader.roles(value.role, join(path, 'role'))
  const everyone = reader.flag(value.public, join(path, 'public'))
  reader.flag(value.system, join(path, 'system'))
  const drafts: Draft[] = []
  if (self)
    drafts.push(
      draft(
        known.filter((role) => role !== 'public'),
        { ...bound, rows: ownRows(value, bound, path, entity, reader) },
      ),
    )
  const others = self ? free : bound
  if (listed.length > 0) drafts.push(draft(listed, others))
  if (everyone) drafts.push(draft(['public'], others))
  // A reason takes nothing away, so it may stand with role names alone.
  if (named.length > 0) drafts.push(draft(named, drafts.length === 0 && bound.reason !== undefined ? { ...free, reason: bound.reason } : free))
  if (!self && !everyone && value.role === undefined) unbound(value, named, path, reader)
  // An entry that grants nobody anything closes the operation: without a rule it would follow another one.
  return drafts.length > 0 ? drafts : [draft(['public'], free, 'deny')]
}

function insteadOf(value: Value): string {
  if (value === true) return 'write { public: true } for everyone, { user: true } for every signed-in role, or { system: true }'
  if (Array.isArray(value)) return 'write { role: […] }'
  return typeof value === 'string' ? `write { role: [${value}] } or { ${value}: true }` : 'write false, or a map such as { role: [admin] }'
}

function boundOf(entry: Members, operation: string, path: string, entity: Entity, reader: Reader): Bound {
  const rows = reader.expression(entry.row_level, entity, join(path, 'row_level')) ?? always
  const check = reader.expression(entry.check, entity, join(path, 'check'))
  const readable = reader.readable(entry, entity, path)
  const writable = reader.writable(entry, entity, [operation], path)
  const reason = reader.text(entry.reason, join(path, 'reason'))
  return {
    rows,
    presets: reader.presets(entry.presets, entity, join(path, 'presets')),
    ...(check === undefined ? {} : { check }),
    ...(readable === undefined ? {} : { readable }),
    ...(writable === undefined ? {} : { writable }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** What `self` means, unless `row_level` takes its place. */
function ownRows(entry: Members, bound: Bound, path: string, entity: Entity, reader: Reader): Predicate {
  if (entry.row_level !== undefined) return bound.rows
  const owner = entity.owner === undefined ? undefined : (entity.fields.get(entity.owner) as Field)
  if (owner !== undefined) return compare('eq', field(owner.name), session('user.id', typeOf(owner)))
  reader.complain(
    join(path, 'self'),
    `${entity.name} declares no "owner", so "self" means nothing; name the field that holds the user's id, or give a row_level`,
  )
  return always
}

/** `admin: true` means that role and every higher one. */
function namedRoles(entry: Members, path: string, known: readonly string[], reader: Reader): string[] {
  const { roles } = reader.schema
  const named = new Set<string>()
  for (const role of known) {
    if (role === 'public' || !Object.hasOwn(entry, role) || isKeyword(role)) continue
    if (!reader.flag(entry[role], join(path, role))) continue
    const level = roles.get(role) as number
    for (const other of known) if (other === role || (other !== 'public' && (roles.get(other) as number) > level)) named.add(other)
  }
  return [...named]
}

const isKeyword = (name: string): boolean => [...granting, ...binding, 'reason'].some((word) => word === name)

/** A restriction that restricts nothing is a mistake, and a dangerous one. */
function unbound(entry: Members, named: readonly string[], path: string, reader: Reader): void {
  for (const name of binding) {
    if (entry[name] === undefined) continue
    reader.complain(
      join(path, name),
      `"${name}" binds what "self", "role" or "public" grant, and none of them stands here; role names are not narrowed: write role: [${named.length === 0 ? '…' : named.join(', ')}] instead`,
    )
  }
}
