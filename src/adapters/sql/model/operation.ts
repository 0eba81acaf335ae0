/**
 * One change of a database's form, as data, and what a model is after it.
 * In charge of the list of changes that there are; must not know why one is made or how a database words it.
 */
import type { CheckModel, ColumnModel, IndexModel, Model, ReferenceModel, TableModel } from './model.ts'

export type Operation =
  /** With its references where the dialect keeps them inside tables, without them elsewhere. */
  | { readonly op: 'createTable'; readonly table: TableModel }
  | { readonly op: 'dropTable'; readonly table: TableModel }
  | { readonly op: 'renameTable'; readonly from: string; readonly to: string; readonly entity: string }
  | { readonly op: 'addColumn'; readonly table: string; readonly column: ColumnModel; readonly references: readonly ReferenceModel[] }
  | { readonly op: 'dropColumn'; readonly table: string; readonly column: ColumnModel }
  | { readonly op: 'renameColumn'; readonly table: string; readonly from: string; readonly to: string; readonly field: string }
  /** Type, nullability, default; the check stays what it is. */
  | { readonly op: 'alterColumn'; readonly table: string; readonly from: ColumnModel; readonly to: ColumnModel }
  /** Gives the rows that have none the folded form. */
  | { readonly op: 'fill'; readonly table: string; readonly column: ColumnModel }
  | { readonly op: 'addCheck'; readonly table: string; readonly column: string; readonly check: CheckModel }
  | { readonly op: 'dropCheck'; readonly table: string; readonly column: string; readonly check: CheckModel }
  | { readonly op: 'renameCheck'; readonly table: string; readonly column: string; readonly from: string; readonly to: CheckModel }
  | { readonly op: 'validateCheck'; readonly table: string; readonly column: string; readonly check: CheckModel }
  | { readonly op: 'addReference'; readonly table: string; readonly reference: ReferenceModel }
  | { readonly op: 'dropReference'; readonly table: string; readonly reference: ReferenceModel }
  | { readonly op: 'renameReference'; readonly table: string; readonly from: string; readonly to: ReferenceModel }
  | { readonly op: 'validateReference'; readonly table: string; readonly reference: ReferenceModel }
  | { readonly op: 'createIndex'; readonly index: IndexModel; readonly columns: readonly ColumnModel[]; readonly online: boolean }
  | { readonly op: 'dropIndex'; readonly index: IndexModel; readonly online: boolean }
  /** In one statement, so that a reference is never without its index. */
  | { readonly op: 'replaceIndex'; readonly from: IndexModel; readonly to: IndexModel; readonly columns: readonly ColumnModel[] }
  | { readonly op: 'renameIndex'; readonly from: string; readonly to: IndexModel }
  /** The table is made anew and its rows are copied: `values` is what each column is filled with. Its indexes go. */
  | { readonly op: 'rebuild'; readonly from: TableModel; readonly to: TableModel; readonly values: Readonly<Record<string, string>> }

/** What the database is after `operation`. `quote` is the dialect's: conditions name their column. */
export function after(model: Model, operation: Operation, quote: (name: string) => string): Model {
  switch (operation.op) {
    case 'createTable':
      return { ...model, tables: [...model.tables, operation.table] }
    case 'dropTable':
      return {
        ...model,
        tables: model.tables.filter(({ name }) => name !== operation.table.name),
        indexes: model.indexes.filter(({ table }) => table !== operation.table.name),
      }
    case 'renameTable':
      return renamedTable(model, operation)
    case 'renameColumn':
      return renamedColumn(model, operation, quote)
    case 'rebuild':
      return {
        ...model,
        tables: model.tables.map((table) => (table.name === operation.from.name ? operation.to : table)),
        indexes: model.indexes.filter(({ table }) => table !== operation.from.name),
      }
    case 'createIndex':
      return { ...model, indexes: [...model.indexes, operation.index] }
    case 'dropIndex':
      return { ...model, indexes: model.indexes.filter(({ name, table }) => name !== operation.index.name || table !== operation.index.table) }
    case 'replaceIndex':
      return { ...model, indexes: model.indexes.map((index) => (index.name === operation.from.name ? operation.to : index)) }
    case 'renameIndex':
      return { ...model, indexes: model.indexes.map((index) => (index.name === operation.from ? { ...index, name: operation.to.name } : index)) }
    case 'fill':
      return model
    default:
      return within(model, operation.table, (table) => changedTable(table, operation))
  }
}

type OfTable = Extract<
  Operation,
  {
    readonly op:
      | 'addColumn'
      | 'dropColumn'
      | 'alterColumn'
      | 'addCheck'
      | 'dropCheck'
      | 'renameCheck'
      | 'validateCheck'
      | 'addReference'
      | 'dropReference'
      | 'renameReference'
      | 'validateReference'
  }
>

function changedTable(table: TableModel, operation: OfTable): TableModel {
  switch (operation.op) {
    case 'addColumn':
      return { ...table, columns: [...table.columns, operation.column], references: [...table.references, ...operation.references] }
    case 'dropColumn':
      return { ...table, columns: table.columns.filter(({ name }) => name !== operation.column.name) }
    case 'alterColumn':
      return column(table, operation.to.name, (found) => {
        const { check: _, ...rest } = operation.to
        return found.check === undefined ? rest : { ...rest, check: found.check }
      })
    case 'addCheck':
    case 'renameCheck':
    case 'validateCheck': {
      const check = operation.op === 'renameCheck' ? operation.to : operation.op === 'addCheck' ? operation.check : settled(operation.check)
      return column(table, operation.column, (found) => ({ ...found, check }))
    }
    case 'dropCheck':
      return column(table, operation.column, ({ check: _, ...rest }) => rest)
    case 'addReference':
      return { ...table, references: [...table.references, operation.reference] }
    case 'dropReference':
      return { ...table, references: table.references.filter(({ name }) => name !== operation.reference.name) }
    case 'renameReference':
      return {
        ...table,
        references: table.references.map((found) => (found.name === operation.from ? { ...found, name: operation.to.name } : found)),
      }
    case 'validateReference':
      return { ...table, references: table.references.map((found) => (found.name === operation.reference.name ? settled(found) : found)) }
  }
}

function settled<T extends { readonly pending?: true }>(given: T): T {
  const { pending: _, ...rest } = given
  return rest as T
}

function within(model: Model, name: string, change: (table: TableModel) => TableModel): Model {
  return { ...model, tables: model.tables.map((table) => (table.name === name ? change(table) : table)) }
}

function column(table: TableModel, name: string, change: (column: ColumnModel) => ColumnModel): TableModel {
  return { ...table, columns: table.columns.map((found) => (found.name === name ? change(found) : found)) }
}

/** References of other tables follow by themselves, in every database. */
function renamedTable(model: Model, { from, to, entity }: Extract<Operation, { op: 'renameTable' }>): Model {
  return {
    ...model,
    tables: model.tables.map((table) => ({
      ...table,
      ...(table.name === from ? { name: to, entity } : {}),
      references: table.references.map((reference) => (reference.table === from ? { ...reference, table: to } : reference)),
    })),
    indexes: model.indexes.map((index) => (index.table === from ? { ...index, table: to, entity } : index)),
  }
}

function renamedColumn(model: Model, operation: Extract<Operation, { op: 'renameColumn' }>, quote: (name: string) => string): Model {
  const { from, to, field } = operation
  const swap = (names: readonly string[]): readonly string[] => names.map((name) => (name === from ? to : name))
  return {
    ...model,
    tables: model.tables.map((table) => {
      const here = table.name === operation.table
      return {
        ...table,
        columns: here ? table.columns.map((found) => renamed(found, from, to, field, quote)) : table.columns,
        key: here ? swap(table.key) : table.key,
        references: table.references.map((reference) => ({
          ...reference,
          ...(here ? { columns: swap(reference.columns) } : {}),
          ...(here && reference.columns.at(-1) === from ? { field } : {}),
          ...(reference.table === operation.table ? { targetColumns: swap(reference.targetColumns) } : {}),
        })),
      }
    }),
    indexes: model.indexes.map((index) => (index.table === operation.table ? { ...index, columns: swap(index.columns) } : index)),
  }
}

function renamed(found: ColumnModel, from: string, to: string, field: string, quote: (name: string) => string): ColumnModel {
  const folds = found.folds === from ? { folds: to } : {}
  if (found.name !== from) return { ...found, ...folds }
  const check = found.check === undefined ? {} : { check: { ...found.check, text: found.check.text.replaceAll(quote(from), quote(to)) } }
  return { ...found, ...folds, ...check, name: to, field }
}

/** Tables whose catalogue is another one afterwards, or has to be as expected before. */
export function touchedBy(operation: Operation): readonly string[] {
  switch (operation.op) {
    case 'createTable':
      return [operation.table.name, ...operation.table.references.map(({ table }) => table)]
    case 'dropTable':
      return [operation.table.name]
    case 'renameTable':
      return [operation.from, operation.to]
    case 'rebuild':
      return [operation.from.name]
    case 'createIndex':
    case 'dropIndex':
      return [operation.index.table]
    case 'replaceIndex':
    case 'renameIndex':
      return [operation.to.table]
    case 'addReference':
    case 'validateReference':
      return [operation.table, operation.reference.table]
    default:
      return [operation.table]
  }
}
