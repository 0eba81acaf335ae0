/**
 * What SQLite tells of values only by looking at them: its columns hold what was written, whatever they declare. In charge of that look and
 * of the ways in which others lay values down; must not know entities.
 */
import type { Column, Read, Table } from './catalog.ts'

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** How a column of others keeps its values, where that is not as in tables that DBAL makes. */
export type Way = 'moment' | 'day' | 'digits' | 'double' | 'flag' | 'uuid' | 'json' | 'bytes' | 'whole'

const moments = ['datetime', 'timestamp', 'datetime2', 'smalldatetime', 'timestamptz', 'timestamp with time zone', 'timestamp without time zone']
const numbers = ['numeric', 'decimal', 'dec', 'money', 'smallmoney', 'number']

/** The declared types (sqlite.org/datatype3.html: all of them have the affinity NUMERIC) that each way goes with. */
const declared: Readonly<Record<Way, readonly string[]>> = {
  moment: moments,
  day: ['date'],
  digits: numbers,
  double: numbers,
  flag: ['boolean', 'bool', 'bit'],
  uuid: ['uuid', 'guid', 'uniqueidentifier'],
  json: ['json', 'jsonb'],
  bytes: ['image', 'binary', 'varbinary'],
  // Counts of something, whatever the column is called.
  whole: [...moments, ...numbers, 'date', 'time'],
}

/** Does a column that is declared so keep such values in that way? */
export function goes(way: Way, base: string): boolean {
  return declared[way].includes(base)
}

/** Digits that a double always holds: where SQLite keeps a decimal as a number, no value of that many is altered. */
export const doubleDigits = 15

const wholeDouble = 9_007_199_254_740_992n

/** True of a non-null value that is read exactly. Pure SQL, so that every connection can ask it. */
export function isRead(way: Way, sql: string, { precision = doubleDigits, scale = 0 }: Pick<Column, 'precision' | 'scale'> = {}): string {
  const day = `date(substr(${sql}, 1, 10)) = substr(${sql}, 1, 10) AND ${sql} >= '0001' AND ${sql} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'`
  switch (way) {
    case 'moment':
      return `(typeof(${sql}) = 'text' AND ${day} AND length(${sql}) <> 11 AND julianday(${sql}) IS NOT NULL)`
    case 'day':
      return `(typeof(${sql}) = 'text' AND length(${sql}) = 10 AND ${day})`
    case 'digits':
      return `(typeof(${sql}) IN ('integer', 'real') AND CAST(printf('%.${scale}f', ${sql}) AS REAL) = ${sql} AND abs(${sql}) < 1e${precision - scale})`
    case 'double':
      return `(typeof(${sql}) = 'real' OR typeof(${sql}) = 'integer' AND ${sql} BETWEEN -${wholeDouble} AND ${wholeDouble})`
    case 'flag':
      return `(typeof(${sql}) = 'integer' AND ${sql} IN (0, 1))`
    case 'uuid':
      return `(typeof(${sql}) = 'text' AND length(${sql}) = 36 AND ${sql} GLOB '????????-????-????-????-????????????' AND NOT lower(${sql}) GLOB '*[^0-9a-f-]*')`
    case 'json':
      return `json_valid(${sql})`
    case 'whole':
      return `(typeof(${sql}) = 'integer')`
    case 'bytes':
      return `(typeof(${sql}) = 'blob')`
  }
}

/** How many values of a column are not read so. Reads every row of the table once. */
export async function strangers(
  read: Read,
  table: string,
  column: string,
  way: Way,
  measures?: Pick<Column, 'precision' | 'scale'>,
): Promise<number> {
  const sql = quoted(column)
  const [row] = await read(`SELECT count(*) AS n FROM ${quoted(table)} WHERE ${sql} IS NOT NULL AND NOT coalesce(${isRead(way, sql, measures)}, 0)`)
  return Number(row?.['n'])
}

export interface Seen {
  /** `table.column`, lower case, of those that hold whole numbers of more than 32 bits: SQLite's INTEGER has up to 64. */
  readonly wide: ReadonlySet<string>
  /** The same of those with values that are not what the column declares: `whole` where all are whole numbers. */
  readonly odd: ReadonlyMap<string, 'whole' | 'other'>
}

export const unseen: Seen = { wide: new Set(), odd: new Map() }

/** Reads every row of the tables once or twice. */
export async function lookAtValues(read: Read, tables: readonly Table[]): Promise<Seen> {
  const odd = new Map<string, 'whole' | 'other'>()
  for (const table of tables) {
    for (const column of table.columns) {
      const way = wayOf(column)
      if (way === undefined || (await strangers(read, table.name, column.name, way, column)) === 0) continue
      const whole = goes('whole', column.base) && (await strangers(read, table.name, column.name, 'whole')) === 0
      odd.set(`${table.name}.${column.name}`.toLowerCase(), whole ? 'whole' : 'other')
    }
  }
  return { wide: await wideIntegers(read, tables), odd }
}

/** As introspection maps it: a number without a bound that a double holds is a double. */
function wayOf(column: Column): Way | undefined {
  if (goes('digits', column.base)) return isDigits(column) ? 'digits' : 'double'
  return (Object.keys(declared) as Way[]).find((way) => goes(way, column.base))
}

export function isDigits({ precision, scale = 0 }: Pick<Column, 'precision' | 'scale'>): boolean {
  return precision !== undefined && precision <= doubleDigits && scale >= 0 && scale <= precision
}

/** `table.column`, lower case, of the columns that hold whole numbers of more than 32 bits. Reads every row of the tables once. */
export async function wideIntegers(read: Read, tables: readonly Table[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const table of tables) {
    const columns = table.columns.filter((column) => /int/.test(column.base))
    if (columns.length === 0) continue
    const parts = columns.map(
      ({ name }, i) => `max(typeof(${quoted(name)}) = 'integer' AND ${quoted(name)} NOT BETWEEN -2147483648 AND 2147483647) AS c${i}`,
    )
    const [row] = await read(`SELECT ${parts.join(', ')} FROM ${quoted(table.name)}`)
    columns.forEach((column, i) => {
      if (row?.[`c${i}`] === 1) found.add(`${table.name}.${column.name}`.toLowerCase())
    })
  }
  return found
}
