/**
 * The physical form of a schema: tables, columns, conditions, references and indexes as plain data.
 * In charge of what two versions of a schema are compared by; JSON, so that a database can keep it. Must not know statements.
 */
import type { FieldTypeName } from '../../../schema/entity.ts'

/** Counts up when stored models change their form. */
export const modelFormat = 2

/** A condition on one column. */
export interface CheckModel {
  readonly name: string
  readonly text: string
  /** Holds for new rows; existing ones have not been looked at yet. */
  readonly pending?: true
  /** The database was taken over without it. */
  readonly waived?: true
}

export interface ColumnModel {
  readonly name: string
  /** Name of the field that it holds or folds. */
  readonly field: string
  /** The column's type with its collation, in the words of the dialect. */
  readonly type: string
  readonly nullable: boolean
  /** What rows get that say nothing, as a literal: programs of an older schema write such rows. */
  readonly default?: string
  readonly check?: CheckModel
  /** What the values are, from which follows what they can become. */
  readonly value: { readonly type: FieldTypeName; readonly precision?: number; readonly scale?: number; readonly values?: readonly string[] }
  /** A shadow column: the column whose folded form it holds. */
  readonly folds?: string
  /** Field that this one was called before. */
  readonly renamedFrom?: string
}

/** `columns[i]` refers to `targetColumns[i]` of `table`. */
export interface ReferenceModel {
  readonly name: string
  readonly field: string
  readonly columns: readonly string[]
  readonly table: string
  readonly targetColumns: readonly string[]
  readonly onDelete: 'cascade' | 'restrict' | 'set_null'
  readonly onUpdate: 'cascade' | 'restrict'
  readonly pending?: true
  readonly waived?: true
}

export interface TableModel {
  readonly name: string
  readonly entity: string
  readonly columns: readonly ColumnModel[]
  /** Columns of the key, in order. */
  readonly key: readonly string[]
  readonly references: readonly ReferenceModel[]
  /** Entity that this one was called before. */
  readonly renamedFrom?: string
}

export interface IndexModel {
  readonly name: string
  readonly entity: string
  readonly table: string
  readonly fields: readonly string[]
  /** A shadow column where uniqueness ignores case. */
  readonly columns: readonly string[]
  readonly unique: boolean
  readonly waived?: true
}

export interface Model {
  readonly format: typeof modelFormat
  readonly tables: readonly TableModel[]
  readonly indexes: readonly IndexModel[]
}

export const emptyModel: Model = { format: modelFormat, tables: [], indexes: [] }

export function tableOf(model: Model, name: string): TableModel | undefined {
  return model.tables.find((table) => table.name === name)
}

export function columnOf(table: TableModel, name: string): ColumnModel | undefined {
  return table.columns.find((column) => column.name === name)
}

/** The longest name that every database takes (PostgreSQL's 63 bytes). */
const longestName = 63

/** `name`, or its beginning and a hash of the whole where it is too long. */
export function fittingName(name: string): string {
  if (name.length <= longestName) return name
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0
  return `${name.slice(0, longestName - 8)}_${hash.toString(36)}`
}
