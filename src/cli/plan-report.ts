/** Plans, drift and history as text and as JSON. In charge of the form; must not look at databases. */
import type { Dialect } from '../adapters/sql/dialect.ts'
import { statementsOf } from '../adapters/sql/model/statements.ts'
import type { Mark, Step } from '../adapters/sql/model/step.ts'
import { driftLine } from '../migrate/drift.ts'
import type { Survey } from '../migrate/survey.ts'
import { paint, visible } from './terminal.ts'

const colours = { safe: 'green', locking: 'yellow', destructive: 'red' } as const satisfies Record<Mark, string>

export function about({ entity, fields }: Pick<Step, 'entity' | 'fields'>): string {
  return visible(fields.length === 0 ? entity : `${entity} (${fields.join(', ')})`)
}

export function stepLine(step: Step, index: number, all: number): string {
  return `${String(index + 1).padStart(String(all).length)}/${all} ${paint(colours[step.mark], step.mark.padEnd(11))} ${about(step)}: ${step.why}`
}

/** Statements stand below their step. */
export function planText(found: Survey, dialect: Dialect): string {
  // Whoever means to take tables over wants none of the steps.
  const lines: string[] = foreignLines(found)
  const { steps, refused } = found
  if (steps.length === 0 && refused.length === 0) lines.push(`The database is up to date with schema ${found.schema}`)
  else lines.push(`${steps.length} ${steps.length === 1 ? 'step' : 'steps'} to schema ${found.schema}, for ${dialect.name}:`)
  steps.forEach((step, i) => {
    lines.push('', stepLine(step, i, steps.length))
    if (step.breaks) lines.push('  ! programs of the schema before stop working beside it')
    if (step.advice !== undefined) lines.push(`  → ${step.advice}`)
    for (const text of statementsOf(step.operation, dialect)) lines.push(paint('dim', visible(text.replaceAll('\n', ' ')).replace(/^/, '    ')))
  })
  for (const { entity, field, why, advice } of refused)
    lines.push('', `${paint('red', 'not possible')} ${visible(field === undefined ? entity : `${entity}.${field}`)}: ${why}`, `  → ${advice}`)
  return [...lines, ...warnings(found)].join('\n')
}

export function warnings(found: Survey): string[] {
  const lines: string[] = []
  if (found.drift.length > 0)
    lines.push('', 'Somebody else has changed tables since the last migration:', ...found.drift.map((drift) => `  ${visible(driftLine(drift))}`))
  if (found.unfinished !== undefined)
    lines.push(
      '',
      `Migration ${found.unfinished.id} was not finished (${found.unfinished.done} of ${found.unfinished.plan.length} steps are made): dbal migrate apply goes on`,
    )
  if (found.older) lines.push('', 'The database has been brought to a newer schema than this one: dbal migrate apply refuses without --back')
  return lines
}

/** Ends with an empty line where there are any. */
export function foreignLines({ foreign }: Survey): string[] {
  if (foreign.length === 0) return []
  const first = `Tables that DBAL did not make are there for ${visible(foreign.join(', '))}: dbal migrate baseline takes them over.`
  return [first, 'Until then nothing below can be made.', '']
}

export function surveyJson(found: Survey, dialect: Dialect): Record<string, unknown> {
  return {
    schema: found.schema,
    dialect: dialect.name,
    upToDate: isUpToDate(found),
    steps: found.steps.map((step, i) => {
      const { mark, entity, fields, why, breaks, alone, advice } = step
      return {
        step: i + 1,
        mark,
        entity,
        fields,
        why,
        breaks,
        alone,
        ...(advice === undefined ? {} : { advice }),
        sql: statementsOf(step.operation, dialect),
      }
    }),
    refused: found.refused,
    drift: found.drift,
    older: found.older,
    ...(found.unfinished === undefined
      ? {}
      : { unfinished: { migration: found.unfinished.id, done: found.unfinished.done, steps: found.unfinished.plan.length } }),
    foreign: found.foreign,
    history: found.history.map(({ id, kind, schema, state, started, finished }) => ({
      id,
      kind,
      schema,
      state,
      started,
      ...(finished === undefined ? {} : { finished }),
    })),
  }
}

export function isUpToDate({ steps, refused, drift, unfinished, older }: Survey): boolean {
  return steps.length === 0 && refused.length === 0 && drift.length === 0 && unfinished === undefined && !older
}
