/**
 * Brings a database to the schema and remembers its physical form.
 * In charge of doing it whole or not at all; must not know how statements are compiled.
 */
import { DBALError } from '../../errors/error.ts'
import type { Schema } from '../../schema/entity.ts'
import type { Physical } from '../sql/dialect.ts'
import { sqliteDialect } from '../sql/dialects/sqlite/dialect.ts'
import { type Model, modelOf } from '../sql/model/ddl.ts'
import { evolve, type Step } from '../sql/model/evolve.ts'
import type { Held } from '../sql/run/transaction.ts'
import { translate } from './failure.ts'

const createMeta = 'CREATE TABLE IF NOT EXISTS "dbal_meta" ("key" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL) STRICT'
const setMeta = 'INSERT INTO "dbal_meta" ("key", "value") VALUES (?1, ?2) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value"'

/** DATABASE_ERROR with a hint that names entity and field where the change is not additive. Nothing is changed then. */
export async function prepareSchema(held: Held, schema: Schema, mode: 'apply' | 'check' = 'apply'): Promise<void> {
  const wanted = modelOf(schema, sqliteDialect)
  try {
    await held.begin('write')
  } catch (error) {
    throw translate(error)
  }
  try {
    await bring(held, schema, wanted, mode)
    await change(held, 'COMMIT')
  } catch (error) {
    await change(held, 'ROLLBACK').catch(() => undefined)
    throw translate(error)
  }
}

async function bring(held: Held, schema: Schema, wanted: Model, mode: 'apply' | 'check'): Promise<void> {
  await change(held, createMeta)
  const meta = new Map((await rows(held, 'SELECT "key", "value" FROM "dbal_meta"')).map(([key, value]) => [String(key), String(value)]))
  const stored = meta.get('model')
  const old: Model = stored === undefined ? { tables: [], indexes: [] } : (JSON.parse(stored) as Model)
  if (stored === undefined) await refuseForeign(held, wanted)
  const steps = evolve(old, wanted, sqliteDialect)
  if (mode === 'check' && steps.length > 0) {
    const hint = `The database is behind the schema by ${steps.length} ${steps.length === 1 ? 'change' : 'changes'}. Run dbal migrate apply, or set database.auto_migrate: true`
    throw new DBALError('DATABASE_ERROR', { hint })
  }
  for (const step of steps) await apply(held, step)
  const model = JSON.stringify(wanted)
  if (model !== stored) await change(held, setMeta, ['model', model])
  if (meta.get('schema_version') !== schema.version) await change(held, setMeta, ['schema_version', schema.version])
}

/** Tables of someone else are never taken over: nobody knows what they promise. */
async function refuseForeign(held: Held, wanted: Model): Promise<void> {
  const existing = new Set((await rows(held, "SELECT name FROM sqlite_schema WHERE type = 'table'")).map(([name]) => String(name)))
  const taken = wanted.tables.find((table) => existing.has(table.name))
  if (taken === undefined) return
  throw new DBALError('DATABASE_ERROR', {
    hint: `The database already has a table for entity ${taken.entity} that DBAL did not make. Use a new database, or give the entity another table.`,
  })
}

async function apply(held: Held, step: Step): Promise<void> {
  try {
    await change(held, step.text)
  } catch (error) {
    const about = step.fields.length === 0 ? `Entity ${step.entity}` : `${step.entity} (${step.fields.join(', ')})`
    const hint = `${about} could not be brought up to date: existing rows do not fit it. Change the rows first, for example equal values where they must be unique.`
    throw new DBALError('DATABASE_ERROR', { hint }, { cause: error })
  }
}

async function rows(held: Held, text: string): Promise<Physical[][]> {
  return (await held.run({ text, rows: true }, [], undefined)) as Physical[][]
}

async function change(held: Held, text: string, values: readonly Physical[] = []): Promise<void> {
  await held.run({ text, rows: false }, values, undefined)
}
