/**
 * Plans what is asked of references in a write: may the caller read the row that is named, and is it of the tenant that the writing row is of?
 * In charge of the questions; the engine judges the answers.
 */
import { always, type Predicate, type Read } from '../../query/ast.ts'
import { and, field, isAlways, or } from '../../query/build.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import type { Permit, Rights } from '../rights.ts'
import { ofTenant } from '../sight.ts'
import { shown } from './guard.ts'
import { keyIn, type Making } from './layout.ts'
import type { ReferencePlan } from './plan.ts'

/** `bound`: the row that refers is of the caller's tenant; then what it refers to is too, however far the caller sees. */
export function planReferences(entity: Entity, fields: Iterable<string>, bound: boolean, making: Making): readonly ReferencePlan[] {
  return [...fields].flatMap((name): ReferencePlan[] => {
    const reference = entity.fields.get(name)?.foreignKey
    if (reference === undefined) return []
    const target = making.rights.schema.entities.get(reference.entity) as Entity
    const grant = making.rights.grant(target, 'read')
    const link = keyIn(target, [reference.field], making)
    // A key is what callers name rows by; another field of the row counts only where it may be read.
    const seen = target.key.includes(reference.field) ? grant.rows : and(grant.rows, shown([reference.field], grant))
    const known = bound && entity.tenant !== undefined && !making.rights.system ? and(seen, ofTenant(target)) : seen
    const query: Read = {
      kind: 'read',
      entity: target,
      where: and(link.where, known),
      columns: [{ field: reference.field }],
      probes: [],
      order: [],
      total: false,
      reach: 'many',
    }
    return [{ field: name, query: making.mint(query), values: link.param, trivial: isAlways(known) }]
  })
}

/** Do all of these permits keep to rows of the caller's tenant? */
export const withinTenant = (permits: readonly Permit[]): boolean => permits.every(({ rule }) => rule !== undefined && !rule.acrossTenants)

/**
 * The references among `fields` that are asked again of the row after the write, because nothing before it keeps them within the row's
 * tenant: a rule that reaches across tenants writes the row (`bound` false), or a rule sets the field. The engine itself may mix tenants.
 */
export function planKin(entity: Entity, fields: Iterable<string>, permits: readonly Permit[], bound: boolean, rights: Rights): readonly string[] {
  if (entity.tenant === undefined || rights.system) return []
  return [...fields].filter((name) => {
    const reference = entity.fields.get(name)?.foreignKey
    if (reference === undefined || rights.schema.entities.get(reference.entity)?.tenant === undefined) return false
    return !bound || permits.some(({ rule }) => rule?.presets.has(name) === true)
  })
}

/** Does `name` of the row refer to nothing, or to a row of the row's own tenant? */
export function sameTenant(entity: Entity, name: string, schema: Schema): Predicate {
  const { foreignKey } = entity.fields.get(name) ?? {}
  const target = foreignKey === undefined ? undefined : schema.entities.get(foreignKey.entity)
  if (foreignKey === undefined || target?.tenant === undefined || entity.tenant === undefined) return always
  const local = [name, entity.tenant]
  const foreign = [foreignKey.field, target.tenant]
  return or({ kind: 'isNull', of: field(name) }, { kind: 'exists', entity: target, local, foreign, where: always })
}
