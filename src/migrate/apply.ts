/** A reviewed migration of a live database: no step on tables that somebody else changed. In charge of that question; run.ts does the rest. */
import { readCatalogue } from '../adapters/sql/migrate/catalogue.ts'
import { type Permission, stop } from '../adapters/sql/migrate/decide.ts'
import { migrate, type Outcome } from '../adapters/sql/migrate/run.ts'
import { type OwnTarget, usualLockWait } from '../adapters/sql/migrate/target.ts'
import { modelOf } from '../adapters/sql/model/ddl.ts'
import type { Operation } from '../adapters/sql/model/operation.ts'
import type { Step } from '../adapters/sql/model/step.ts'
import type { Schema } from '../schema/entity.ts'
import { type Drift, driftLine } from './drift.ts'
import { driftFrom, inTheWay } from './survey.ts'

export interface Request {
  readonly permission: Permission
  readonly lockWait?: number
  readonly onStep?: (step: Step, index: number, all: number) => void
  /** Drift that no step of the plan has to do with. */
  readonly onDrift?: (drift: readonly Drift[]) => void
}

export async function apply(target: OwnTarget, schema: Schema, request: Request): Promise<Outcome> {
  const { permission, lockWait = usualLockWait, onStep, onDrift } = request
  return migrate(
    target,
    { schema: schema.version, model: modelOf(schema, target.dialect) },
    {
      permission,
      lockWait,
      ...(onStep === undefined ? {} : { onStep }),
      async inspect(standing, plan, history) {
        if (standing.unfinished !== undefined || standing.model.tables.length === 0) return
        const drift = await driftFrom(target, history, standing.model)
        const operations = plan.steps.map(({ operation }) => operation)
        const [first, ...more] = inTheWay(drift, operations)
        if (first !== undefined) {
          const others = more.length === 0 ? '' : ` (and ${more.length} more: see \`dbal migrate status\`)`
          throw stop(
            `The plan works on a table that somebody else has changed: ${driftLine(first)}${others}. Undo that by hand, then run \`dbal migrate apply\` again; nothing has been changed`,
          )
        }
        await refuseLosses(target, operations)
        if (drift.length > 0) onDrift?.(drift)
      },
    },
  )
}

/** A table that is made anew has what the schema knows of it and nothing else: what others put there would be gone. */
async function refuseLosses(target: OwnTarget, operations: readonly Operation[]): Promise<void> {
  const copied = operations.flatMap((operation) => (operation.op === 'rebuild' ? [operation.from] : []))
  if (copied.length === 0) return
  const live = await readCatalogue(target.dialect, target.records)
  for (const { name: later, entity, columns } of copied) {
    // The plan may give table and columns other names before it makes the table anew.
    const name = operations.flatMap((operation) => (operation.op === 'renameTable' && operation.to === later ? [operation.from] : []))[0] ?? later
    const renamed = operations.flatMap((operation) =>
      operation.op === 'renameColumn' && [name, later].includes(operation.table) ? [operation.from] : [],
    )
    const known = new Set([...columns.map((column) => column.name), ...renamed])
    const stranger = live.tables.find((table) => table.name === name)?.columns.find((column) => !known.has(column.name))
    const trigger = live.others.find((other) => other.kind === 'trigger' && other.table === name)
    const what = stranger === undefined ? trigger && `the trigger ${trigger.name}` : `the column ${stranger.name}`
    if (what === undefined) continue
    throw stop(
      `The plan makes the table of ${entity} anew, and ${what}, which the schema does not know, would be lost with it. Declare the column as a field, or remove it (or the trigger) by hand; nothing has been changed`,
    )
  }
}
