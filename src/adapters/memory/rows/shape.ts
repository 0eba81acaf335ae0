/** What a schema asks of stored rows: unique indexes and references. Pure; must not know rows. */
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Schema } from '../../../schema/entity.ts'
import { fieldOf, type IndexShape, serves } from './table.ts'

/** `local` fields of `entity` hold the `foreign` fields of a row of `target`, or a null. */
export interface Reference {
  readonly entity: string
  readonly target: string
  /** The field that declares the reference; the tenant may stand beside it in `local`. */
  readonly field: string
  readonly local: readonly string[]
  readonly foreign: readonly string[]
  readonly onDelete: 'cascade' | 'restrict' | 'set_null'
}

export interface References {
  /** From rows of the entity. */
  from(entity: string): readonly Reference[]
  /** To rows of the entity. */
  to(entity: string): readonly Reference[]
}

export function referencesOf(schema: Schema): References {
  const all = [...schema.entities.values()].flatMap((entity) => entityReferences(schema, entity))
  const from = Map.groupBy(all, (reference) => reference.entity)
  const to = Map.groupBy(all, (reference) => reference.target)
  return { from: (entity) => from.get(entity) ?? [], to: (entity) => to.get(entity) ?? [] }
}

function entityReferences(schema: Schema, entity: Entity): Reference[] {
  return [...entity.fields.values()].flatMap((field) => {
    const { foreignKey } = field
    if (foreignKey === undefined) return []
    const target = schema.entities.get(foreignKey.entity)
    if (target === undefined)
      throw new DBALError('DATABASE_ERROR', { hint: `${entity.name}.${field.name} refers to an entity that the schema lacks` })
    const base = { entity: entity.name, target: target.name, field: field.name, onDelete: foreignKey.onDelete }
    if (!withinTenant(target, foreignKey.field)) return [{ ...base, local: [field.name], foreign: [foreignKey.field] }]
    if (entity.tenant === undefined || foreignKey.onDelete === 'set_null') {
      const hint = `${entity.name}.${field.name} refers to ${target.name}.${foreignKey.field}, which is unique within a tenant only; refer to its key instead`
      throw new DBALError('DATABASE_ERROR', { hint })
    }
    return [{ ...base, local: [entity.tenant, field.name], foreign: [target.tenant as string, foreignKey.field] }]
  })
}

/** True where the field names a row only together with the tenant. */
function withinTenant(target: Entity, field: string): boolean {
  return target.tenant !== undefined && target.tenant !== field && !(target.key.length === 1 && target.key[0] === field)
}

/** The key, then unique fields, then declared unique indexes; last what makes references quick to follow. */
export function indexShapes(entity: Entity, references: References): readonly IndexShape[] {
  const unique = [exact(entity.key, true), ...fieldShapes(entity), ...declaredShapes(entity)]
  const plain = [
    ...references.from(entity.name).map((reference) => reference.local),
    ...references.to(entity.name).map((reference) => reference.foreign),
  ]
  const shapes: IndexShape[] = [...unique]
  for (const fields of plain) if (!shapes.some((shape) => serves(shape, fields))) shapes.push(exact(fields, false))
  return shapes
}

function exact(fields: readonly string[], unique: boolean): IndexShape {
  return { fields, folded: new Set(), unique }
}

function fieldShapes(entity: Entity): IndexShape[] {
  return [...entity.fields.values()].flatMap((field) => {
    const isKey = entity.key.length === 1 && entity.key[0] === field.name
    if (field.unique === false || (isKey && field.unique === 'exact')) return []
    return [uniqueShape(entity, [field.name])]
  })
}

function declaredShapes(entity: Entity): IndexShape[] {
  return entity.indexes.filter((index) => index.unique).map((index) => uniqueShape(entity, index.fields))
}

/** Uniques of an entity with a tenant hold within the tenant. */
function uniqueShape(entity: Entity, names: readonly string[]): IndexShape {
  const { tenant } = entity
  const fields = tenant === undefined || names.includes(tenant) ? names : [tenant, ...names]
  return { fields, folded: new Set(fields.filter((name) => fieldOf(entity, name).unique === 'insensitive')), unique: true }
}
