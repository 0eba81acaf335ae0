/** A reviewed migration of a live database: no step on tables that somebody else changed. In charge of that question; run.ts does the rest. */
import type { Permission } from '../adapters/sql/migrate/decide.ts'
import { stop } from '../adapters/sql/migrate/decide.ts'
import { migrate, type Outcome } from '../adapters/sql/migrate/run.ts'
import { type OwnTarget, usualLockWait } from '../adapters/sql/migrate/target.ts'
import { modelOf } from '../adapters/sql/model/ddl.ts'
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
        if (drift.length > 0) onDrift?.(drift)
      },
    },
  )
}
