/** Reads the catalogue of a MySQL or MariaDB database, and tells which of the two it is. In charge of information_schema; must not know drivers or entities. */
import {
  actionOf,
  type Catalog,
  type CatalogRow,
  type Column,
  grouped,
  type Index,
  type Read,
  type Reference,
  type Table,
  textOf,
  typeParts,
} from './catalog.ts'

/** The server's own check of a JSON column, or DBAL's, which also takes what is deeper than the server looks. */
const jsonCheck = /^json_valid\(`([^`]+)`\)(?: or left\(`\1`,1\) in \('\[','\{'\))?$/i

const tables =
  'SELECT TABLE_NAME AS name, TABLE_TYPE AS kind, TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME'

const columns = `SELECT TABLE_NAME AS tbl, COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable, COLUMN_DEFAULT AS given, EXTRA AS extra,
    GENERATION_EXPRESSION AS expression, COLLATION_NAME AS collation_name, COLUMN_COMMENT AS comment, DATETIME_PRECISION AS fraction
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION`

const indexes = `SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`

const references = `SELECT k.TABLE_NAME AS tbl, k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS col, k.REFERENCED_TABLE_SCHEMA AS target_schema,
    k.REFERENCED_TABLE_NAME AS target, k.REFERENCED_COLUMN_NAME AS target_col, r.DELETE_RULE AS on_delete, r.UPDATE_RULE AS on_update, DATABASE() AS here
  FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
    ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
  WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`

/** MariaDB keeps the table with the check, MySQL only with the constraint. */
const mariadbChecks = `SELECT TABLE_NAME AS tbl, CONSTRAINT_NAME AS name, CHECK_CLAUSE AS text, LEVEL AS level
  FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME`
const mysqlChecks = `SELECT t.TABLE_NAME AS tbl, c.CONSTRAINT_NAME AS name, c.CHECK_CLAUSE AS text, 'Table' AS level
  FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
    ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'
  WHERE c.CONSTRAINT_SCHEMA = DATABASE() ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME`

const triggers =
  'SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tbl FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY TRIGGER_NAME'

/** All tables of the database that the connection is in. */
export async function readMysqlCatalog(read: Read): Promise<Catalog> {
  const [about] = await read('SELECT VERSION() AS version, DATABASE() AS name')
  const version = String(about?.['version'])
  const isMariadb = /mariadb/i.test(version)
  const listed = await read(tables)
  const columnsOf = grouped(await read(columns), 'tbl')
  const indexesOf = grouped(await read(indexes), 'TABLE_NAME')
  const referencesOf = grouped(await read(references), 'tbl')
  const checksOf = grouped(await read(isMariadb ? mariadbChecks : mysqlChecks), 'tbl')
  const schema = textOf(about?.['name'])
  return {
    system: isMariadb ? 'mariadb' : 'mysql',
    version,
    ...(schema === undefined ? {} : { schema }),
    tables: listed
      .filter((row) => row['kind'] === 'BASE TABLE')
      .map((row) => {
        const name = String(row['name'])
        return tableOf(row, isMariadb, columnsOf.get(name) ?? [], indexesOf.get(name) ?? [], referencesOf.get(name) ?? [], checksOf.get(name) ?? [])
      }),
    others: [
      ...listed.filter((row) => String(row['kind']).endsWith('VIEW')).map((row) => ({ kind: 'view' as const, name: String(row['name']) })),
      ...(await read(triggers)).map((row) => ({ kind: 'trigger' as const, name: String(row['name']), table: String(row['tbl']) })),
    ],
  }
}

function tableOf(
  row: CatalogRow,
  isMariadb: boolean,
  columnRows: readonly CatalogRow[],
  indexRows: readonly CatalogRow[],
  referenceRows: readonly CatalogRow[],
  checkRows: readonly CatalogRow[],
): Table {
  const comment = textOf(row['comment'])
  const groups = [...grouped(indexRows, 'INDEX_NAME')]
  const key = groups.find(([name]) => name === 'PRIMARY')
  const rest = groups.filter(([name]) => name !== 'PRIMARY')
  const isUnique = ([, parts]: (typeof groups)[number]): boolean => Number(parts[0]?.['NON_UNIQUE']) === 0
  // MariaDB's JSON is text with a check of this form; the check is what tells that it is JSON.
  const json = new Set(isMariadb ? checkRows.flatMap((check) => jsonCheck.exec(String(check['text']))?.[1] ?? []) : [])
  return {
    name: String(row['name']),
    columns: columnRows.map((column) => columnOf(column, isMariadb, json.has(String(column['name'])))),
    ...(key === undefined ? {} : { key: { name: 'PRIMARY', columns: key[1].map((part) => String(part['COLUMN_NAME'])) } }),
    uniques: rest.filter(isUnique).map(([name, parts]) => indexOf(name, parts)),
    indexes: rest.filter((group) => !isUnique(group)).map(([name, parts]) => indexOf(name, parts)),
    references: [...grouped(referenceRows, 'name').values()].map(referenceOf),
    checks: checkRows
      .filter((check) => !jsonCheck.test(String(check['text'])))
      .map((check) => ({ name: String(check['name']), text: String(check['text']) })),
    ...(comment === undefined ? {} : { comment }),
  }
}

function columnOf(row: CatalogRow, isMariadb: boolean, json: boolean): Column {
  const type = json ? 'json' : String(row['type'])
  const extra = String(row['extra']).toLowerCase()
  const expression = textOf(row['expression'])
  const given = expression === undefined ? defaultOf(row['given'], extra, isMariadb) : undefined
  const collation = json ? undefined : textOf(row['collation_name'])
  const comment = textOf(row['comment'])
  return {
    name: String(row['name']),
    type,
    ...typeParts(type),
    // Whole seconds are not written with the type.
    ...(row['fraction'] === null || row['fraction'] === undefined ? {} : { precision: Number(row['fraction']) }),
    nullable: row['nullable'] === 'YES',
    ...(given === undefined ? {} : { default: given }),
    ...(expression === undefined
      ? extra.includes('auto_increment')
        ? { made: 'counter' as const }
        : {}
      : { made: 'computed' as const, expression }),
    ...(extra.includes('on update') ? { touched: true } : {}),
    ...(collation === undefined ? {} : { collation }),
    ...(comment === undefined ? {} : { comment }),
  }
}

/** As an expression. MySQL keeps the bare text of a literal and says in `extra` where it is an expression; MariaDB writes SQL. */
function defaultOf(value: unknown, extra: string, isMariadb: boolean): string | undefined {
  if (value === null || value === undefined) return undefined
  const text = String(value)
  if (isMariadb) return text === 'NULL' ? undefined : text
  return extra.includes('default_generated') ? text : `'${text.replaceAll("'", "''")}'`
}

/** A prefix of a column (SUB_PART) is not the column. */
function indexOf(name: string, parts: readonly CatalogRow[]): Index {
  const method = String(parts[0]?.['INDEX_TYPE'])
  return {
    name,
    columns: parts.map((part) => (part['SUB_PART'] === null || part['SUB_PART'] === undefined ? textOf(part['COLUMN_NAME']) : undefined)),
    ...(method === 'BTREE' ? {} : { method }),
    ...(parts.some((part) => part['COLLATION'] === 'D') ? { descending: true } : {}),
  }
}

function referenceOf(parts: readonly CatalogRow[]): Reference {
  const first = parts[0] as CatalogRow
  return {
    name: String(first['name']),
    columns: parts.map((part) => String(part['col'])),
    table: String(first['target']),
    ...(first['target_schema'] === first['here'] ? {} : { elsewhere: String(first['target_schema']) }),
    targets: parts.map((part) => String(part['target_col'])),
    onDelete: actionOf(first['on_delete']),
    onUpdate: actionOf(first['on_update']),
  }
}
