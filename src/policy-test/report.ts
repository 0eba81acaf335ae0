/** Results of policy tests as text for people and as values for machines. Must not know terminals or files. */
import { printPredicate } from '../query/print.ts'
import type { Place } from '../schema/entity.ts'
import type { RuleCoverage } from './coverage.ts'
import type { Outcome } from './run.ts'

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

/** What was expected, what came, and which rules the caller met. */
export function failureText({ test, failure }: Outcome): string[] {
  if (failure === undefined) return []
  const { step, differences, rules } = failure
  const { who } = step
  const role = who.kind === 'user' && step.as !== who.role ? ` (${who.role})` : ''
  return [
    `${placeText(step.place)}  ${test.name}`,
    `  call      ${step.shown}, as ${step.as}${role}`,
    ...differences.flatMap(({ expected, got }) => [`  expected  ${expected}`, `  got       ${got}`]),
    ...rules.map((rule, i) => {
      const rows = printPredicate(rule.rows)
      return `  ${i === 0 ? 'rules ' : '      '}    ${rule.effect} ${rule.id} (${placeText(rule.place)})${rows === 'always' ? '' : `: ${rows}`}`
    }),
    ...(rules.length === 0 && step.entity !== undefined && who.kind !== 'system' ? [`  rules     none for ${step.as}, so it is refused`] : []),
  ]
}

export interface CoverageSum {
  readonly noticed: number
  readonly changes: number
  /** Whole percents, rounded down: 100 means all. */
  readonly percent: number
}

export function sumOf(rules: readonly RuleCoverage[]): CoverageSum {
  const parts = rules.flatMap((rule) => rule.parts)
  const noticed = parts.filter((part) => part.noticed).length
  return { noticed, changes: parts.length, percent: parts.length === 0 ? 100 : Math.floor((100 * noticed) / parts.length) }
}

/** Rules that could go without any test noticing, then what could change unnoticed. */
export function coverageText(rules: readonly RuleCoverage[]): string[] {
  const idle = rules.filter((rule) => !rule.exercised)
  const weak = rules.filter((rule) => rule.exercised && rule.parts.some((part) => !part.noticed))
  return [
    ...(idle.length === 0
      ? []
      : ['Rules that no test exercises:', ...idle.map(({ rule }) => `  ${placeText(rule.place)}  ${rule.effect} ${rule.id}`)]),
    ...(weak.length === 0 ? [] : ['Changes that no test would notice:']),
    ...weak.flatMap(({ rule, parts }) => [
      `  ${placeText(rule.place)}  ${rule.effect} ${rule.id}`,
      ...parts.filter((part) => !part.noticed).map((part) => `    if ${part.change}`),
    ]),
  ]
}

/** One JSON value that says the same. */
export function resultValue(outcomes: readonly Outcome[], rules: readonly RuleCoverage[] | undefined): unknown {
  const failed = outcomes.filter((outcome) => outcome.failure !== undefined)
  return {
    passed: outcomes.length - failed.length,
    failed: failed.length,
    failures: failed.map(({ test, failure }) => ({
      name: test.name,
      place: placeText(failure?.step.place ?? test.place),
      as: failure?.step.as,
      call: [failure?.step.method, ...(failure?.step.params ?? [])],
      differences: failure?.differences,
      rules: failure?.rules.map(({ id, effect, place, rows }) => ({ id, effect, place: placeText(place), rows: printPredicate(rows) })),
    })),
    ...(rules === undefined
      ? {}
      : {
          coverage: {
            ...sumOf(rules),
            rules: rules.map(({ rule, exercised, parts }) => ({
              id: rule.id,
              entity: rule.entity,
              place: placeText(rule.place),
              exercised,
              changes: parts,
            })),
          },
        }),
  }
}
