/** A SQLite file as a target of migrations, with a connection of its own. In charge of its lock, a transaction with references at rest; must not know plans. */
import type { DatabaseSync } from 'node:sqlite'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import { sqliteDialect } from '../sql/dialects/sqlite/dialect.ts'
import type { OwnTarget } from '../sql/migrate/target.ts'
import { translate } from './failure.ts'
import { registerFunctions } from './functions.ts'
import { pathOf, type SqliteOptions } from './options.ts'

type Given = readonly (null | number | bigint | string | Uint8Array)[]

/** Creates the file where there is none. DATABASE_ERROR with a hint where it cannot be opened. */
export async function openSqliteTarget(options: Pick<SqliteOptions, 'url' | 'path'>): Promise<OwnTarget> {
  const { DatabaseSync } = await import('node:sqlite')
  const db = guarded(() => {
    // Making a table anew would fire the references to the old one; they are looked at before the end instead.
    const opened = new DatabaseSync(pathOf(options), { enableForeignKeyConstraints: false })
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF')
    registerFunctions(opened, { deadline: Infinity })
    return opened
  })
  return targetOf(db)
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

function targetOf(db: DatabaseSync): OwnTarget {
  let locked = false
  const execute = async (sql: string, params: readonly Physical[] = []): Promise<void> => {
    db.prepare(sql).run(...(params as Given))
  }
  return {
    dialect: sqliteDialect,
    execute,
    async query(sql, params = []) {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement.all(...(params as Given)) as unknown as unknown[][]
    },
    records: async (sql, params = []) => db.prepare(sql).all(...params) as Record<string, unknown>[],
    async lock(wait) {
      db.exec(`PRAGMA busy_timeout = ${Math.trunc(wait)}`)
      guarded(() => db.exec('BEGIN IMMEDIATE'))
      locked = true
    },
    async unlock() {
      if (db.isTransaction) db.exec('ROLLBACK')
      locked = false
    },
    async begin() {
      if (!locked) guarded(() => db.exec('BEGIN'))
    },
    async commit() {
      checkReferences(db)
      db.exec('COMMIT')
      locked = false
    },
    async rollback() {
      if (!locked && db.isTransaction) db.exec('ROLLBACK')
    },
    close: async () => db.close(),
  }
}

/** Names tables, never values. */
function checkReferences(db: DatabaseSync): void {
  const [broken] = db.prepare('SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1').all()
  if (broken === undefined) return
  const hint = `Rows of the table ${broken['table']} would refer to rows of ${broken['parent']} that are not there. Change the rows first; nothing has been changed.`
  throw new DBALError('DATABASE_ERROR', { hint })
}
