/** What a live database says about itself, in one form for every kind of database. In charge of the types; must not know entities or drivers. */

/** A row of a catalogue query, by the names of its columns. */
export type CatalogRow = Readonly<Record<string, unknown>>

/** Runs one statement that only reads. `?` of SQLite and MySQL, `$1` of PostgreSQL. */
export type Read = (sql: string, params?: readonly (string | number)[]) => Promise<readonly CatalogRow[]>

export interface Catalog {
  readonly system: 'sqlite' | 'postgresql' | 'mysql' | 'mariadb'
  /** As the server tells it. */
  readonly version: string
  /** The schema (PostgreSQL) or database (MySQL) that tables without a qualifier belong to. */
  readonly schema?: string
  /** In the order of their names. */
  readonly tables: readonly Table[]
  readonly others: readonly Other[]
}

/** Something that is there and is no table of the schema that was read. */
export interface Other {
  readonly kind: 'view' | 'materialized view' | 'virtual table' | 'foreign table' | 'partition' | 'table elsewhere' | 'trigger' | 'row security'
  readonly name: string
  readonly table?: string
}

export interface Table {
  readonly name: string
  /** In the order of the table. */
  readonly columns: readonly Column[]
  readonly key?: Key
  readonly uniques: readonly Unique[]
  /** Without those of key and uniques. */
  readonly indexes: readonly Index[]
  readonly references: readonly Reference[]
  readonly checks: readonly Check[]
  readonly comment?: string
  /** PostgreSQL: tables that it inherits from. */
  readonly parents?: readonly string[]
  readonly partitioned?: boolean
}

export interface Column {
  readonly name: string
  /** The type as the database writes it, with its measures: `numeric(10,2)`, `int(10) unsigned`. */
  readonly type: string
  /** The type without measures, lower case; of a domain the type below it. */
  readonly base: string
  readonly domain?: string
  readonly array?: boolean
  readonly unsigned?: boolean
  readonly length?: number
  readonly precision?: number
  readonly scale?: number
  /** Members of an enum or a set. */
  readonly values?: readonly string[]
  readonly nullable: boolean
  /** The expression, as the database writes it. */
  readonly default?: string
  /** `counter`: the database numbers new rows (serial, identity, auto_increment, the rowid). `computed`: from an expression. */
  readonly made?: 'counter' | 'computed'
  readonly expression?: string
  /** MySQL: ON UPDATE CURRENT_TIMESTAMP. */
  readonly touched?: boolean
  readonly collation?: string
  readonly comment?: string
}

export interface Key {
  readonly name?: string
  readonly columns: readonly string[]
}

export interface Unique extends Index {
  /** PostgreSQL: NULLS NOT DISTINCT. */
  readonly nullsEqual?: boolean
}

export interface Index {
  readonly name: string
  /** Columns in order; an expression, or a part of a column, has no name. */
  readonly columns: readonly (string | undefined)[]
  /** The condition of an index over some rows only. */
  readonly where?: string
  /** What kind it is where it is no ordinary ordered one: gin, hash, FULLTEXT. */
  readonly method?: string
  readonly descending?: boolean
}

export type Action = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

export interface Reference {
  readonly name?: string
  readonly columns: readonly string[]
  readonly table: string
  /** Schema of the target where it is not the one that was read. */
  readonly elsewhere?: string
  readonly targets: readonly string[]
  readonly onDelete: Action
  readonly onUpdate: Action
  readonly deferred?: boolean
}

export interface Check {
  readonly name?: string
  /** The condition without CHECK and its parentheses. */
  readonly text: string
}

/** Rows by the value of one column, in their order. */
export function grouped(rows: readonly CatalogRow[], column: string): ReadonlyMap<string, readonly CatalogRow[]> {
  const groups = new Map<string, CatalogRow[]>()
  for (const row of rows) {
    const name = String(row[column])
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return groups
}

export function textOf(value: unknown): string | undefined {
  return value === null || value === undefined || value === '' ? undefined : String(value)
}

export function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

/** The action that a catalogue writes as `NO ACTION`, `SET NULL`, … */
export function actionOf(value: unknown): Action {
  return String(value).toLowerCase() as Action
}

/** `base`, measures and members of a type as it is written in a declaration: `decimal(10,2)`, `enum('a','b')`. */
export function typeParts(type: string): Pick<Column, 'base' | 'length' | 'precision' | 'scale' | 'values' | 'unsigned'> {
  const [, word = '', inside, tail = ''] = /^([^(]*)(?:\((.*)\))?(.*)$/s.exec(type.trim()) ?? []
  const base = word.trim().toLowerCase().replace(/\s+/g, ' ')
  const unsigned = /\bunsigned\b/i.test(`${word} ${tail}`)
  const plain = { base: base.replace(/ ?\b(?:unsigned|zerofill|signed)\b/g, ''), ...(unsigned ? { unsigned } : {}) }
  if (inside === undefined) return plain
  if (inside.trim().startsWith("'"))
    return { ...plain, values: [...inside.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'")) }
  const [first, second] = inside.split(',').map((part) => Number(part))
  if (first === undefined || !Number.isInteger(first)) return plain
  return { ...plain, length: first, precision: first, ...(second === undefined || Number.isNaN(second) ? {} : { scale: second }) }
}
