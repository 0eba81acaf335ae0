/** Looks at a loaded policy for what is legal but probably not meant (contract 6.7). Changes nothing and refuses nothing. */
import type { Schema } from '../schema/entity.ts'
import { deadClauses } from './lint/clauses.ts'
import { nullDefeats, timeDependent, withoutIndex } from './lint/conditions.ts'
import type { Finding } from './lint/finding.ts'
import { allowAll, clientWritable, unreachable, withoutRules } from './lint/grants.ts'
import { hiddenDependencies } from './lint/hidden.ts'
import { blindWrites, idleParts, rowEscape, secretOpen, sensitiveShown } from './lint/parts.ts'
import { denyBypassed, ladderGaps, redundant, selfGranted, widerThanRead } from './lint/relations.ts'
import type { Policy } from './policy.ts'

export type { Finding, FindingCode } from './lint/finding.ts'

/** All findings, in the order of files and lines. */
export function lintPolicy(schema: Schema, policy: Policy): Finding[] {
  const findings = withoutRules(schema, policy)
  for (const rule of policy.rules) {
    const entity = schema.entities.get(rule.entity)
    if (entity === undefined || entity.internal) continue
    const dead = unreachable(rule, entity, policy)
    // What never does anything need not be good.
    if (dead.length > 0) findings.push(...dead)
    else
      findings.push(
        ...allowAll(rule, entity),
        ...clientWritable(rule, entity, schema),
        ...withoutIndex(rule, entity),
        ...nullDefeats(rule, entity),
        ...hiddenDependencies(rule, entity, policy),
        ...timeDependent(rule, entity),
        ...deadClauses(rule, entity),
        ...idleParts(rule, entity),
        ...sensitiveShown(rule, entity, schema),
        ...rowEscape(rule, entity),
        ...secretOpen(rule, entity, schema),
        ...blindWrites(rule, entity, policy),
        ...denyBypassed(rule, entity, schema, policy),
        ...widerThanRead(rule, entity, policy),
        ...selfGranted(rule, entity, schema, policy),
        ...redundant(rule, policy),
        ...ladderGaps(rule, entity, schema, policy),
      )
  }
  return findings.sort(
    (a, b) =>
      compare(a.place.file, b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
