/** The general form of rules (contract 6.1): a list of maps that name entity, roles and operations. Must not know the short forms. */
import { always } from '../../query/ast.ts'
import { quote, suggestion } from '../../schema/complaint.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import type { Draft } from './draft.ts'
import { isMembers, join, type Members, type Reader } from './reader.ts'

const keywords = [
  'entity',
  'role',
  'operations',
  'row_level_filter',
  'check',
  'readable_fields',
  'except_fields',
  'writable_fields',
  'presets',
  'effect',
  'id',
  'reason',
  'across_tenants',
] as const

const hints = {
  row_level: 'in this form it is "row_level_filter"',
  filter: 'it is "row_level_filter"',
  roles: 'it is "role"',
  fields: 'it is "readable_fields" or "writable_fields"',
  operation: 'it is "operations"',
  public: 'in this form it is role: [public]',
  self: 'in this form it is a row_level_filter such as "ownerId = $user.id"',
}

/** What only a permit can have. */
const ofPermits = ['check', 'readable_fields', 'except_fields', 'writable_fields', 'presets', 'across_tenants'] as const

/** The rules in the list at `path`. `own`: the entity whose `acl` they stand in; elsewhere each names its own. */
export function generalRules(value: Value | undefined, path: string, reader: Reader, own?: Entity): Draft[] {
  if (!Array.isArray(value)) {
    reader.complain(path, `${quote(value ?? null)} is not a list of rules`)
    return []
  }
  return (value as readonly Value[]).flatMap((item, i) => {
    const at = join(path, String(i))
    if (isMembers(item)) return generalRule(item, at, reader, own)
    reader.complain(at, `${quote(item)} is not a rule; write {entity, role, operations, …}`)
    return []
  })
}

function generalRule(rule: Members, path: string, reader: Reader, own: Entity | undefined): Draft[] {
  const at = (name: string) => join(path, name)
  reader.members(rule, keywords, path, hints)
  const entity = entityOf(rule, path, reader, own)
  for (const name of ['role', 'operations']) if (rule[name] === undefined) reader.complain(path, `The rule has no "${name}"`)
  const roles = reader.roles(rule.role, at('role'))
  const effect = effectOf(rule, path, reader)
  const id = reader.text(rule.id, at('id'))
  const reason = reader.text(rule.reason, at('reason'))
  const acrossTenants = reader.flag(rule.across_tenants, at('across_tenants'))
  if (entity === undefined) return []
  if (acrossTenants) checkAcross(entity, roles, at('across_tenants'), reader)
  const operations = reader.operations(rule.operations, entity, at('operations'))
  const check = reader.expression(rule.check, entity, at('check'))
  const readable = reader.readable(rule, entity, path)
  const writable = reader.writable(rule, entity, operations, path)
  const rows = reader.expression(rule.row_level_filter, entity, at('row_level_filter')) ?? always
  return [
    {
      entity: entity.name,
      roles,
      operations,
      effect,
      rows,
      presets: reader.presets(rule.presets, entity, at('presets')),
      acrossTenants,
      place: reader.place(path),
      ...(id === undefined ? {} : { id }),
      ...(reason === undefined ? {} : { reason }),
      ...(check === undefined ? {} : { check }),
      ...(readable === undefined ? {} : { readable }),
      ...(writable === undefined ? {} : { writable }),
    },
  ]
}

function entityOf(rule: Members, path: string, reader: Reader, own: Entity | undefined): Entity | undefined {
  const { entities } = reader.schema
  if (rule.entity === undefined) return own ?? reader.complain(path, 'The rule has no "entity"')
  if (typeof rule.entity !== 'string') return reader.complain(join(path, 'entity'), `${quote(rule.entity)} is not the name of an entity`)
  const found = entities.get(rule.entity)
  const known = [...entities.values()].filter((entity) => !entity.internal).map((entity) => entity.name)
  if (found === undefined || found.internal)
    return reader.complain(join(path, 'entity'), `There is no entity ${quote(rule.entity)}${suggestion(rule.entity, known)}`)
  if (own !== undefined && found !== own)
    return reader.complain(join(path, 'entity'), `Rules for ${quote(rule.entity)} cannot stand in the acl of ${own.name}`)
  return found
}

function effectOf(rule: Members, path: string, reader: Reader): 'permit' | 'deny' {
  const { effect } = rule
  if (effect === undefined || effect === 'permit') return 'permit'
  if (effect !== 'deny') {
    const hint = effect === 'allow' ? '; did you mean "permit"?' : suggestion(String(effect), ['permit', 'deny'])
    reader.complain(join(path, 'effect'), `Unknown effect ${quote(effect)}${hint}`)
    return 'permit'
  }
  for (const name of ofPermits) {
    if (rule[name] !== undefined) reader.complain(join(path, name), `A deny has no "${name}": it holds for whole rows, before and after a write`)
  }
  return 'deny'
}

/** Contract 6.6: `god` and up; a ladder without that role has its developer roles instead. */
function checkAcross(entity: Entity, roles: readonly string[], path: string, reader: Reader): void {
  const { schema } = reader
  if (entity.tenant === undefined) reader.complain(path, `${entity.name} has no tenants`)
  const least = schema.roles.get('god')
  for (const role of roles) {
    const high = least === undefined ? schema.developerRoles.includes(role) : (schema.roles.get(role) ?? 0) >= least
    if (!high)
      reader.complain(
        path,
        `The role "${role}" cannot act across tenants; ${least === undefined ? `only ${schema.developerRoles.join(', ')} can` : 'only god and higher roles can'}`,
      )
  }
}
