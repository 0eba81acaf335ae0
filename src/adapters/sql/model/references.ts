/** The references between tables that follow from a schema. In charge of their columns and actions; must not know connections. */
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, ForeignKey, Schema } from '../../../schema/entity.ts'
import { fieldOf } from '../scope.ts'
import { fittingName, type ReferenceModel } from './model.ts'

/** One foreign key: `fields[i]` of the entity refers to `targetFields[i]` of `target`. */
export interface Reference {
  /** The field that declares it. */
  readonly field: Field
  readonly fields: readonly string[]
  readonly target: Entity
  readonly targetFields: readonly string[]
  readonly onDelete: ForeignKey['onDelete']
  readonly onUpdate: 'cascade' | 'restrict'
}

/** DATABASE_ERROR with a hint where a reference cannot be guarded by the database. */
export function referenceOf(schema: Schema, entity: Entity, field: Field): Reference | undefined {
  const { foreignKey } = field
  if (foreignKey === undefined) return undefined
  const target = targetOf(schema, entity, field, foreignKey)
  // A key never changes; another unique field may (a user's name), and the rows that refer to it go along.
  const onUpdate = target.key.includes(foreignKey.field) ? 'restrict' : 'cascade'
  const plain = { field, fields: [field.name], target, targetFields: [foreignKey.field], onDelete: foreignKey.onDelete, onUpdate } as const
  if (!sharesTenant(target, foreignKey.field)) return plain
  if (entity.tenant === undefined || foreignKey.onDelete === 'set_null') {
    const hint = `${entity.name}.${field.name} refers to ${target.name}.${foreignKey.field}, which is unique within a tenant only; refer to its key instead`
    throw new DBALError('DATABASE_ERROR', { hint })
  }
  return { ...plain, fields: [entity.tenant, field.name], targetFields: [target.tenant as string, foreignKey.field] }
}

/** The references of an entity's table, by the names of its columns. */
export function referenceModels(schema: Schema, entity: Entity): readonly ReferenceModel[] {
  return [...entity.fields.values()].flatMap((field) => {
    const reference = referenceOf(schema, entity, field)
    if (reference === undefined) return []
    const { target, onDelete, onUpdate } = reference
    const columns = reference.fields.map((name) => fieldOf(entity, name).column)
    return [
      {
        name: fittingName(`${entity.table}_${columns.join('_')}_fkey`),
        field: field.name,
        columns,
        table: target.table,
        targetColumns: reference.targetFields.map((name) => fieldOf(target, name).column),
        onDelete,
        onUpdate,
      },
    ]
  })
}

function targetOf(schema: Schema, entity: Entity, field: Field, foreignKey: ForeignKey): Entity {
  const target = schema.entities.get(foreignKey.entity)
  if (target === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `${entity.name}.${field.name} refers to an unknown entity` })
  return target
}

/** True where the referenced field is unique within a tenant only, so that the reference needs the tenant too. */
function sharesTenant(target: Entity, field: string): boolean {
  return target.tenant !== undefined && !(target.key.length === 1 && target.key[0] === field) && target.tenant !== field
}
