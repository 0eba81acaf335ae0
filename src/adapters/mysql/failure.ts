/** Complaints of server and driver as the errors of the seam. In charge of what may be said about them; must not know how statements run. */
import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Query } from '../../query/ast.ts'
import { foldName } from '../sql/dialects/mysql/fold.ts'
import { fieldsOfColumns, timedOut } from '../sql/errors.ts'
import { fittingName } from '../sql/model/model.ts'
import { shadowColumn } from '../sql/scope.ts'
import { hintOfName, hints } from './hints.ts'

/** As the driver throws it. */
export interface DriverError {
  readonly errno?: number
  readonly code?: string
  readonly sqlMessage?: string | null
  readonly fatal?: boolean
}

/** The deadline of the call has passed; what the server says of it does not matter any more. */
export class Overdue extends Error {
  /** The connection had to be cut before the server answered: a write may have happened. */
  readonly unknown: boolean
  constructor(unknown = false, cause?: unknown) {
    super('overdue', { cause })
    this.unknown = unknown
  }
}

/** Server's numbers (mariadb.com/kb/en/mariadb-error-code-reference, dev.mysql.com/doc/mysql-errors). */
const collisions: ReadonlySet<number> = new Set([1020, 1205, 1213, 1412, 3572])
const overdue: ReadonlySet<number> = new Set([1317, 1969, 3024])
const crowded: ReadonlySet<number> = new Set([1040, 1203, 1226])
const tooDeep: ReadonlySet<number> = new Set([1296, 3008])
const duplicate: ReadonlySet<number> = new Set([1062, 1557, 1586])
const restricted: ReadonlySet<number> = new Set([1217, 1451])
const dangling: ReadonlySet<number> = new Set([1216, 1452])
const conditions: ReadonlySet<number> = new Set([3819, 4025])
const misfits: ReadonlySet<number> = new Set([1048, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 3140])

/** Two writers met: the same work can succeed when it is done again. */
export function isCollision(error: unknown): boolean {
  const { errno } = error as DriverError
  return errno !== undefined && collisions.has(errno)
}

export function isOverdue(error: unknown): boolean {
  return error instanceof Overdue || overdue.has((error as DriverError).errno ?? 0)
}

/** The server has no connection to give. */
export function isCrowded(error: unknown): boolean {
  return crowded.has((error as DriverError).errno ?? 0)
}

/** A row of a deletion was still referred to when its turn came, or cascades went deeper than the engine of the database goes. */
export function refusesOrder(error: unknown): boolean {
  if (error instanceof ConstraintError) return error.constraint === 'restrict'
  return error instanceof DBALError && tooDeep.has((error.cause as DriverError | undefined)?.errno ?? 0)
}

/** The error for callers of the adapter. `query` says which constraint can have been meant. */
export function translate(error: unknown, query?: Query): Error {
  if (error instanceof DBALError || error instanceof ConstraintError) return error
  if (error instanceof Overdue && error.unknown) return new DBALError('TIMEOUT', { outcome: 'unknown' }, { cause: error })
  if (isOverdue(error)) return timedOut()
  const { errno = 0, code, sqlMessage } = error as DriverError
  const text = sqlMessage ?? ''
  if (query !== undefined) {
    const constraint = constraintError(errno, text, query, error)
    if (constraint !== undefined) return constraint
  }
  const missing = missingCapability(errno, text)
  if (missing !== undefined) return new DBALError('CAPABILITY_NOT_SUPPORTED', { hint: missing }, { cause: error })
  const hint = hints[errno] ?? (code === undefined ? undefined : hintOfName(code))
  return new DBALError('DATABASE_ERROR', hint === undefined ? {} : { hint }, { cause: error })
}

function missingCapability(errno: number, text: string): string | undefined {
  if ((errno === 1305 || errno === 1370) && text.includes(foldName))
    return 'Comparing without case needs a function that could not be made in this database: the account needs CREATE ROUTINE, and log_bin_trust_function_creators where there is a binary log; then run dbal migrate apply'
  if (errno === 1242 || errno === 1038)
    return 'This database does not sort or group by texts of more than 16384 characters, and does not look into JSON of 32 levels'
  return undefined
}

function constraintError(errno: number, text: string, query: Query, cause: unknown): ConstraintError | undefined {
  const { entity } = query
  if (duplicate.has(errno)) return new ConstraintError('unique', uniqueFields(text, query), cause)
  if (restricted.has(errno)) return query.kind === 'delete' ? new ConstraintError('restrict', [], cause) : new ConstraintError('reference', [], cause)
  if (dangling.has(errno)) return new ConstraintError('reference', referenceFields(text, query), cause)
  if (conditions.has(errno)) {
    const name = /CONSTRAINT `(.+?)` failed|constraint '(.+?)' is violated/i.exec(text)
    const [table = '', column = ''] = (name?.[1] ?? name?.[2] ?? '').split('.')
    const columns = table === entity.table ? [column] : [...entity.fields.values()].map((field) => field.column).filter((own) => own === table)
    return new ConstraintError('other', fieldsOfColumns(entity, columns), cause)
  }
  if (misfits.has(errno))
    return new ConstraintError('other', fieldsOfColumns(entity, columnsOf(text, / column '?`?(?:[^']*\.)?`?([^'`.]+)`?'/i)), cause)
  return undefined
}

function columnsOf(text: string, pattern: RegExp): readonly string[] {
  const name =
    pattern.exec(text)?.[1] ??
    /Column '(.+?)' cannot be null|Field '(.+?)' doesn't/
      .exec(text)
      ?.slice(1)
      .find((part) => part !== undefined)
  return name === undefined ? [] : [name]
}

/** `… for key 'users_email_key'`, of MySQL with the table before; the value stands before it and may say anything. */
function uniqueFields(text: string, { entity }: Query): readonly string[] {
  const start = text.lastIndexOf("for key '")
  if (start < 0) return []
  const full = text.slice(start + "for key '".length).replace(/'[^']*$/, '')
  const name = full.startsWith(`${entity.table}.`) ? full.slice(entity.table.length + 1) : full
  if (name === 'PRIMARY') return entity.key
  const tenant = entity.tenant === undefined ? [] : [entity.tenant]
  const scoped = (fields: readonly string[]): readonly string[] => (fields.includes(entity.tenant ?? '') ? fields : [...tenant, ...fields])
  const columnOf = (field: string): string => entity.fields.get(field)?.column ?? field
  for (const index of entity.indexes) {
    if (!index.unique) continue
    const own = index.name.startsWith(`${entity.table}_`) ? index.name : `${entity.table}_${index.name}`
    if (fittingName(own) === name) return scoped(index.fields)
  }
  for (const field of entity.fields.values()) {
    const fields = scoped([field.name])
    const before = fields.slice(0, -1).map(columnOf)
    const columns =
      field.name === entity.tenant
        ? [[field.column]]
        : [
            [...before, field.column],
            [...before, shadowColumn(field)],
          ]
    if (columns.some((each) => fittingName(`${entity.table}_${each.join('_')}_key`) === name)) return fields
  }
  return []
}

/** ``… FOREIGN KEY (`team_id`) REFERENCES …`` */
function referenceFields(text: string, { entity }: Query): readonly string[] {
  const list = /FOREIGN KEY \((.+?)\) REFERENCES/.exec(text)?.[1] ?? ''
  const columns = list.split(', ').map((name) => name.replaceAll('`', ''))
  return fieldsOfColumns(entity, columns).filter((name) => entity.fields.get(name)?.foreignKey !== undefined)
}
