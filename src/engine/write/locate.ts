/** Looks at a row before (or after a failed) write: absent, invisible, forbidden or of another version. In charge of that answer only. */
import { DBALError } from '../../errors/error.ts'
import type { LocatePlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Row } from '../shape.ts'

export interface Located {
  readonly key: Row
  readonly seen: boolean
  /** By permit of the plan: its row filter holds. */
  readonly holds: readonly boolean[]
  /** May the caller see the extra columns, where it could notice what they hold? */
  readonly told: boolean
  /** Value of one of the plan's extra columns. */
  value(field: string): Value
}

export async function locate(plan: LocatePlan, params: readonly Value[], running: Running): Promise<Located[]> {
  const { rows } = await running.run(plan.query, params)
  return rows.map((row) => ({
    key: plan.key.map((column) => row[column] as Value),
    seen: row[plan.probesAt + plan.seen] === true,
    holds: plan.rows.map((probe) => row[plan.probesAt + probe] === true),
    told: plan.told === undefined || row[plan.probesAt + plan.told] === true,
    value: (field: string) => row[plan.columns.get(field) as number] as Value,
  }))
}

/** Why a write by key may not touch this row: NOT_FOUND where the caller cannot see it, FORBIDDEN where it can; undefined where it may. */
export function refusal(row: Located | undefined, entity: string, operation: string): DBALError | undefined {
  if (row === undefined) return new DBALError('NOT_FOUND')
  if (row.holds.some(Boolean)) return undefined
  if (!row.seen) return new DBALError('NOT_FOUND')
  return new DBALError('FORBIDDEN', {
    reason: `Insufficient permissions for operation '${operation}' on this row of entity '${entity}'`,
    entity,
    operation,
  })
}

/** A write by key met no row: the true reason. A row that the rules permit can only have had another version. */
export async function whyMissed(plan: LocatePlan, entity: string, operation: string, params: readonly Value[], running: Running): Promise<DBALError> {
  const [row] = await locate(plan, params, running)
  return refusal(row, entity, operation) ?? new DBALError('CONFLICT', { reason: 'The row has changed since it was read; read it again' })
}
