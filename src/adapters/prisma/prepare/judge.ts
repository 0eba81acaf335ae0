/**
 * Whether a table that the application made can serve an entity, so that every answer is the one of a table of DBAL's own.
 * In charge of what is wrong, in words for whoever owns the table; must not know connections.
 */
import type { Column, Table } from '../../../catalog/catalog.ts'
import type { Entity, Field } from '../../../schema/entity.ts'
import type { IndexModel, ReferenceModel, TableModel } from '../../sql/model/ddl.ts'

/** What the schema needs of the table. */
export interface Needs {
  readonly entity: Entity
  readonly model: TableModel
  readonly indexes: readonly IndexModel[]
}

/** Says why a column cannot hold a field; undefined where it can. */
export type Fits = (field: Field, column: Column) => string | undefined

/** Every complaint, each beginning with the entity. */
export function judgeTable({ entity, model, indexes }: Needs, table: Table, fits: Fits): readonly string[] {
  return [
    ...columnComplaints(entity, table, fits),
    ...(sameSet(model.key, table.key?.columns ?? []) ? [] : [`the key of ${table.name} is not ${model.key.join(', ')}`]),
    ...indexes
      .filter((index) => index.unique && !isUnique(table, index))
      .map((index) => `${table.name} has no unique index over ${index.columns.join(', ')}`),
    ...model.references.flatMap((reference) => referenceComplaint(table, reference)),
  ].map((complaint) => `${entity.name}: ${complaint}`)
}

function columnComplaints(entity: Entity, table: Table, fits: Fits): string[] {
  return [...entity.fields.values()].flatMap((field) => {
    const place = `${table.name}.${field.column}`
    if (field.unique === 'insensitive') return [`${field.name} is unique: insensitive, which only tables of DBAL's own can guard; use unique: true`]
    const column = table.columns.find(({ name }) => name === field.column)
    if (column === undefined) return [`the column ${place} is missing`]
    if (column.made === 'computed') return [`${place} is computed by the database`]
    const nullable = field.nullable && !entity.key.includes(field.name)
    if (column.nullable !== nullable) return [`${place} ${column.nullable ? 'may be null' : 'is never null'}; ${field.name} must be so too`]
    const complaint = fits(field, column)
    return complaint === undefined ? [] : [`${place} ${complaint}`]
  })
}

const sameSet = (a: readonly string[], b: readonly (string | undefined)[]): boolean => a.length === b.length && a.every((name) => b.includes(name))

function isUnique(table: Table, { columns }: IndexModel): boolean {
  if (sameSet(columns, table.key?.columns ?? [])) return true
  return table.uniques.some((unique) => unique.where === undefined && unique.nullsEqual !== true && sameSet(columns, unique.columns))
}

/** RESTRICT and NO ACTION both keep the row, at the end of the statement or before. */
const actions = { cascade: ['cascade'], set_null: ['set null'], restrict: ['restrict', 'no action'] } as const

function referenceComplaint(table: Table, { columns, table: target, onDelete }: ReferenceModel): string[] {
  const found = table.references.find((reference) => reference.table === target && sameSet(columns, reference.columns))
  const place = `${table.name} (${columns.join(', ')})`
  if (found === undefined) return [`${place} has no foreign key to ${target}`]
  const wanted: readonly string[] = actions[onDelete]
  return wanted.includes(found.onDelete) ? [] : [`${place} is ${found.onDelete} on delete, not ${onDelete.replace('_', ' ')}`]
}
