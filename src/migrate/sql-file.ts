/** A plan as a file that people review, and may run by hand. Pure: in charge of its text; must not know databases or where files go. */
import type { Dialect } from '../adapters/sql/dialect.ts'
import { statementsOf } from '../adapters/sql/model/statements.ts'
import type { Refusal, Step } from '../adapters/sql/model/step.ts'

export interface PlanFile {
  readonly name: string
  readonly text: string
}

/** `number`: that of the history's next entry. */
export function planFile(
  number: number,
  schema: string,
  plan: { readonly steps: readonly Step[]; readonly refused: readonly Refusal[] },
  dialect: Dialect,
): PlanFile {
  const { steps, refused } = plan
  const marks = (['safe', 'locking', 'destructive'] as const).map((mark) => `${steps.filter((step) => step.mark === mark).length} ${mark}`).join(', ')
  const head = [
    `-- Migration ${number} to schema ${schema}, for ${dialect.name}: ${steps.length} steps (${marks}).`,
    '-- Written by `dbal migrate plan` for review. `dbal migrate apply` makes the same steps, under a lock and with a journal: statements that',
    '-- are run by hand are not noted in the history.',
    dialect.tables.transactional
      ? '-- One transaction, but for steps that say otherwise.'
      : '-- This database ends a transaction at each of these statements: one by one.',
    ...refused.map(
      ({ entity, field, why, advice }) =>
        `-- NOT POSSIBLE ${field === undefined ? entity : `${entity}.${field}`}: ${oneLine(why)}. ${oneLine(advice)}`,
    ),
  ]
  const body = steps.map(
    (step, i) =>
      `${header(step, i + 1)}\n${statementsOf(step.operation, dialect)
        .map((text) => `${text};`)
        .join('\n')}\n`,
  )
  return { name: `${String(number).padStart(4, '0')}_${schema}.sql`, text: `${head.join('\n')}\n\n${body.join('\n')}` }
}

function header({ mark, entity, fields, why, breaks, alone, advice }: Step, number: number): string {
  const lines = [`-- ${number}. [${mark}] ${fields.length === 0 ? entity : `${entity} (${fields.join(', ')})`}: ${oneLine(why)}`]
  if (breaks) lines.push('--    Programs of the schema before stop working beside it.')
  if (alone) lines.push('--    Outside of a transaction.')
  if (advice !== undefined) lines.push(`--    ${oneLine(advice)}`)
  return lines.join('\n')
}

/** Names come from a schema; a line break in one would end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, ' ')
}
