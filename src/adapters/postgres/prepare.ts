/** Brings a PostgreSQL database to a schema, tables and functions. In charge of doing it on a connection of its own; must not know plans. */
import type { ServerOptions } from '../../adapter/server.ts'
import type { Schema } from '../../schema/entity.ts'
import type { Dialect } from '../sql/dialect.ts'
import { quotedElement } from '../sql/dialects/postgres/codec.ts'
import { postgresDialect } from '../sql/dialects/postgres/dialect.ts'
import { foreignColumnsSql, foreignDialect } from '../sql/dialects/postgres/foreign.ts'
import { helperFunctions } from '../sql/dialects/postgres/functions.ts'
import { prepareDatabase } from '../sql/migrate/run.ts'
import { type OwnTarget, usualLockWait } from '../sql/migrate/target.ts'
import { modelOf } from '../sql/model/ddl.ts'
import { translate } from './failure.ts'
import { openPostgresTarget } from './target.ts'

/**
 * DATABASE_ERROR with a hint where the change is not additive (`apply`) or there is one to make (`check`). Nothing is changed then.
 * Resolves to the dialect for tables that others made, where there are any.
 */
export async function prepareSchema(options: ServerOptions, schema: Schema, mode: 'apply' | 'check'): Promise<Dialect | undefined> {
  const target = await openPostgresTarget(options)
  try {
    await prepareDatabase(target, { schema: schema.version, model: modelOf(schema, postgresDialect) }, mode, { lockWait: usualLockWait })
    if (mode === 'apply') await equip(target)
    const tables = [...schema.entities.values()].map(({ table }) => quotedElement(table))
    return foreignDialect(await target.query(foreignColumnsSql, [`{${tables.join(',')}}`]))
  } catch (error) {
    throw translate(error)
  } finally {
    await target.close()
  }
}

/** A database that has its tables may lack functions that a newer version of the product calls. */
async function equip(target: OwnTarget): Promise<void> {
  const names = helperFunctions().map(({ name }) => name)
  const [[known] = []] = await target.query(
    'SELECT count(DISTINCT p.proname) FROM pg_proc p WHERE p.proname = ANY($1::text[]) AND pg_function_is_visible(p.oid)',
    [`{${names.join(',')}}`],
  )
  if (Number(known) === names.length) return
  await target.lock(usualLockWait)
  try {
    // Without them only what calls them is refused.
    await target.equip?.().catch(() => undefined)
  } finally {
    await target.unlock()
  }
}
