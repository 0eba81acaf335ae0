/** What a schema asks of stored rows: unique values and references. Pure; must not know documents or connections. */
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Schema } from '../../../schema/entity.ts'
import { fieldOf } from '../compile/scope.ts'

/** `local` fields of `entity` hold the `foreign` fields of a row of `target`, or a null. */
export interface Reference {
  readonly entity: Entity
  readonly target: Entity
  /** The field that declares the reference; the tenant may stand beside it in `local`. */
  readonly field: string
  readonly local: readonly string[]
  readonly foreign: readonly string[]
  readonly onDelete: 'cascade' | 'restrict' | 'set_null'
}

export interface Unique {
  readonly name?: string
  readonly fields: readonly string[]
  /** Fields whose values meet after folding. */
  readonly folded: ReadonlySet<string>
}

export interface Shape {
  readonly schema: Schema
  /** The key, then unique fields, then declared unique indexes. */
  uniques(entity: Entity): readonly Unique[]
  from(entity: Entity): readonly Reference[]
  to(entity: Entity): readonly Reference[]
}

export function shapeOf(schema: Schema): Shape {
  const all = [...schema.entities.values()].flatMap((entity) => referencesOf(schema, entity))
  const from = Map.groupBy(all, (reference) => reference.entity.name)
  const to = Map.groupBy(all, (reference) => reference.target.name)
  const uniques = new Map([...schema.entities.values()].map((entity) => [entity.name, uniquesOf(entity)]))
  return {
    schema,
    uniques: (entity) => uniques.get(entity.name) ?? unprepared(),
    from: (entity) => from.get(entity.name) ?? [],
    to: (entity) => to.get(entity.name) ?? [],
  }
}

function unprepared(): never {
  throw new DBALError('DATABASE_ERROR', { hint: 'Call prepare with the schema first' })
}

function referencesOf(schema: Schema, entity: Entity): Reference[] {
  return [...entity.fields.values()].flatMap((field) => {
    const { foreignKey } = field
    if (foreignKey === undefined) return []
    const target = schema.entities.get(foreignKey.entity)
    if (target === undefined)
      throw new DBALError('DATABASE_ERROR', { hint: `${entity.name}.${field.name} refers to an entity that the schema lacks` })
    const base = { entity, target, field: field.name, onDelete: foreignKey.onDelete }
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

function uniquesOf(entity: Entity): readonly Unique[] {
  const fields = [...entity.fields.values()].filter((field) => {
    const isKey = entity.key.length === 1 && entity.key[0] === field.name
    return field.unique !== false && !(isKey && field.unique === 'exact')
  })
  return [
    { fields: entity.key, folded: new Set<string>() },
    ...fields.map((field) => scoped(entity, [field.name])),
    ...entity.indexes.filter((index) => index.unique).map((index) => ({ ...scoped(entity, index.fields), name: index.name })),
  ]
}

/** Uniques of an entity with a tenant hold within the tenant. */
function scoped(entity: Entity, names: readonly string[]): Unique {
  const { tenant } = entity
  const fields = tenant === undefined || names.includes(tenant) ? names : [tenant, ...names]
  return { fields, folded: new Set(fields.filter((name) => fieldOf(entity, name).unique === 'insensitive')) }
}
