/** What lint reports. Types only. */
import type { Place } from '../../schema/entity.ts'

export type FindingCode = 'no-rules' | 'client-writable' | 'allow-all' | 'unreachable' | 'no-index' | 'null-defeats' | 'hidden-dependency'

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
