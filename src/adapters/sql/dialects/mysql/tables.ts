/** How tables of MySQL and MariaDB are made and changed. In charge of their words for that; must not know plans. */
import type { ColumnModel, IndexModel } from '../../model/model.ts'
import type { Operation } from '../../model/operation.ts'
import { isTextual, keepsDigits } from '../../model/values.ts'
import type { Probe, TableWords } from '../../model/words.ts'

function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``
}

/** InnoDB's longest key (3072 bytes), in characters of utf8mb4. */
const longestKey = 768
/** Of a column without a length: enough to find rows by, small beside others. */
const partOfLong = 191

/** Characters (bytes of binary) that a column takes in a key; undefined where it has no bound. */
function lengthOf({ type }: ColumnModel): number | undefined {
  const sized = /^(?:var)?(?:char|binary)\((\d+)\)/i.exec(type)
  if (sized !== null) return /\bascii\b|binary/i.test(type) ? Math.ceil(Number(sized[1]) / 4) : Number(sized[1])
  return /^(?:tiny|medium|long)?(?:text|blob)\b|^json\b/i.test(type) ? undefined : 4
}

/** Text of any length: MariaDB keeps a hash of its own for a unique; MySQL is told to; others find rows by the beginning. */
function keyPart(column: ColumnModel, index: IndexModel, all: readonly ColumnModel[], flavour: 'mysql' | 'mariadb'): string {
  const name = quote(column.name)
  const length = lengthOf(column)
  const whole = all.reduce((sum, other) => sum + (lengthOf(other) ?? longestKey + 1), 0)
  if (index.unique) return length !== undefined || flavour === 'mariadb' ? name : `(sha2(${name}, 256))`
  if (length !== undefined && (whole <= longestKey || length <= partOfLong)) return name
  return `${name}(${partOfLong})`
}

function convert(column: string, { value: from }: ColumnModel, { value: to }: ColumnModel): string | undefined {
  if (from.type === to.type && from.type !== 'decimal') return column
  if (isTextual(from) && isTextual(to)) return column
  if (from.type === 'integer' && to.type === 'float') return column
  if (['integer', 'bigint'].includes(from.type) && isTextual(to)) return column
  if (from.type === 'date' && to.type === 'datetime') return column
  return keepsDigits(from, to) ? column : undefined
}

const here = 'TABLE_SCHEMA = DATABASE()'

function absent({ sql, params }: Probe): Probe {
  return { sql: `SELECT 1 AS found FROM DUAL WHERE NOT EXISTS (${sql})`, params }
}

const table = (name: string): Probe => ({ sql: `SELECT 1 AS found FROM information_schema.TABLES WHERE ${here} AND TABLE_NAME = ?`, params: [name] })
const column = (of: string, name: string): Probe => ({
  sql: `SELECT 1 AS found FROM information_schema.COLUMNS WHERE ${here} AND TABLE_NAME = ? AND COLUMN_NAME = ?`,
  params: [of, name],
})
const indexed = ({ table: of, name }: Pick<IndexModel, 'table' | 'name'>): Probe => ({
  sql: `SELECT 1 AS found FROM information_schema.STATISTICS WHERE ${here} AND TABLE_NAME = ? AND INDEX_NAME = ? LIMIT 1`,
  params: [of, name],
})
const constraint = (of: string, name: string): Probe => ({
  sql: `SELECT 1 AS found FROM information_schema.TABLE_CONSTRAINTS WHERE ${here} AND TABLE_NAME = ? AND CONSTRAINT_NAME = ?`,
  params: [of, name],
})

/** Changes of a column and fillings may be made twice. An index that takes another's place under its name is compared by nobody: it is made again. */
function probe(operation: Operation): Probe | undefined {
  switch (operation.op) {
    case 'createTable':
      return table(operation.table.name)
    case 'dropTable':
      return absent(table(operation.table.name))
    case 'renameTable':
      return table(operation.to)
    case 'addColumn':
      return column(operation.table, operation.column.name)
    case 'dropColumn':
      return absent(column(operation.table, operation.column.name))
    case 'renameColumn':
      return column(operation.table, operation.to)
    case 'addCheck':
      return constraint(operation.table, operation.check.name)
    case 'dropCheck':
      return absent(constraint(operation.table, operation.check.name))
    case 'addReference':
      return constraint(operation.table, operation.reference.name)
    case 'dropReference':
      return absent(constraint(operation.table, operation.reference.name))
    case 'createIndex':
      return indexed(operation.index)
    case 'dropIndex':
      return absent(indexed(operation.index))
    case 'renameIndex':
      return indexed(operation.to)
    default:
      return undefined
  }
}

export function mysqlTables(flavour: 'mysql' | 'mariadb'): TableWords {
  const alter = (name: string): string => `ALTER TABLE ${quote(name)}`
  return {
    transactional: false,
    alters: 'whole',
    online: false,
    renamesConstraints: false,
    parameter: () => '?',
    tableExists: table,
    keyPart: (part, index, all) => keyPart(part, index, all, flavour),
    dropIndex: (index) => `DROP INDEX ${quote(index.name)} ON ${quote(index.table)}`,
    renameIndex: (of, from, to) => `${alter(of)} RENAME INDEX ${quote(from)} TO ${quote(to)}`,
    dropCheck: (of, name) => `${alter(of)} DROP CONSTRAINT ${quote(name)}`,
    dropReference: (of, name) => `${alter(of)} DROP FOREIGN KEY ${quote(name)}`,
    // MySQL takes a default of long text as an expression only; both take any literal as one.
    defaultText: (literal, { type }) => (/text|blob|json/i.test(type) ? `(${literal})` : literal),
    convert,
    probe,
  }
}
