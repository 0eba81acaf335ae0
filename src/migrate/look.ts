/**
 * Values of SQLite's columns that are none of their field's, whatever the column declares. In charge of counting them before tables are taken
 * over; must not change anything.
 */
import { foreignWay } from '../adapters/sql/dialects/sqlite/foreign.ts'
import type { OwnTarget } from '../adapters/sql/migrate/target.ts'
import type { TableModel } from '../adapters/sql/model/model.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { strangers, type Way } from '../catalog/sqlite-values.ts'
import type { Field } from '../schema/entity.ts'

/** What has to be done about them. */
const advice: Readonly<Record<Way, string>> = {
  moment: 'bring them to YYYY-MM-DD HH:MM:SS',
  day: 'bring them to YYYY-MM-DD, or make the field a datetime',
  digits: 'bring them to numbers of so many digits, or make the field a float',
  double: 'bring them to numbers',
  flag: 'bring them to 0 and 1',
  uuid: 'bring them to the usual form of a uuid',
  json: 'bring them to JSON',
  bytes: 'bring them to blobs',
  whole: 'bring them to whole numbers',
}

/** A key column that does not say NOT NULL can hold null, but for the rowid. No row without a key can be named. */
async function emptyKeys(
  target: OwnTarget,
  { entity, name, key }: Pick<TableModel, 'entity' | 'name' | 'key'>,
  live: Catalog,
): Promise<readonly string[]> {
  const columns = live.tables.find((table) => table.name === name)?.columns ?? []
  const loose = columns.filter((column) => column.nullable && key.includes(column.name)).map((column) => target.dialect.quote(column.name))
  if (loose.length === 0) return []
  const [row] = await target.records(
    `SELECT count(*) AS n FROM ${target.dialect.quote(name)} WHERE ${loose.map((sql) => `${sql} IS NULL`).join(' OR ')}`,
  )
  const count = Number(row?.['n'])
  return count === 0 ? [] : [`${entity}: ${count} ${count === 1 ? 'row' : 'rows'} of ${name} have no key; give them one`]
}

/** A sentence for each column with such values. Reads each of these columns once. */
export async function strangeValues(
  target: OwnTarget,
  tables: readonly TableModel[],
  live: Catalog,
  fieldOf: (entity: string, name: string) => Field,
): Promise<readonly string[]> {
  if (live.system !== 'sqlite') return []
  const found: string[] = []
  for (const { entity, name, columns, key } of tables) {
    found.push(...(await emptyKeys(target, { entity, name, key }, live)))
    for (const column of columns) {
      const field = fieldOf(entity, column.field)
      const there = live.tables.find((table) => table.name === name)?.columns.find((other) => other.name === column.name)
      const way = there === undefined ? undefined : foreignWay(field.type, there.base)
      const { precision, scale } = field
      const measures = { ...(precision === undefined ? {} : { precision }), ...(scale === undefined ? {} : { scale }) }
      const count = way === undefined ? 0 : await strangers(target.records, name, column.name, way, measures)
      if (count > 0)
        found.push(
          `${entity}.${field.name}: ${count} ${count === 1 ? 'value' : 'values'} of ${name}.${column.name} are no ${field.type}; ${advice[way as Way]}`,
        )
    }
  }
  return found
}
