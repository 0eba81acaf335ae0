/** Reads the catalogue of a PostgreSQL database: the tables of its current schema. In charge of pg_catalog; must not know drivers or entities. */
import {
  type Action,
  type Catalog,
  type CatalogRow,
  type Column,
  grouped,
  type Index,
  numberOf,
  type Other,
  type Read,
  type Table,
  textOf,
  type Unique,
} from './catalog.ts'

/** Objects that an extension brought along are its own business. */
const notOfExtension = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"

const relations = `SELECT c.oid::int8::text AS id, c.relname AS name, c.relkind::text AS kind, c.relispartition AS partition, n.nspname AS schema,
    c.relrowsecurity AS guarded, n.nspname = current_schema() AS here, obj_description(c.oid, 'pg_class') AS comment,
    ARRAY(SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND ${notOfExtension}
  ORDER BY n.nspname, c.relname COLLATE "C"`

/** `typbasetype` leads from a domain to what it is made of, domain over domain included. */
const columns = `WITH RECURSIVE below AS (
    SELECT oid AS top, oid, typbasetype, typtypmod, typnotnull FROM pg_type WHERE typtype = 'd'
    UNION ALL SELECT b.top, t.oid, t.typbasetype, CASE WHEN b.typtypmod >= 0 THEN b.typtypmod ELSE t.typtypmod END, b.typnotnull OR t.typnotnull
      FROM below b JOIN pg_type t ON t.oid = b.typbasetype
  )
  SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, format_type(coalesce(b.oid, t.oid), NULL) AS base,
    CASE WHEN t.typtype = 'd' THEN t.typname END AS domain, coalesce(bt.typelem, t.typelem) <> 0 AND coalesce(bt.typcategory, t.typcategory) = 'A' AS is_array,
    CASE WHEN t.typtype = 'd' THEN b.typtypmod ELSE a.atttypmod END AS modifier, a.attnotnull OR coalesce(b.typnotnull, false) AS filled,
    pg_get_expr(d.adbin, d.adrelid) AS given, a.attidentity::text AS identity, a.attgenerated::text AS computed,
    CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN l.collname END AS collation, col_description(c.oid, a.attnum) AS comment,
    (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = coalesce(b.oid, t.oid)) AS members
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN below b ON b.top = t.oid AND b.typbasetype = 0 LEFT JOIN pg_type bt ON bt.oid = b.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`

/** A column number of 0 stands for an expression. Columns that an index only carries along are left out. */
const indexes = `SELECT c.relname AS "table", x.relname AS name, i.indisunique AS "unique", i.indisprimary AS "primary", m.amname AS method,
    pg_get_expr(i.indpred, i.indrelid) AS condition, i.indnullsnotdistinct AS nulls_equal,
    ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) k LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k] AND a.attnum > 0 ORDER BY k) AS columns,
    EXISTS (SELECT FROM unnest(i.indoption::int2[]) o WHERE o & 1 = 1) AS descending
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = x.relam
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname, x.relname COLLATE "C"`

const constraints = `SELECT c.relname AS "table", k.conname AS name, k.contype::text AS kind, pg_get_expr(k.conbin, k.conrelid) AS text,
    k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update, k.condeferrable AS deferred, f.relname AS target,
    CASE WHEN fn.nspname <> current_schema() THEN fn.nspname END AS elsewhere,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i) AS targets
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
  WHERE n.nspname = current_schema() AND k.contype IN ('f', 'c') AND k.conparentid = 0 ORDER BY c.relname, k.conname COLLATE "C"`

/** Checks of domains hold of each column of that domain; there the value is called VALUE. */
const domainChecks = `SELECT t.typname AS domain, k.conname AS name, pg_get_constraintdef(k.oid) AS text
  FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid WHERE k.contype = 'c' ORDER BY t.typname, k.conname`

const triggers = `SELECT t.tgname AS name, c.relname AS "table" FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND NOT t.tgisinternal ORDER BY c.relname, t.tgname`

/** Tables of the current schema; what lies in others is named in `others`. */
export async function readPostgresCatalog(read: Read): Promise<Catalog> {
  const [about] = await read("SELECT current_setting('server_version') AS version, current_schema()::text AS schema")
  const listed = await read(relations)
  const columnsOf = grouped(await read(columns), 'table')
  const indexesOf = grouped(await read(indexes), 'table')
  const constraintsOf = grouped(await read(constraints), 'table')
  const ofDomains = grouped(await read(domainChecks), 'domain')
  const schema = textOf(about?.['schema'])
  const tables = listed.filter(isTable)
  return {
    system: 'postgresql',
    version: String(about?.['version']),
    ...(schema === undefined ? {} : { schema }),
    tables: tables.map((row) => {
      const name = String(row['name'])
      return tableOf(row, columnsOf.get(name) ?? [], indexesOf.get(name) ?? [], constraintsOf.get(name) ?? [], ofDomains)
    }),
    others: [
      ...listed.flatMap(otherOf),
      ...(await read(triggers)).map((row) => ({ kind: 'trigger' as const, name: String(row['name']), table: String(row['table']) })),
    ],
  }
}

function isTable(row: CatalogRow): boolean {
  return row['here'] === true && row['partition'] !== true && ['r', 'p'].includes(String(row['kind']))
}

const kinds: Readonly<Record<string, Other['kind']>> = { v: 'view', m: 'materialized view', f: 'foreign table' }

function otherOf(row: CatalogRow): Other[] {
  const name = String(row['name'])
  if (row['here'] !== true) return [{ kind: 'table elsewhere', name: `${String(row['schema'])}.${name}` }]
  if (row['partition'] === true) return [{ kind: 'partition', name, table: String((row['parents'] as readonly string[])[0]) }]
  if (isTable(row)) return row['guarded'] === true ? [{ kind: 'row security', name, table: name }] : []
  return [{ kind: kinds[String(row['kind'])] ?? 'view', name }]
}

function tableOf(
  row: CatalogRow,
  columnRows: readonly CatalogRow[],
  indexRows: readonly CatalogRow[],
  constraintRows: readonly CatalogRow[],
  ofDomains: ReadonlyMap<string, readonly CatalogRow[]>,
): Table {
  const comment = textOf(row['comment'])
  const parents = row['parents'] as readonly string[]
  const key = indexRows.find((index) => index['primary'] === true)
  const rest = indexRows.filter((index) => index !== key)
  return {
    name: String(row['name']),
    columns: columnRows.map(columnOf),
    ...(key === undefined ? {} : { key: { name: String(key['name']), columns: key['columns'] as string[] } }),
    uniques: rest
      .filter((index) => index['unique'] === true)
      .map((index): Unique => ({ ...indexOf(index), ...(index['nulls_equal'] === true ? { nullsEqual: true } : {}) })),
    indexes: rest.filter((index) => index['unique'] !== true).map(indexOf),
    references: constraintRows.filter((constraint) => constraint['kind'] === 'f').map(referenceOf),
    checks: [
      ...constraintRows
        .filter((constraint) => constraint['kind'] === 'c')
        .map((constraint) => ({ name: String(constraint['name']), text: bare(String(constraint['text'])) })),
      ...columnRows.flatMap((column) => (ofDomains.get(String(column['domain'])) ?? []).map((check) => domainCheck(column, check))),
    ],
    ...(comment === undefined ? {} : { comment }),
    ...(parents.length === 0 ? {} : { parents }),
    ...(row['kind'] === 'p' ? { partitioned: true } : {}),
  }
}

function domainCheck(column: CatalogRow, check: CatalogRow): { readonly name: string; readonly text: string } {
  const text = bare(String(check['text']).replace(/^CHECK /, ''))
  return { name: String(check['name']), text: text.replace(/\bVALUE\b/g, `"${String(column['name']).replaceAll('"', '""')}"`) }
}

/** Without the parentheses that hold the whole text. */
function bare(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let depth = 0
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return text
  }
  return bare(text.slice(1, -1).trim())
}

/** Type modifiers: numeric keeps `precision << 16 | scale` and 4, text its length and 4 (pg_type.typmodin of each). */
function measures(base: string, modifier: number): Pick<Column, 'length' | 'precision' | 'scale'> {
  if (modifier < 0) return {}
  if (base === 'numeric') return { precision: ((modifier - 4) >> 16) & 0xffff, scale: (((modifier - 4) & 0x7ff) ^ 1024) - 1024 }
  if (base === 'character varying' || base === 'character') return { length: modifier - 4 }
  return base.startsWith('time') ? { precision: modifier } : {}
}

function columnOf(row: CatalogRow): Column {
  const base = String(row['base']).toLowerCase()
  const given = textOf(row['given'])
  const computed = textOf(row['computed']) !== undefined
  const counts = textOf(row['identity']) !== undefined || (given !== undefined && /^nextval\(/.test(given))
  const domain = textOf(row['domain'])
  const collation = textOf(row['collation'])
  const comment = textOf(row['comment'])
  const members = row['members'] as readonly string[] | null
  return {
    name: String(row['name']),
    type: String(row['type']),
    base,
    ...(domain === undefined ? {} : { domain }),
    ...(row['is_array'] === true ? { array: true } : {}),
    ...measures(base, numberOf(row['modifier']) ?? -1),
    ...(members === null ? {} : { values: members }),
    nullable: row['filled'] !== true,
    ...(given === undefined || computed ? {} : { default: given }),
    ...(computed ? { made: 'computed' as const, expression: given ?? '' } : counts ? { made: 'counter' as const } : {}),
    ...(collation === undefined ? {} : { collation }),
    ...(comment === undefined ? {} : { comment }),
  }
}

function indexOf(row: CatalogRow): Index {
  const where = textOf(row['condition'])
  return {
    name: String(row['name']),
    columns: (row['columns'] as readonly (string | null)[]).map((name) => name ?? undefined),
    ...(where === undefined ? {} : { where: bare(where) }),
    ...(row['method'] === 'btree' ? {} : { method: String(row['method']) }),
    ...(row['descending'] === true ? { descending: true } : {}),
  }
}

const actions: Readonly<Record<string, Action>> = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' }

function referenceOf(row: CatalogRow): Table['references'][number] {
  const elsewhere = textOf(row['elsewhere'])
  return {
    name: String(row['name']),
    columns: row['columns'] as string[],
    table: String(row['target']),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    targets: row['targets'] as string[],
    onDelete: actions[String(row['on_delete'])] ?? 'no action',
    onUpdate: actions[String(row['on_update'])] ?? 'no action',
    ...(row['deferred'] === true ? { deferred: true } : {}),
  }
}
