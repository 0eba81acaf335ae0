/** What SQLite tells of values only by looking at them. In charge of that look; must not know entities. */
import type { Read, Table } from './catalog.ts'

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * `table.column`, lower case, of the columns that hold whole numbers of more than 32 bits: SQLite's INTEGER has up to 64, whatever its
 * column says. Reads every row of the tables once.
 */
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
