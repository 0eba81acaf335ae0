/** Makes a MariaDB database ready. In charge of what its columns can hold, of its lock and of functions; must not know queries. */

import type { Column } from '../../../catalog/catalog.ts'
import { readMysqlCatalog } from '../../../catalog/mysql.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Field } from '../../../schema/entity.ts'
import type { Dialect } from '../../sql/dialect.ts'
import type { Flavour } from '../../sql/dialects/mysql/flavour.ts'
import { createFold, foldName } from '../../sql/dialects/mysql/fold.ts'
import type { MigrationTarget } from '../../sql/migrate/target.ts'
import type { RawClient } from '../client.ts'
import { complaintOf } from '../failure.ts'
import type { Names } from '../names.ts'
import { type Prepared, prepareOn, readerOf, roomFor, targetOf, type Wish } from './prepare.ts'

export interface MariadbWish extends Wish {
  readonly dialect: Dialect
  readonly flavour: Flavour
  readonly names: Names
}

const modes = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/**
 * On the connection of one transaction of the client, which the first change of a table ends: every step is journaled by itself. What the
 * session is told is taken back, because the application goes on with it.
 */
export async function prepareMariadb(tx: RawClient, { dialect, flavour, names, ...wish }: MariadbWish): Promise<Prepared<never>> {
  const read = readerOf(tx)
  const [before] = await read('SELECT @@SESSION.sql_mode AS c0')
  await tx.$executeRawUnsafe('SET SESSION sql_mode = ?', modes)
  try {
    const catalog = await readMysqlCatalog(read)
    const target = await lockable(tx, dialect, flavour)
    const prepared = await prepareOn<never>(wish, { target, catalog, fits: misfit, look: async () => [] })
    if (wish.mode === 'apply') await target.equip?.()
    names.learn(await readMysqlCatalog(read))
    return prepared
  } finally {
    await tx.$executeRawUnsafe('SET SESSION sql_mode = ?', String(before?.['c0'])).then(undefined, () => undefined)
  }
}

/** The account may not make functions, the server wants more than that for its log, or another one was faster. */
const noFunction: ReadonlySet<string> = new Set(['1044', '1227', '1304', '1370', '1418', '1419'])

async function lockable(tx: RawClient, dialect: Dialect, flavour: Flavour): Promise<MigrationTarget> {
  const base = targetOf(tx, dialect)
  const [[database] = []] = await base.query('SELECT DATABASE() AS c0')
  // That of adapters/mysql: whichever of the two migrates, the other one waits.
  const name = `dbal ${String(database)}`.slice(0, 64)
  return {
    ...base,
    async lock(wait) {
      const [[got] = []] = await base.query('SELECT GET_LOCK(?, ?) AS c0', [name, Math.ceil(wait / 1000)])
      if (Number(got) === 1) return
      const hint = `Somebody else has been migrating this database for ${Math.round(wait / 1000)} s; try again when it is done`
      throw new DBALError('DATABASE_ERROR', { hint })
    },
    unlock: async () => void (await base.query('SELECT RELEASE_LOCK(?) AS c0', [name]).catch(() => undefined)),
    begin: () => base.execute('START TRANSACTION'),
    commit: () => base.execute('COMMIT'),
    rollback: () => base.execute('ROLLBACK'),
    async equip() {
      const text = 'SELECT 1 AS c0 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = ?'
      if ((await base.query(text, [foldName])).length > 0) return
      await base.execute(createFold(flavour)).catch((error: unknown) => {
        if (!noFunction.has(complaintOf(error)?.originalCode ?? '')) throw error
      })
    },
  }
}

const texts = ['varchar', 'tinytext', 'text', 'mediumtext', 'longtext']
/** Types of columns that hold every value of a field and no other. */
const bases: Readonly<Record<string, readonly string[]>> = {
  integer: ['int'],
  bigint: ['bigint'],
  float: ['double'],
  decimal: ['decimal'],
  boolean: ['tinyint'],
  datetime: ['datetime'],
  date: ['date'],
  json: ['json', 'longtext'],
  bytes: ['varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
  uuid: [...texts, 'char'],
  cuid: [...texts, 'char'],
  enum: [...texts, 'enum'],
}

function misfit(field: Field, column: Column): string | undefined {
  const { type, name } = field
  if (!(bases[type] ?? texts).includes(column.base) || column.unsigned === true)
    return `is ${column.type}, which cannot hold a field of type ${type} exactly`
  if (type === 'decimal' && !roomFor(field, column)) return `is ${column.type}, which is too narrow for ${name}`
  if (type === 'datetime' && column.precision !== 3) return `is ${column.type}; only moments with three digits behind the second are kept exactly`
  const stranger = column.values === undefined ? undefined : field.values?.find((value) => column.values?.includes(value) === false)
  if (stranger !== undefined) return `is an enum that lacks the value ${stranger}`
  if (column.collation !== undefined && !column.collation.startsWith('utf8mb4'))
    return `is of ${column.collation}, which does not hold every character`
  return column.touched === true ? 'is changed by the database whenever a row is, which no field is' : undefined
}
