/** Reads the catalogue of a SQLite database. In charge of its pragmas; must not know drivers or entities. */
import {
  actionOf,
  type Catalog,
  type CatalogRow,
  type Check,
  type Column,
  grouped,
  type Index,
  type Read,
  type Reference,
  type Table,
  textOf,
  typeParts,
} from './catalog.ts'
import { definitionsOf, type TableText } from './sqlite-text.ts'

/** Tables of SQLite itself, and those in which a virtual table keeps its things, are left out by their type. */
const tables = `SELECT l.name, l.type, l.wr, s.sql FROM pragma_table_list l JOIN sqlite_schema s ON s.name = l.name AND s.type IN ('table', 'view')
  WHERE l.schema = 'main' AND l.type <> 'shadow' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name`

const columns = `SELECT m.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
  FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`

const indexes = `SELECT m.name AS "table", i.name, i."unique", i.origin, i.partial, x.cid, x.name AS "column", x."desc", x.coll, s.sql
  FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_xinfo(i.name) x LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name
  WHERE m.type = 'table' AND x.key = 1 ORDER BY m.name, i.name, x.seqno`

const references = `SELECT m.name AS "table", f.id, f."table" AS target, f."from", f."to", f.on_delete, f.on_update
  FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq`

/** The whole catalogue of the main database. */
export async function readSqliteCatalog(read: Read): Promise<Catalog> {
  const [version] = await read('SELECT sqlite_version() AS version')
  const listed = await read(tables)
  const columnsOf = grouped(await read(columns), 'table')
  const indexesOf = grouped(await read(indexes), 'table')
  const referencesOf = grouped(await read(references), 'table')
  const triggers = await read("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
  const found = listed.filter((row) => row['type'] === 'table')
  const keys = new Map(found.map((row) => [String(row['name']).toLowerCase(), keyOf(columnsOf.get(String(row['name'])) ?? [])]))
  return {
    system: 'sqlite',
    version: String(version?.['version']),
    tables: found.map((row) => {
      const name = String(row['name'])
      const text = definitionsOf(String(row['sql']))
      return {
        ...tableOf(name, text, columnsOf.get(name) ?? [], row['wr'] === 1),
        ...indexesFrom(indexesOf.get(name) ?? []),
        references: referencesFrom(referencesOf.get(name) ?? [], keys),
      }
    }),
    others: [
      ...listed.flatMap((row) =>
        row['type'] === 'table' ? [] : [{ kind: row['type'] === 'view' ? ('view' as const) : ('virtual table' as const), name: String(row['name']) }],
      ),
      ...triggers.map((row) => ({ kind: 'trigger' as const, name: String(row['name']), table: String(row['tbl_name']) })),
    ],
  }
}

function keyOf(rows: readonly CatalogRow[]): readonly string[] {
  return rows
    .filter((row) => Number(row['pk']) > 0)
    .sort((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((row) => String(row['name']))
}

function tableOf(
  name: string,
  text: TableText,
  rows: readonly CatalogRow[],
  withoutRowid: boolean,
): Pick<Table, 'name' | 'columns' | 'checks'> & { readonly key?: { readonly columns: readonly string[] } } {
  const key = keyOf(rows)
  const counts = (row: CatalogRow): boolean =>
    key.length === 1 && Number(row['pk']) === 1 && !withoutRowid && String(row['type']).toUpperCase() === 'INTEGER'
  return {
    name,
    columns: rows.map((row) => columnOf(row, text, counts(row), withoutRowid)),
    checks: text.checks.map((check): Check => check),
    ...(key.length === 0 ? {} : { key: { columns: key } }),
  }
}

/** `hidden` is 2 and 3 for computed columns. A key column may hold null in SQLite unless it says otherwise or is the rowid. */
function columnOf(row: CatalogRow, text: TableText, counter: boolean, withoutRowid: boolean): Column {
  const name = String(row['name'])
  const type = String(row['type'])
  const given = textOf(row['dflt_value'])
  const collation = text.collations.get(name.toLowerCase())
  return {
    name,
    type,
    ...typeParts(type),
    nullable: row['notnull'] !== 1 && !counter && !(withoutRowid && Number(row['pk']) > 0),
    ...(given === undefined ? {} : { default: given }),
    ...(Number(row['hidden']) >= 2 ? { made: 'computed' as const } : counter ? { made: 'counter' as const } : {}),
    ...(collation === undefined ? {} : { collation }),
  }
}

function indexesFrom(rows: readonly CatalogRow[]): Pick<Table, 'uniques' | 'indexes'> {
  const uniques: Index[] = []
  const indexes: Index[] = []
  for (const [name, parts] of grouped(rows, 'name')) {
    const first = parts[0] as CatalogRow
    if (first['origin'] === 'pk') continue
    const where = first['partial'] === 1 ? /\bWHERE\b(.*)$/is.exec(String(first['sql']))?.[1]?.trim() : undefined
    const index: Index = {
      name,
      columns: parts.map((part) => (Number(part['cid']) < 0 ? undefined : String(part['column']))),
      ...(where === undefined ? {} : { where }),
      ...(parts.some((part) => part['desc'] === 1) ? { descending: true } : {}),
    }
    if (first['unique'] === 1) uniques.push(index)
    else indexes.push(index)
  }
  return { uniques, indexes }
}

/** A reference without target columns means the key of the target. */
function referencesFrom(rows: readonly CatalogRow[], keys: ReadonlyMap<string, readonly string[]>): Reference[] {
  return [...grouped(rows, 'id').values()].map((parts) => {
    const first = parts[0] as CatalogRow
    const table = String(first['target'])
    const named = parts.map((part) => textOf(part['to']))
    return {
      columns: parts.map((part) => String(part['from'])),
      table,
      targets: named.includes(undefined) ? (keys.get(table.toLowerCase()) ?? []) : (named as string[]),
      onDelete: actionOf(first['on_delete']),
      onUpdate: actionOf(first['on_update']),
    }
  })
}
