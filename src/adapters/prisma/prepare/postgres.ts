/** Makes a PostgreSQL database ready. In charge of what its columns can hold, of its lock and of functions; must not know queries. */

import type { Column, Table } from '../../../catalog/catalog.ts'
import { readPostgresCatalog } from '../../../catalog/postgres.ts'
import type { Entity, Field } from '../../../schema/entity.ts'
import type { Dialect } from '../../sql/dialect.ts'
import { helperFunctions } from '../../sql/dialects/postgres/functions.ts'
import type { PostgresStored } from '../../sql/dialects/prisma/postgres.ts'
import type { RawClient } from '../client.ts'
import type { Names } from '../names.ts'
import { type Prepared, prepareOn, readerOf, roomFor, targetOf, type Wish } from './prepare.ts'

/** That of adapters/postgres: whichever of the two migrates, the other one waits. */
const lockClass = 0xdba1

export interface PostgresWish extends Wish {
  readonly dialect: Dialect
  readonly names: Names
}

/** Within one transaction of the client. */
export async function preparePostgres(tx: RawClient, { dialect, names, ...wish }: PostgresWish): Promise<Prepared<PostgresStored>> {
  const read = readerOf(tx)
  if (wish.mode === 'apply') await read(`SELECT pg_advisory_xact_lock(${lockClass}, hashtext(current_schema()))::text AS c0`)
  const loose = await read('SELECT collname::text AS name FROM pg_collation WHERE NOT collisdeterministic')
  const collations = new Set(loose.map(({ name }) => String(name)))
  const catalog = await readPostgresCatalog(read)
  const fits = (field: Field, column: Column): string | undefined => misfit(field, column, collations)
  const target = { ...targetOf(tx, dialect), equip: () => equip(tx) }
  const prepared = await prepareOn(wish, { target, catalog, fits, look })
  if (wish.mode === 'apply') await equip(tx)
  names.learn(await readPostgresCatalog(read))
  return prepared
}

/** Where the account may make none, what calls them is refused, and nothing else. */
async function equip(tx: RawClient): Promise<void> {
  const functions = helperFunctions()
  const found = (await tx.$queryRawUnsafe(
    'SELECT DISTINCT p.proname::text AS c0 FROM pg_proc p WHERE p.proname = ANY($1::text[]) AND pg_function_is_visible(p.oid)',
    `{${functions.map(({ name }) => name).join(',')}}`,
  )) as readonly { readonly c0: string }[]
  for (const { name, text } of functions) {
    if (found.some(({ c0 }) => c0 === name)) continue
    await tx.$executeRawUnsafe('SAVEPOINT dbal_function')
    await tx.$executeRawUnsafe(text).then(undefined, () => tx.$executeRawUnsafe('ROLLBACK TO SAVEPOINT dbal_function'))
    await tx.$executeRawUnsafe('RELEASE SAVEPOINT dbal_function')
  }
}

const texts = ['text', 'character varying']
const moments = ['timestamp with time zone', 'timestamp without time zone']
/** Types of columns, as the server writes them, that hold every value of a field and no other. */
const bases: Readonly<Record<string, readonly string[]>> = {
  integer: ['integer'],
  bigint: ['bigint'],
  float: ['double precision'],
  decimal: ['numeric'],
  boolean: ['boolean'],
  datetime: moments,
  date: ['date'],
  json: ['jsonb'],
  bytes: ['bytea'],
  uuid: ['uuid', ...texts],
}

function misfit(field: Field, column: Column, loose: ReadonlySet<string>): string | undefined {
  const { type, name } = field
  const fits = column.array !== true && ((bases[type] ?? texts).includes(column.base) || (type === 'enum' && column.values !== undefined))
  if (!fits) return `is ${column.type}, which cannot hold a field of type ${type} exactly`
  if (type === 'decimal' && !roomFor(field, column)) return `is ${column.type}, which is too narrow for ${name}`
  if (type === 'datetime' && column.precision !== 3) return `is ${column.type}; only moments with three digits behind the second are kept exactly`
  const stranger = column.values === undefined ? undefined : field.values?.find((value) => column.values?.includes(value) === false)
  if (stranger !== undefined) return `is an enum that lacks the value ${stranger}`
  if (column.collation !== undefined && loose.has(column.collation)) return `compares by ${column.collation}, which takes different texts for equal`
  return undefined
}

async function look(entity: Entity, table: Table, columns: Map<Field, PostgresStored>): Promise<readonly string[]> {
  for (const field of entity.fields.values()) {
    const column = table.columns.find(({ name }) => name === field.column)
    if (column === undefined) continue
    if (column.base === 'timestamp without time zone') columns.set(field, { kind: 'timestamp' })
    else if (field.type === 'uuid' && column.base !== 'uuid') columns.set(field, { kind: 'text' })
    else if (column.values !== undefined) columns.set(field, { kind: 'enum', type: column.type })
  }
  return []
}
