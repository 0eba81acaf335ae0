/** Where a database stands: its history, what a plan would do, what others changed. In charge of looking; must not change anything. */
import { readCatalogue } from '../adapters/sql/migrate/catalogue.ts'
import { isOlder } from '../adapters/sql/migrate/decide.ts'
import { type Entry, exists, readHistory, standingOf } from '../adapters/sql/migrate/history.ts'
import { legacyModel } from '../adapters/sql/migrate/legacy.ts'
import type { OwnTarget } from '../adapters/sql/migrate/target.ts'
import { modelOf } from '../adapters/sql/model/ddl.ts'
import { diff } from '../adapters/sql/model/diff.ts'
import type { Model } from '../adapters/sql/model/model.ts'
import { type Operation, touchedBy } from '../adapters/sql/model/operation.ts'
import type { Refusal, Step } from '../adapters/sql/model/step.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Schema } from '../schema/entity.ts'
import { type Drift, driftOf } from './drift.ts'

export interface Survey {
  readonly schema: string
  readonly history: readonly Entry[]
  readonly steps: readonly Step[]
  readonly refused: readonly Refusal[]
  readonly drift: readonly Drift[]
  /** The database has been beyond this schema. */
  readonly older: boolean
  readonly unfinished?: Entry
  /** Entities whose tables are there, but not made by DBAL. */
  readonly foreign: readonly string[]
}

export async function survey(target: OwnTarget, schema: Schema, online: boolean): Promise<Survey> {
  await target.begin()
  try {
    const wanted = modelOf(schema, target.dialect)
    const history = await readHistory(target)
    const { model, unfinished } = standingOf(history, target)
    const start = history.length === 0 ? ((await legacyModel(target, wanted)) ?? model) : model
    const { steps, refused } = diff(start, wanted, target.dialect, { online })
    return {
      schema: schema.version,
      history,
      steps,
      refused,
      // In the middle of a plan the catalogue is neither the old nor the new one.
      drift: unfinished === undefined && start.tables.length > 0 ? await driftFrom(target, history, start) : [],
      older: isOlder(history, schema.version),
      ...(unfinished === undefined ? {} : { unfinished }),
      foreign: start.tables.length === 0 ? await foreignEntities(target, steps) : [],
    }
  } finally {
    await target.rollback()
  }
}

/** History against what is there now. */
export async function driftFrom(target: OwnTarget, history: readonly Entry[], model: Model): Promise<readonly Drift[]> {
  const last = history.findLast(({ state }) => state !== 'running')
  const kept = last?.catalogue === undefined ? undefined : (JSON.parse(last.catalogue) as Pick<Catalog, 'tables'>)
  return driftOf(model, kept, plain(await readCatalogue(target.dialect, target.records)))
}

/** As JSON has it, so that it equals what was kept. */
function plain(catalogue: Catalog): Catalog {
  return JSON.parse(JSON.stringify(catalogue)) as Catalog
}

async function foreignEntities(target: OwnTarget, steps: readonly Step[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { operation, entity } of steps) if (operation.op === 'createTable' && (await exists(target, operation.table.name))) found.push(entity)
  return found
}

/** Drift in tables that the plan works on: it was made for other tables than those that are there. */
export function inTheWay(drift: readonly Drift[], operations: readonly Operation[]): readonly Drift[] {
  const touched = new Set(operations.flatMap(touchedBy))
  return drift.filter(({ table }) => touched.has(table))
}
