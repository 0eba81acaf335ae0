/** Each change of a database's form as statements. In charge of what all databases word alike; `TableWords` has the rest. Must not know plans. */
import type { Dialect } from '../dialect.ts'
import type { CheckModel, ColumnModel, IndexModel, ReferenceModel, TableModel } from './model.ts'
import type { Operation } from './operation.ts'

/** In order. One, wherever statements are not part of a transaction. */
export function statementsOf(operation: Operation, dialect: Dialect): readonly string[] {
  const { quote, tables: words } = dialect
  const alter = (table: string): string => `ALTER TABLE ${quote(table)}`
  switch (operation.op) {
    case 'createTable':
      return [createTable(operation.table.name, operation.table, dialect)]
    case 'dropTable':
      return [`DROP TABLE ${quote(operation.table.name)}`]
    case 'renameTable':
      return [`${alter(operation.from)} RENAME TO ${quote(operation.to)}`]
    case 'addColumn':
      return [addColumn(operation.table, operation.column, operation.references, dialect)]
    case 'dropColumn':
      return [`${alter(operation.table)} DROP COLUMN ${quote(operation.column.name)}`]
    case 'renameColumn':
      return [`${alter(operation.table)} RENAME COLUMN ${quote(operation.from)} TO ${quote(operation.to)}`]
    case 'alterColumn':
      return [`${alter(operation.table)} ${alterations(operation.from, operation.to, dialect)}`]
    case 'fill':
      return [fill(operation.table, operation.column, dialect)]
    case 'addCheck':
      return [`${alter(operation.table)} ADD ${checkText(operation.check, dialect)}${unlooked(operation.check)}`]
    case 'dropCheck':
      return [words.dropCheck(operation.table, operation.check.name)]
    case 'addReference':
      return [`${alter(operation.table)} ADD ${referenceText(operation.reference, dialect)}${unlooked(operation.reference)}`]
    case 'dropReference':
      return [words.dropReference(operation.table, operation.reference.name)]
    case 'renameCheck':
    case 'renameReference':
      return [`${alter(operation.table)} RENAME CONSTRAINT ${quote(operation.from)} TO ${quote(operation.to.name)}`]
    case 'validateCheck':
      return [`${alter(operation.table)} VALIDATE CONSTRAINT ${quote(operation.check.name)}`]
    case 'validateReference':
      return [`${alter(operation.table)} VALIDATE CONSTRAINT ${quote(operation.reference.name)}`]
    case 'createIndex':
      return [createIndex(operation.index, operation.columns, operation.online, dialect)]
    case 'dropIndex':
      return [words.dropIndex(operation.index, operation.online)]
    case 'replaceIndex': {
      const parts = keyParts(operation.to, operation.columns, dialect)
      const added = `ADD ${operation.to.unique ? 'UNIQUE ' : ''}INDEX ${quote(operation.to.name)} (${parts})`
      return [`${alter(operation.from.table)} DROP INDEX ${quote(operation.from.name)}, ${added}`]
    }
    case 'renameIndex':
      return [(words.renameIndex as NonNullable<typeof words.renameIndex>)(operation.to.table, operation.from, operation.to.name)]
    case 'rebuild':
      return rebuild(operation, dialect)
  }
}

/** Conditions stand beside the columns, or inside where a table is made anew to change them. */
function createTable(name: string, table: TableModel, dialect: Dialect): string {
  const { quote, tables: words } = dialect
  const inside = words.alters === 'rebuild'
  const single = (column: ColumnModel): readonly ReferenceModel[] =>
    inside ? table.references.filter(({ columns }) => columns.length === 1 && columns[0] === column.name) : []
  const lines = [
    ...table.columns.map((column) => `${quote(column.name)} ${inside ? inlineText(column, single(column), dialect) : columnText(column, dialect)}`),
    `PRIMARY KEY (${table.key.map(quote).join(', ')})`,
    ...(inside ? [] : table.columns.flatMap(({ check }) => (check === undefined ? [] : [checkText(check, dialect)]))),
    ...(inside ? table.references.filter(({ columns }) => columns.length > 1).map((reference) => foreignKey(reference, dialect)) : []),
  ]
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)${dialect.tableOptions}`
}

function columnText(column: ColumnModel, { tables: words }: Dialect): string {
  const given = column.default === undefined ? '' : ` DEFAULT ${words.defaultText(column.default, column)}`
  return `${column.type}${column.nullable ? '' : ' NOT NULL'}${given}`
}

/** The column with its condition and the reference of its own. */
function inlineText(column: ColumnModel, references: readonly ReferenceModel[], dialect: Dialect): string {
  const check = column.check === undefined ? '' : ` ${checkText(column.check, dialect)}`
  return `${columnText(column, dialect)}${check}${references.map((reference) => ` ${targetText(reference, dialect)}`).join('')}`
}

function addColumn(table: string, column: ColumnModel, references: readonly ReferenceModel[], dialect: Dialect): string {
  const text = dialect.tables.alters === 'rebuild' ? inlineText(column, references, dialect) : columnText(column, dialect)
  return `ALTER TABLE ${dialect.quote(table)} ADD COLUMN ${dialect.quote(column.name)} ${text}`
}

function checkText({ name, text }: CheckModel, { quote }: Dialect): string {
  return `CONSTRAINT ${quote(name)} CHECK (${text})`
}

function unlooked({ pending }: { readonly pending?: true }): string {
  return pending === true ? ' NOT VALID' : ''
}

function referenceText(reference: ReferenceModel, dialect: Dialect): string {
  return `CONSTRAINT ${dialect.quote(reference.name)} ${foreignKey(reference, dialect)}`
}

function foreignKey(reference: ReferenceModel, dialect: Dialect): string {
  return `FOREIGN KEY (${reference.columns.map(dialect.quote).join(', ')}) ${targetText(reference, dialect)}`
}

const deletions = { cascade: ' ON DELETE CASCADE', set_null: ' ON DELETE SET NULL', restrict: '' } as const

function targetText({ table, targetColumns, onDelete, onUpdate }: ReferenceModel, { quote }: Dialect): string {
  const update = onUpdate === 'cascade' ? ' ON UPDATE CASCADE' : ''
  return `REFERENCES ${quote(table)} (${targetColumns.map(quote).join(', ')})${deletions[onDelete]}${update}`
}

function createIndex(index: IndexModel, columns: readonly ColumnModel[], online: boolean, dialect: Dialect): string {
  const { quote } = dialect
  const kind = `${index.unique ? 'UNIQUE ' : ''}INDEX${online ? ' CONCURRENTLY' : ''}`
  return `CREATE ${kind} ${quote(index.name)} ON ${quote(index.table)} (${keyParts(index, columns, dialect)})`
}

function keyParts(index: IndexModel, columns: readonly ColumnModel[], dialect: Dialect): string {
  return columns.map((column) => dialect.tables.keyPart(column, index, columns)).join(', ')
}

function alterations(from: ColumnModel, to: ColumnModel, dialect: Dialect): string {
  const { quote, tables: words } = dialect
  const column = quote(to.name)
  if (words.alters === 'whole') return `MODIFY COLUMN ${column} ${columnText(to, dialect)}`
  const retyped = from.type !== to.type
  const parts: string[] = []
  // A default is not converted by itself.
  if (from.default !== undefined && (retyped || to.default === undefined)) parts.push(`ALTER COLUMN ${column} DROP DEFAULT`)
  if (retyped) parts.push(`ALTER COLUMN ${column} TYPE ${to.type} USING ${words.convert(column, from, to) ?? column}`)
  if (from.nullable !== to.nullable) parts.push(`ALTER COLUMN ${column} ${to.nullable ? 'DROP' : 'SET'} NOT NULL`)
  if (to.default !== undefined && (retyped || from.default !== to.default))
    parts.push(`ALTER COLUMN ${column} SET DEFAULT ${words.defaultText(to.default, to)}`)
  return parts.join(', ')
}

function fill(table: string, column: ColumnModel, dialect: Dialect): string {
  const [name, source] = [dialect.quote(column.name), dialect.quote(column.folds as string)]
  return `UPDATE ${dialect.quote(table)} SET ${name} = ${dialect.fold(source)} WHERE ${name} IS NULL AND ${source} IS NOT NULL`
}

/** The way of sqlite.org/lang_altertable.html: a new table, the rows, the old one away, the new one in its place. */
function rebuild({ from, to, values }: Extract<Operation, { op: 'rebuild' }>, dialect: Dialect): readonly string[] {
  const { quote } = dialect
  const made = `dbal_new_${to.name}`
  const filled = to.columns.filter(({ name }) => values[name] !== undefined)
  const names = filled.map(({ name }) => quote(name)).join(', ')
  return [
    createTable(made, to, dialect),
    `INSERT INTO ${quote(made)} (${names}) SELECT ${filled.map(({ name }) => values[name]).join(', ')} FROM ${quote(from.name)}`,
    `DROP TABLE ${quote(from.name)}`,
    `ALTER TABLE ${quote(made)} RENAME TO ${quote(to.name)}`,
  ]
}
