/** A held connection as a target of migrations. In charge of its lock, which is a transaction; must not know plans. */
import type { Schema } from '../../schema/entity.ts'
import type { Dialect, Physical } from '../sql/dialect.ts'
import { sqliteDialect } from '../sql/dialects/sqlite/dialect.ts'
import { foreignColumnsSql, foreignDialect } from '../sql/dialects/sqlite/foreign.ts'
import { prepareDatabase } from '../sql/migrate/run.ts'
import { type MigrationTarget, usualLockWait } from '../sql/migrate/target.ts'
import { modelOf } from '../sql/model/ddl.ts'
import type { Held } from '../sql/run/transaction.ts'
import { translate } from './failure.ts'

/**
 * DATABASE_ERROR with a hint that names entity and field where the change is not additive. Nothing is changed then.
 * Resolves to the dialect for tables that others made, where there are any.
 */
export async function prepareSchema(held: Held, schema: Schema, mode: 'apply' | 'check' = 'apply'): Promise<Dialect | undefined> {
  const wanted = { schema: schema.version, model: modelOf(schema, sqliteDialect) }
  try {
    const target = targetOf(held)
    await prepareDatabase(target, wanted, mode, { lockWait: usualLockWait })
    const tables = new Set([...schema.entities.values()].map(({ table }) => table.toLowerCase()))
    await target.begin()
    const rows = await target.query(foreignColumnsSql)
    await target.rollback()
    return foreignDialect(rows.filter(([table]) => tables.has(String(table).toLowerCase())))
  } catch (error) {
    throw translate(error)
  }
}

/** The lock is a transaction that writes. Conditions and references of tables are never loosened here: what is additive needs no copy. */
function targetOf(held: Held): MigrationTarget {
  let locked = false
  const execute = async (text: string, params: readonly Physical[] = []): Promise<void> => {
    await held.run({ text, rows: false }, params, undefined)
  }
  return {
    dialect: sqliteDialect,
    execute,
    query: async (text, params = []) => (await held.run({ text, rows: true }, params, undefined)) as Physical[][],
    async lock() {
      await held.begin('write')
      locked = true
    },
    async unlock() {
      if (locked) await execute('ROLLBACK')
      locked = false
    },
    async begin() {
      if (!locked) await held.begin('read')
    },
    async commit() {
      await execute('COMMIT')
      locked = false
    },
    async rollback() {
      if (!locked) await execute('ROLLBACK')
    },
  }
}
