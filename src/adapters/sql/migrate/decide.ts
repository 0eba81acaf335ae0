/** Whether a database may be brought to a schema, and by which steps. In charge of refusing with instructions; must not run anything. */
import { DBALError } from '../../../errors/error.ts'
import type { Dialect } from '../dialect.ts'
import { type Diff, diff } from '../model/diff.ts'
import { columnOf, type Model, tableOf } from '../model/model.ts'
import type { Refusal, Step } from '../model/step.ts'
import type { Entry } from './history.ts'

export interface Permission {
  /** `additive`: what is made at start without asking. */
  readonly extent: 'additive' | 'any'
  readonly destructive: boolean
  /** Back to a schema that the database has been beyond. */
  readonly back: boolean
  readonly online: boolean
}

export const atStart: Permission = { extent: 'additive', destructive: false, back: false, online: false }

/** The schema was in force here before another one took its place. */
export function isOlder(history: readonly Entry[], schema: string): boolean {
  const reached = history.filter((entry) => entry.state === 'done')
  return reached.at(-1)?.schema !== schema && reached.some((entry) => entry.schema === schema)
}

/**
 * Can programs of the schema whose form is `wanted` work on `model`? Everything that they know is there, and rows that they write are
 * whole: what expand and contract relies on while old and new programs run side by side.
 */
export function serves(model: Model, wanted: Model): boolean {
  return wanted.tables.every((table) => {
    const there = tableOf(model, table.name)
    if (there === undefined || there.key.join('\0') !== table.key.join('\0')) return false
    const known = table.columns.every((column) => {
      const found = columnOf(there, column.name)
      return (
        found !== undefined &&
        found.type === column.type &&
        found.check?.text === column.check?.text &&
        (found.nullable || !column.nullable) === true &&
        found.nullable === column.nullable
      )
    })
    return known && there.columns.every((column) => columnOf(table, column.name) !== undefined || column.nullable || column.default !== undefined)
  })
}

/** DATABASE_ERROR with instructions where the plan asks for more than was permitted. */
export function permitted(old: Model, wanted: Model, dialect: Dialect, permission: Permission): Diff {
  const found = diff(old, wanted, dialect, { online: permission.online })
  const [refused] = found.refused
  if (refused !== undefined) throw refusal(refused, found.refused.length - 1)
  if (permission.extent === 'additive') {
    const other = found.steps.find((step) => !step.additive)
    if (other !== undefined)
      throw stop(`${aboutStep(other)}: ${other.why} This change is not additive: run \`dbal migrate plan\` to see it, or start with a new database.`)
  }
  const lossy = found.steps.filter(({ mark }) => mark === 'destructive')
  if (lossy.length > 0 && !permission.destructive) {
    const [first] = lossy as [Step]
    throw stop(
      `${aboutStep(first)}: ${first.why} ${lossy.length === 1 ? 'This step is' : `${lossy.length} steps are`} destructive: see \`dbal migrate plan\`, then give --allow-destructive.`,
    )
  }
  return found
}

export function refusal({ entity, field, why, advice }: Refusal, more: number): DBALError {
  const others = more === 0 ? '' : ` (and ${more} more: see \`dbal migrate plan\`)`
  return stop(`${field === undefined ? entity : `${entity}.${field}`}: ${why}. ${advice} Then run \`dbal migrate plan\` again${others}.`)
}

export function aboutStep({ entity, fields }: Pick<Step, 'entity' | 'fields'>): string {
  return fields.length === 0 ? entity : fields.map((field) => `${entity}.${field}`).join(', ')
}

export function tooOld(): DBALError {
  return stop(
    'The database has been brought to a newer schema than this one, and programs of this schema cannot work on it. Start a version whose schema is the newer one; to go back on purpose, run `dbal migrate apply --back`.',
  )
}

export function behind(steps: number): DBALError {
  return stop(
    `The database is behind the schema by ${steps} ${steps === 1 ? 'change' : 'changes'}. Run dbal migrate apply, or set database.auto_migrate: true`,
  )
}

export function stop(hint: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint })
}
