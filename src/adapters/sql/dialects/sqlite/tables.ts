/** How SQLite's tables are made and changed. In charge of its words for that; must not know plans. */
import type { ColumnModel } from '../../model/model.ts'
import { isTextual, keepsDigits } from '../../model/values.ts'
import type { TableWords } from '../../model/words.ts'

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function convert(column: string, { type: before, value: from }: ColumnModel, { type: after, value: to }: ColumnModel): string | undefined {
  if (from.type === to.type && from.type !== 'decimal') return column
  if (isTextual(from) && isTextual(to)) return column
  if (from.type === 'integer' && to.type === 'float') return `CAST(${column} AS REAL)`
  if (['integer', 'bigint'].includes(from.type) && isTextual(to)) return `CAST(${column} AS TEXT)`
  if (from.type === 'date' && to.type === 'datetime') return `${column} || 'T00:00:00.000Z'`
  if (!keepsDigits(from, to)) return undefined
  if (to.type !== 'decimal') return column
  // Decimals lie as integers of their last digit; those of more than 18 digits as sortable text, which is no number.
  if (before !== 'INTEGER' || after !== 'INTEGER')
    return before === after && from.precision === to.precision && from.scale === to.scale ? column : undefined
  const shift = (to.scale ?? 0) - (from.scale ?? 0)
  return shift === 0 ? column : `${column} * 1${'0'.repeat(shift)}`
}

export const sqliteTables: TableWords = {
  transactional: true,
  alters: 'rebuild',
  online: false,
  renamesConstraints: false,
  parameter: (n) => `?${n}`,
  tableExists: (name) => ({ sql: "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)", params: [name] }),
  keyPart: ({ name }) => quote(name),
  dropIndex: ({ name }) => `DROP INDEX ${quote(name)}`,
  dropCheck: never,
  dropReference: never,
  defaultText: (literal) => literal,
  convert,
}

function never(): never {
  throw new Error('SQLite changes conditions and references by making the table anew')
}
