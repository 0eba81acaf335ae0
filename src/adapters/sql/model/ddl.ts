/**
 * From schema to tables and indexes, as text.
 * Pure: in charge of what the database itself must guard; must not know connections or what exists already.
 */
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import type { Dialect } from '../dialect.ts'
import { fieldOf, shadowColumn } from '../scope.ts'
import { columnReference, referenceOf, tableReferences } from './references.ts'

export interface ColumnModel {
  readonly name: string
  /** Name of the field that it holds or folds. */
  readonly field: string
  /** Everything behind the name: type, nullability, conditions, reference. */
  readonly definition: string
  /** What ADD COLUMN says instead where rows may exist already; absent where no value for them is known. */
  readonly added?: string
}

export interface TableModel {
  readonly name: string
  readonly entity: string
  readonly columns: readonly ColumnModel[]
  /** Primary key and references over several columns. */
  readonly constraints: readonly string[]
}

export interface IndexModel {
  readonly name: string
  readonly entity: string
  readonly table: string
  readonly fields: readonly string[]
  /** A shadow column where uniqueness ignores case. */
  readonly columns: readonly string[]
  readonly unique: boolean
  readonly text: string
}

/** The physical form of a schema: what two versions of it are compared by. */
export interface Model {
  readonly tables: readonly TableModel[]
  readonly indexes: readonly IndexModel[]
}

/** All statements that make an empty database fit the schema, in order. */
export function ddl(schema: Schema, dialect: Dialect): readonly string[] {
  const { tables, indexes } = modelOf(schema, dialect)
  return [...tables.map((table) => createTable(table, dialect)), ...indexes.map((index) => index.text)]
}

export function modelOf(schema: Schema, dialect: Dialect): Model {
  const entities = [...schema.entities.values()]
  return {
    tables: entities.map((entity) => tableModel(schema, entity, dialect)),
    indexes: entities.flatMap((entity) => indexModels(schema, entity, dialect)),
  }
}

export function createTable(table: TableModel, dialect: Dialect): string {
  const lines = [...table.columns.map((column) => `${dialect.quote(column.name)} ${column.definition}`), ...table.constraints]
  return `CREATE TABLE ${dialect.quote(table.name)} (\n  ${lines.join(',\n  ')}\n)${dialect.tableOptions}`
}

export function addColumn(table: TableModel, column: ColumnModel, dialect: Dialect): string | undefined {
  return column.added === undefined ? undefined : `ALTER TABLE ${dialect.quote(table.name)} ADD COLUMN ${dialect.quote(column.name)} ${column.added}`
}

function tableModel(schema: Schema, entity: Entity, dialect: Dialect): TableModel {
  const columns: ColumnModel[] = []
  for (const field of entity.fields.values()) {
    columns.push(columnModel(schema, entity, field, dialect))
    if (field.unique === 'insensitive') columns.push(shadowModel(field, dialect))
  }
  const key = entity.key.map((name) => dialect.quote(fieldOf(entity, name).column)).join(', ')
  return { name: entity.table, entity: entity.name, columns, constraints: [`PRIMARY KEY (${key})`, ...tableReferences(schema, entity, dialect)] }
}

function columnModel(schema: Schema, entity: Entity, field: Field, dialect: Dialect): ColumnModel {
  const column = dialect.quote(field.column)
  const codec = dialect.codec(field)
  const conditions = dialect.checks(column, field)
  // Its name is what the database complains with.
  const check = conditions.length === 0 ? '' : ` CONSTRAINT ${dialect.quote(`${entity.table}.${field.column}`)} CHECK (${conditions.join(' AND ')})`
  const reference = columnReference(referenceOf(schema, entity, field), dialect)
  const definition = `${codec.column}${field.nullable ? '' : ' NOT NULL'}${check}${reference}`
  const base = { name: field.column, field: field.name, definition }
  if (field.nullable) return { ...base, added: definition }
  // A column that refers to another table cannot be given to existing rows with a default.
  const given = field.default
  if (given === undefined || given === null || given === 'now' || reference !== '') return base
  return { ...base, added: `${codec.column} NOT NULL DEFAULT ${dialect.literal(codec.encode(given))}${check}` }
}

/** No `added`: the folded forms of existing rows are not known to the database. */
function shadowModel(field: Field, dialect: Dialect): ColumnModel {
  const { column } = dialect.codec(field)
  const definition = `${column}${field.nullable ? '' : ' NOT NULL'}`
  return { name: shadowColumn(field), field: field.name, definition, ...(field.nullable ? { added: definition } : {}) }
}

interface Wanted {
  readonly fields: readonly string[]
  readonly columns: readonly string[]
  readonly unique: boolean
  readonly name?: string
}

/** Uniques first: a plain index over the same leading columns is left out. */
function indexModels(schema: Schema, entity: Entity, dialect: Dialect): readonly IndexModel[] {
  const wanted: Wanted[] = []
  const leading = (columns: readonly string[]): boolean =>
    startsWith(
      entity.key.map((name) => fieldOf(entity, name).column),
      columns,
    ) || wanted.some((other) => startsWith(other.columns, columns))
  for (const want of uniques(schema, entity)) if (!wanted.some((other) => other.unique && same(other.columns, want.columns))) wanted.push(want)
  for (const want of plain(entity)) if (!leading(want.columns)) wanted.push(want)
  return wanted.map((want) => indexModel(entity, want, dialect))
}

function indexModel(entity: Entity, want: Wanted, dialect: Dialect): IndexModel {
  const name = want.name ?? `${entity.table}_${want.columns.join('_')}_${want.unique ? 'key' : 'idx'}`
  const columns = want.columns.map((column) => dialect.quote(column)).join(', ')
  const text = `CREATE ${want.unique ? 'UNIQUE ' : ''}INDEX ${dialect.quote(name)} ON ${dialect.quote(entity.table)} (${columns})`
  return { name, entity: entity.name, table: entity.table, fields: want.fields, columns: want.columns, unique: want.unique, text }
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
    if (index.unique)
      found.push({
        ...scoped(
          entity,
          index.fields,
          index.fields.map((name) => uniqueColumn(entity, name)),
        ),
        name: indexName(entity, index.name),
      })
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

function plain(entity: Entity): Wanted[] {
  const found: Wanted[] = entity.indexes
    .filter((index) => !index.unique)
    .map((index) => ({
      fields: index.fields,
      columns: index.fields.map((name) => fieldOf(entity, name).column),
      unique: false,
      name: indexName(entity, index.name),
    }))
  for (const field of entity.fields.values()) {
    if (field.index || field.foreignKey !== undefined || field.kept === 'tenant')
      found.push({ fields: [field.name], columns: [field.column], unique: false })
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
