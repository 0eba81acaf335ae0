/** Makes a SQLite database ready. In charge of what its columns can hold and of how each has its moments; must not know queries. */

import type { Column, Read, Table } from '../../../catalog/catalog.ts'
import { readSqliteCatalog } from '../../../catalog/sqlite.ts'
import { wideIntegers } from '../../../catalog/sqlite-values.ts'
import type { Entity, Field } from '../../../schema/entity.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { firstMoment, lastMoment, type Stored, storedPattern } from '../../sql/dialects/prisma/stored.ts'
import type { RawClient } from '../client.ts'
import { type Prepared, prepareOn, readerOf, targetOf, type Wish } from './prepare.ts'

export interface SqliteWish extends Wish {
  readonly dialect: Dialect
  /** Of columns that are empty still. */
  readonly timestamps: Stored
}

/** Within one transaction of the client. */
export async function prepareSqlite(tx: RawClient, { dialect, timestamps, ...wish }: SqliteWish): Promise<Prepared<Stored>> {
  const read = readerOf(tx)
  const look = (entity: Entity, table: Table, columns: Map<Field, Stored>): Promise<readonly string[]> =>
    valueComplaints(read, entity, table, timestamps, columns)
  return prepareOn(wish, { target: targetOf(tx, dialect), catalog: await readSqliteCatalog(read), fits, look })
}

/** What SQLite makes of a declared type (sqlite.org/datatype3.html), as far as fields care. */
const kinds: Readonly<Record<string, RegExp>> = {
  integer: /int/,
  bigint: /int/,
  float: /real|floa|doub/,
  boolean: /bool|int/,
  datetime: /^(?:datetime|timestamp)$|char|clob|text/,
  json: /^jsonb?$|char|clob|text/,
  bytes: /^blob$/,
}

function fits({ type, name }: Field, column: Column): string | undefined {
  if (type === 'decimal') return `is a number that SQLite rounds; ${name} can only be a float, or a bigint of its smallest unit`
  const wanted = kinds[type] ?? /char|clob|text/
  if (!wanted.test(column.base)) return `is ${column.type || 'of no type'}, which cannot hold a field of type ${type}`
  if (column.collation !== undefined && column.collation.toUpperCase() !== 'BINARY') return `compares by ${column.collation}, not by code point`
  return undefined
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** What only the values tell: whether integers are within 32 bits, and how moments are spelt. Each table is read once. */
async function valueComplaints(read: Read, entity: Entity, table: Table, usual: Stored, moments: Map<Field, Stored>): Promise<readonly string[]> {
  const complaints: string[] = []
  const fields = [...entity.fields.values()]
  const baseOf = (field: Field): string => table.columns.find(({ name }) => name === field.column)?.base ?? ''
  const wide = fields.some(({ type }) => type === 'integer') ? await wideIntegers(read, [table]) : new Set<string>()
  for (const field of fields) {
    const place = `${table.name}.${field.column}`
    if (field.type === 'integer' && wide.has(place.toLowerCase()))
      complaints.push(`${entity.name}: ${place} holds numbers of more than 32 bits; ${field.name} must be a bigint`)
    if (field.type !== 'datetime' || !/^(?:datetime|timestamp)$/.test(baseOf(field))) continue
    const [row = {}] = await read(countOf(table.name, field.column))
    const count = (name: string): number => Number(row[name] ?? 0)
    if (count('c1') === count('c0') && count('c0') > 0) moments.set(field, 'iso8601')
    else if (count('c2') === count('c0') && count('c0') > 0) moments.set(field, 'unixepoch-ms')
    else if (count('c0') === 0) moments.set(field, usual)
    else
      complaints.push(
        `${entity.name}: ${count('c0') - Math.max(count('c1'), count('c2'))} rows of ${place} have another spelling than Prisma's client writes (such as the one of CURRENT_TIMESTAMP); bring them to YYYY-MM-DDTHH:MM:SS.sss+00:00`,
      )
  }
  return complaints
}

/** Values in all, those that the client writes as text, and those that it writes as milliseconds. */
function countOf(table: string, name: string): string {
  const column = quoted(name)
  const texts = `sum(typeof(${column}) = 'text' AND ${column} GLOB '${storedPattern}')`
  const numbers = `sum(typeof(${column}) = 'integer' AND ${column} BETWEEN ${firstMoment} AND ${lastMoment})`
  return `SELECT count(${column}) AS c0, ${texts} AS c1, ${numbers} AS c2 FROM ${quoted(table)}`
}
