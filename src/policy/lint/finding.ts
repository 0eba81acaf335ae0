/** What lint reports. Types only. */
import type { Entity, Place } from '../../schema/entity.ts'
import type { Rule } from '../policy.ts'

export type FindingCode =
  | 'no-rules'
  | 'client-writable'
  | 'allow-all'
  | 'unreachable'
  | 'no-index'
  | 'null-defeats'
  | 'hidden-dependency'
  | 'deny-bypassed'
  | 'wider-than-read'
  | 'self-granted'
  | 'idle-part'
  | 'empty-list'
  | 'sensitive-shown'
  | 'dead-clause'
  | 'self-comparison'
  | 'redundant'
  | 'ladder-gap'
  | 'blind-write'
  | 'secret-open'
  | 'across-tenants'
  | 'row-escape'
  | 'time-dependent'

export interface Finding {
  readonly code: FindingCode
  /** `warning`: probably a mistake. `note`: worth a look, often meant. */
  readonly severity: 'warning' | 'note'
  readonly entity: string
  /** Id of the rule; absent where the finding is about an entity. */
  readonly rule?: string
  readonly message: string
  readonly place: Place
}

/** A finding about a rule. */
export const about = (rule: Rule, code: FindingCode, severity: Finding['severity'], message: string): Finding => ({
  code,
  severity,
  entity: rule.entity,
  rule: rule.id,
  place: rule.place,
  message,
})

const reading: ReadonlySet<string> = new Set(['read', 'list', 'count', 'search', 'aggregate', 'find_by', 'list_by', 'tree', 'verify_secret'])
const creating: ReadonlySet<string> = new Set(['create', 'createMany'])
const changing: ReadonlySet<string> = new Set(['update', 'updateMany', 'update_by', 'move', 'reorder'])

/** What the operations that a rule names do with rows. */
export function deeds(
  rule: Rule,
  entity: Entity,
): { readonly reads: boolean; readonly creates: boolean; readonly changes: boolean; readonly writes: boolean } {
  const kinds = [...rule.operations].map((name) => entity.operations.get(name)?.kind ?? '')
  return {
    reads: kinds.some((kind) => reading.has(kind)),
    creates: kinds.some((kind) => creating.has(kind)),
    changes: kinds.some((kind) => changing.has(kind)),
    writes: kinds.some((kind) => !reading.has(kind)),
  }
}
