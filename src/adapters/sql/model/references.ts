/** The references between tables that follow from a schema. In charge of their columns and actions; must not know connections. */
import { DBALError } from '../../../errors/error.ts'
import type { Entity, Field, ForeignKey, Schema } from '../../../schema/entity.ts'
import type { Dialect } from '../dialect.ts'
import { fieldOf } from '../scope.ts'

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

/** What stands behind the column of a reference; empty where it has several columns or there is none. */
export function columnReference(reference: Reference | undefined, dialect: Dialect): string {
  return reference === undefined || reference.fields.length > 1 ? '' : ` ${references(reference, dialect)}`
}

/** References over several columns, which stand behind all columns. */
export function tableReferences(schema: Schema, entity: Entity, dialect: Dialect): string[] {
  return [...entity.fields.values()].flatMap((field) => {
    const reference = referenceOf(schema, entity, field)
    if (reference === undefined || reference.fields.length === 1) return []
    return [`FOREIGN KEY (${columns(entity, reference.fields, dialect)}) ${references(reference, dialect)}`]
  })
}

const deletions = { cascade: ' ON DELETE CASCADE', set_null: ' ON DELETE SET NULL', restrict: '' } as const

function references({ target, targetFields, onDelete, onUpdate }: Reference, dialect: Dialect): string {
  const update = onUpdate === 'cascade' ? ' ON UPDATE CASCADE' : ''
  return `REFERENCES ${dialect.quote(target.table)} (${columns(target, targetFields, dialect)})${deletions[onDelete]}${update}`
}

function columns(entity: Entity, fields: readonly string[], dialect: Dialect): string {
  return fields.map((name) => dialect.quote(fieldOf(entity, name).column)).join(', ')
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
