/** Has the scripts of a row read before it is stored, and again as the row has them. In charge of when; what a script may do is not known here. */
import { DBALError, invalid } from '../../errors/error.ts'
import type { ScriptPlan } from '../../policy/plan/plan.ts'
import type { Entity } from '../../schema/entity.ts'
import { codeFields, complaintsOf, concerns, type ValueOf } from '../../script/check.ts'
import type { Row } from '../shape.ts'

/** The values of a row as far as they are known. Throws VALIDATION_ERROR, MALICIOUS_CODE_DETECTED. */
export function checkScripts(entity: Entity, of: ValueOf, path: string): void {
  const fields = codeFields(entity)
  if (fields.length === 0) return
  const complaints = fields
    .filter((field) => concerns(field).some((name) => of(name) !== undefined))
    .flatMap((field) => complaintsOf(field, of, path))
  if (complaints.length > 0) throw invalid(...complaints)
}

/** A row after a write. A script that the caller may not read is refused without a word of it. */
export function checkStored(entity: Entity, plan: ScriptPlan, row: Row, seen: boolean, path: string): void {
  const field = codeFields(entity).find(({ name }) => name === plan.field)
  if (field === undefined) return
  const of: ValueOf = (name) => row[plan.columns.get(name) ?? -1]
  try {
    const complaints = complaintsOf(field, of, path)
    if (complaints.length > 0) throw invalid(...complaints)
  } catch (error) {
    if (seen || !(error instanceof DBALError)) throw error
    throw new DBALError(error.code, { fields: [{ field: path, error: 'The scripts of the row do not fit what it allows them' }] }, { cause: error })
  }
}
