/**
 * From schema to its physical form, and to the statements that make it in an empty database.
 * Pure: in charge of what the database itself must guard; must not know connections or what exists already.
 */
import type { Entity, Field, Schema } from '../../../schema/entity.ts'
import type { Dialect } from '../dialect.ts'
import { fieldOf, shadowColumn } from '../scope.ts'
import { diff } from './diff.ts'
import { indexModels } from './indexes.ts'
import { type CheckModel, type ColumnModel, emptyModel, fittingName, type Model, modelFormat, type TableModel } from './model.ts'
import { referenceModels } from './references.ts'
import { statementsOf } from './statements.ts'

export type { ColumnModel, IndexModel, Model, ReferenceModel, TableModel } from './model.ts'

/** All statements that make an empty database fit the schema, in order. */
export function ddl(schema: Schema, dialect: Dialect): readonly string[] {
  return diff(emptyModel, modelOf(schema, dialect), dialect).steps.flatMap((step) => statementsOf(step.operation, dialect))
}

export function modelOf(schema: Schema, dialect: Dialect): Model {
  const entities = [...schema.entities.values()]
  return {
    format: modelFormat,
    tables: entities.map((entity) => tableModel(schema, entity, dialect)),
    indexes: entities.flatMap((entity) => indexModels(schema, entity)),
  }
}

function tableModel(schema: Schema, entity: Entity, dialect: Dialect): TableModel {
  const columns: ColumnModel[] = []
  for (const field of entity.fields.values()) {
    columns.push(columnModel(schema, entity, field, dialect))
    if (field.unique === 'insensitive') columns.push(shadowModel(field, dialect))
  }
  return {
    name: entity.table,
    entity: entity.name,
    columns,
    key: entity.key.map((name) => fieldOf(entity, name).column),
    references: referenceModels(schema, entity),
    ...(entity.renamedFrom === undefined ? {} : { renamedFrom: entity.renamedFrom }),
  }
}

function columnModel(schema: Schema, entity: Entity, field: Field, dialect: Dialect): ColumnModel {
  const codec = dialect.codec(field)
  const check = checkModel(entity, field, dialect)
  const given = constantOf(schema, field)
  return {
    name: field.column,
    field: field.name,
    type: isKeyed(entity, field) ? (dialect.keyColumn?.(field) ?? codec.column) : codec.column,
    nullable: field.nullable,
    ...(given === undefined ? {} : { default: dialect.literal(codec.encode(given)) }),
    ...(check === undefined ? {} : { check }),
    value: valueForm(field),
    ...(field.renamedFrom === undefined ? {} : { renamedFrom: field.renamedFrom }),
  }
}

/** Is the field one of several that name a row? One that does so alone says it itself. */
function isKeyed({ key, indexes }: Entity, { name }: Field): boolean {
  return key.includes(name) || indexes.some(({ unique, fields }) => unique && fields.includes(name))
}

/** Its name is what the database complains with. */
function checkModel(entity: Entity, field: Field, dialect: Dialect): CheckModel | undefined {
  const conditions = dialect.checks(dialect.quote(field.column), field)
  return conditions.length === 0 ? undefined : { name: fittingName(`${entity.table}.${field.column}`), text: conditions.join(' AND ') }
}

/** A row that a database lets refer to others by itself would refer to rows that may not be there. */
function constantOf(schema: Schema, { default: given, foreignKey }: Field) {
  const refers = foreignKey !== undefined && schema.entities.has(foreignKey.entity)
  return given === null || given === 'now' || refers ? undefined : given
}

function valueForm({ type, precision, scale, values }: Field): ColumnModel['value'] {
  return {
    type,
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(values === undefined ? {} : { values }),
  }
}

/** Folding makes up to three characters of one (Unicode's full case mappings). */
const foldedLength = 3

function shadowModel(field: Field, dialect: Dialect): ColumnModel {
  const { maxLength, renamedFrom } = field
  const folded: Field = maxLength === undefined ? field : { ...field, maxLength: maxLength * foldedLength }
  return {
    name: shadowColumn(field),
    field: field.name,
    type: dialect.codec(folded).column,
    nullable: field.nullable,
    value: { type: 'string' },
    folds: field.column,
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
  }
}
