/** Brings a database to the schema, on a connection of its own. In charge of the wiring of migrations; must not know plans or statements. */
import type { ServerOptions } from '../../adapter/server.ts'
import type { Schema } from '../../schema/entity.ts'
import { prepareDatabase } from '../sql/migrate/run.ts'
import { usualLockWait } from '../sql/migrate/target.ts'
import { modelOf } from '../sql/model/ddl.ts'
import { translate } from './failure.ts'
import { openMysqlTarget } from './target.ts'

/** DATABASE_ERROR with a hint that names entity and field where the change is not additive. */
export async function prepareSchema(options: ServerOptions, schema: Schema, mode: 'apply' | 'check'): Promise<void> {
  const target = await openMysqlTarget(options)
  try {
    await prepareDatabase(target, { schema: schema.version, model: modelOf(schema, target.dialect) }, mode, { lockWait: usualLockWait })
    // A newer program may fold by a newer edition of Unicode although its tables are the same.
    if (mode === 'apply') await target.equip?.()
  } catch (error) {
    throw translate(error)
  } finally {
    await target.close().catch(() => undefined)
  }
}
