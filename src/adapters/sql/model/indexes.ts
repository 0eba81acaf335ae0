/** Which indexes a schema wants: uniques, those it asks for, and those that references need. In charge of leaving none out and none twice. */
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import { fieldOf, shadowColumn } from '../scope.ts'
import { fittingName, type IndexModel } from './model.ts'
import { referenceOf } from './references.ts'

interface Wanted {
  readonly fields: readonly string[]
  readonly columns: readonly string[]
  readonly unique: boolean
  readonly name?: string
}

/** Uniques first: a plain index over the same leading columns is left out. */
export function indexModels(schema: Schema, entity: Entity): readonly IndexModel[] {
  const wanted: Wanted[] = []
  const key = entity.key.map((name) => fieldOf(entity, name).column)
  const leading = (columns: readonly string[]): boolean => startsWith(key, columns) || wanted.some((other) => startsWith(other.columns, columns))
  for (const want of uniques(schema, entity)) if (!wanted.some((other) => other.unique && same(other.columns, want.columns))) wanted.push(want)
  for (const want of plain(schema, entity)) if (!leading(want.columns)) wanted.push(want)
  return wanted.map((want) => indexModel(entity, want))
}

function indexModel(entity: Entity, want: Wanted): IndexModel {
  const name = fittingName(want.name ?? `${entity.table}_${want.columns.join('_')}_${want.unique ? 'key' : 'idx'}`)
  return { name, entity: entity.name, table: entity.table, fields: want.fields, columns: want.columns, unique: want.unique }
}

function uniques(schema: Schema, entity: Entity): Wanted[] {
  const found: Wanted[] = []
  for (const field of entity.fields.values()) {
    if (field.unique !== false && !(entity.key.length === 1 && entity.key[0] === field.name && field.unique === 'exact')) {
      found.push(scoped(entity, [field.name], [field.unique === 'insensitive' ? shadowColumn(field) : field.column]))
    }
    // Folded uniqueness implies exact uniqueness, but a reference needs an index on the column itself.
    if (field.unique === 'insensitive' && isReferenced(schema, entity, field)) found.push(scoped(entity, [field.name], [field.column]))
  }
  for (const index of entity.indexes) {
    if (!index.unique) continue
    const columns = index.fields.map((name) => uniqueColumn(entity, name))
    found.push({ ...scoped(entity, index.fields, columns), name: indexName(entity, index.name) })
  }
  return found
}

function uniqueColumn(entity: Entity, name: string): string {
  const field = fieldOf(entity, name)
  return field.unique === 'insensitive' ? shadowColumn(field) : field.column
}

function scoped(entity: Entity, fields: readonly string[], columns: readonly string[]): Wanted {
  const { tenant } = entity
  if (tenant === undefined || fields.includes(tenant)) return { fields, columns, unique: true }
  return { fields: [tenant, ...fields], columns: [fieldOf(entity, tenant).column, ...columns], unique: true }
}

function plain(schema: Schema, entity: Entity): Wanted[] {
  const columnsOf = (fields: readonly string[]): readonly string[] => fields.map((name) => fieldOf(entity, name).column)
  const found: Wanted[] = entity.indexes
    .filter((index) => !index.unique)
    .map((index) => ({ fields: index.fields, columns: columnsOf(index.fields), unique: false, name: indexName(entity, index.name) }))
  for (const field of entity.fields.values()) {
    // Over all columns of the reference: what a deletion looks for, and what MySQL would otherwise make by itself.
    const fields = referenceOf(schema, entity, field)?.fields ?? [field.name]
    if (field.index || field.foreignKey !== undefined || field.kept === 'tenant') found.push({ fields, columns: columnsOf(fields), unique: false })
  }
  return found
}

/** Index names are one space in a database; those of a schema need only differ within their entity. */
function indexName(entity: Entity, name: string): string {
  return name.startsWith(`${entity.table}_`) ? name : `${entity.table}_${name}`
}

function isReferenced(schema: Schema, entity: Entity, field: Field): boolean {
  for (const other of schema.entities.values()) {
    for (const { foreignKey } of other.fields.values()) {
      if (foreignKey?.entity === entity.name && foreignKey.field === field.name) return true
    }
  }
  return false
}

function startsWith(columns: readonly string[], lead: readonly string[]): boolean {
  return lead.every((column, i) => columns[i] === column)
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b)
}
