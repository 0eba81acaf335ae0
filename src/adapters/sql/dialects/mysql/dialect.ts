/**
 * The dialect of MySQL and MariaDB.
 * In charge of their spelling; must not know queries or connections. The function that folds is made by adapters/mysql.
 */
import type { ValueType } from '../../../../schema/entity.ts'
import { type Codec, type Dialect, jsonLists, type Shape, type Typed } from '../../dialect.ts'
import { checks, literal } from './checks.ts'
import { asSumOfIntegers, codecs, gathered, meanOfFloats, sumCodec, sumOfFloats, wideCodec } from './codec.ts'
import { columnType } from './column.ts'
import { collationOf, type Flavour, mariadb } from './flavour.ts'
import { foldSql } from './fold.ts'
import { jsonDialect } from './json.ts'
import { type ForeignColumns, Stored } from './stored.ts'
import { mysqlTables } from './tables.ts'

/** U+0000 stands in no identifier. */
const marker = '\0'
const positional = /\0(\d+)\0/g
/** The largest number that LIMIT takes. */
const everything = '18446744073709551615'
/** Characters by which texts are sorted: 4 bytes each fill the session's max_sort_length. */
export const sortedCharacters = 16_384

export function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``
}

/** Sorting looks at the beginning of a text only. Where a longer one would be sorted the statement fails (1242) rather than answer wrongly. */
function sortable(sql: string, codec: Codec): string {
  if (codec.form !== 'text' || codec.column !== 'longtext') return sql
  return `CASE WHEN CHAR_LENGTH(${sql}) > ${sortedCharacters} THEN (SELECT 1 UNION ALL SELECT 2) ELSE ${sql} END`
}

/** The type of a list's element within JSON_TABLE. */
function elementType(codec: Codec, collation: string): string {
  switch (codec.form) {
    case 'text':
    case 'wide':
    case 'bytes':
      return `LONGTEXT CHARACTER SET utf8mb4 COLLATE ${collation}`
    case 'boolean':
      return 'INT'
    default:
      return codec.column.toUpperCase()
  }
}

function listDialect(collation: string, stored: Stored): Pick<Dialect, 'inList' | 'keysIn' | 'positionIn'> {
  const from = (list: string, columns: string): string => `JSON_TABLE(${list}, '$[*]' COLUMNS (${columns})) AS j`
  const column = (name: string, codec: Codec, path: string, as = collation): string => `${name} ${elementType(codec, as)} PATH '${path}'`
  const inList = (left: string, list: string, codec: Codec): string =>
    stored.among(left, (test, as) => `${test} IN (SELECT ${codec.fromElement('j.v')} FROM ${from(list, column('v', codec, '$', as))})`)
  return {
    inList,
    keysIn(columns, list, codecs) {
      if (columns.length === 1) return inList(columns[0] as string, list, codecs[0] as Codec)
      const elements = codecs.map((codec, i) => codec.fromElement(`j.v${i}`)).join(', ')
      const table = from(list, codecs.map((codec, i) => column(`v${i}`, codec, `$[${i}]`)).join(', '))
      return `(${columns.join(', ')}) IN (SELECT ${elements} FROM ${table})`
    },
    positionIn: (key, list, codec) =>
      `(SELECT j.n - 1 FROM ${from(list, `n FOR ORDINALITY, ${column('v', codec, '$')}`)} WHERE ${codec.fromElement('j.v')} = ${key})`,
  }
}

/** Text that is compared brings the collation with it, so that a column with another one is still compared by code point. */
function boundAs(as: Shape, collation: string): (placeholder: string) => string {
  if (typeof as === 'string' || 'list' in as) return (sql) => sql
  if (as.form === 'text' || as.form === 'wide') return (sql) => `${sql} COLLATE ${collation}`
  // Digits and times in quotes would be compared as doubles and texts.
  if (as.form === 'datetime' || as.form === 'date' || as.form.startsWith('numeric:')) return (sql) => `CAST(${sql} AS ${as.column.toUpperCase()})`
  return (sql) => sql
}

function sums(flavour: Flavour): Pick<Dialect, 'sum' | 'avg'> {
  const mean = codecs(flavour)({ type: 'float' })
  return {
    sum(sql, type): Typed {
      if (type.type === 'float') return { sql: gathered(sql), codec: sumOfFloats, undecided: true }
      if (type.type === 'integer') return { sql: `sum(${sql})`, codec: sumCodec(flavour, 0, asSumOfIntegers) }
      return { sql: `sum(${sql})`, codec: sumCodec(flavour, type.type === 'decimal' ? (type.scale ?? 0) : 0) }
    },
    avg(sql, type): Typed {
      if (type.type === 'float') return { sql: gathered(sql), codec: meanOfFloats, undecided: true }
      return { sql: `((sum(${sql}) + 0e0) / count(${sql}))`, codec: mean }
    },
  }
}

/** `foreign`: text columns with another collation than DBAL's. */
export function mysqlDialect(flavour: Flavour, foreign: ForeignColumns = new Map()): Dialect {
  const collation = collationOf(flavour)
  const codec = codecs(flavour)
  const stored = new Stored(flavour, foreign)
  const number = codec({ type: 'integer' } satisfies ValueType)
  return {
    ...jsonLists,
    ...listDialect(collation, stored),
    ...jsonDialect(flavour),
    ...sums(flavour),
    name: 'mysql',
    maxBinds: 65_535,
    wide: wideCodec(flavour),
    quote,
    literal,
    positional,
    placeholder: (n, as) => boundAs(as, collation)(`${marker}${n}${marker}`),
    placeholderInOrder: () => '?',
    yes: '1',
    no: '0',
    orderKey: (sql, direction, of) => (direction === 'desc' ? `${sortable(sql, of)} DESC` : sortable(sql, of)),
    groupKey: sortable,
    // Without one its text is its name, and of a name of more than 250 bytes the driver cannot read what the server says.
    cell: (sql, at) => `${sql} AS c${at}`,
    keepOrder: ` LIMIT ${everything}`,
    // An offset alone is no clause.
    limit: (limit, offset) =>
      limit === undefined && offset === undefined ? '' : ` LIMIT ${limit ?? everything}${offset === undefined ? '' : ` OFFSET ${offset}`}`,
    count: { sql: 'count(*)', codec: number },
    update: (table, alias, sets, where) => `UPDATE ${table} AS ${alias} SET ${sets}${where}`,
    remove: (table, _, where) => `DELETE FROM ${table}${where}`,
    unaliasedDelete: true,
    stored: (table, field, sql) =>
      field.type === 'datetime'
        ? stored.time(table, field.column, sql)
        : codec(field).form === 'text'
          ? stored.column(table, field.column, sql)
          : sql,
    equal: (left, right) => stored.equal(left, right),
    unreferenced: (insert) =>
      flavour.kind === 'mariadb'
        ? `SET STATEMENT foreign_key_checks=0 FOR ${insert}`
        : insert.replace('INSERT', 'INSERT /*+ SET_VAR(foreign_key_checks=OFF) */'),
    // MySQL reads a table that it changes only as a copy; the limit keeps it from becoming the table itself again.
    ...(flavour.kind === 'mysql' ? { readAgain: (table: string) => `(SELECT * FROM ${table} LIMIT ${everything})` } : {}),
    codec,
    fold: foldSql,
    contains: (text, part) => `LOCATE(${part}, ${text}) > 0`,
    // The first half is what an index can answer.
    startsWith: (text, part) => `${text} >= ${part} AND LEFT(${text}, CHAR_LENGTH(${part})) = ${part}`,
    endsWith: (text, part) => `RIGHT(${text}, CHAR_LENGTH(${part})) = ${part}`,
    isTrue: (sql) => `(${sql}) IS TRUE`,
    extreme: (fn, sql, of) => ({ sql: `${fn}(${sql})`, codec: of }),
    tables: mysqlTables(flavour.kind),
    tableOptions: ` ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation} ROW_FORMAT=DYNAMIC`,
    // Only free text and bytes lie otherwise in a key; numbers and times are short enough.
    keyColumn: (field) => (['string', 'text', 'bytes'].includes(field.type) ? columnType(field, true) : codec(field).column),
    checks: checks(flavour, codec),
  }
}

/** For files that are written without a server. */
export const mariadbDialect = mysqlDialect(mariadb)
