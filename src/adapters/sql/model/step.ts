/** One step of a plan: a change, and what whoever runs it has to know. In charge of that form; must not know how plans are made. */
import type { Operation } from './operation.ts'

/**
 * `safe`: nobody waits for longer than a moment. `locking`: rows are rewritten or looked at while writers (or all) wait.
 * `destructive`: something that was stored, or was allowed to be, is so no longer.
 */
export type Mark = 'safe' | 'locking' | 'destructive'

export interface Step {
  readonly operation: Operation
  readonly mark: Mark
  /** One sentence. */
  readonly why: string
  readonly entity: string
  readonly fields: readonly string[]
  /** Programs with the schema before stop working beside it. */
  readonly breaks: boolean
  /** Only something new: may be made at start. */
  readonly additive: boolean
  /** Runs by itself, outside of the transaction of its neighbours. */
  readonly alone: boolean
  /** How to do it without an interruption, in several releases. */
  readonly advice?: string
}

/** What the schema asks for and no statement can do, and what to do instead. */
export interface Refusal {
  readonly entity: string
  readonly field?: string
  readonly why: string
  readonly advice: string
}

const order: readonly Mark[] = ['safe', 'locking', 'destructive']

/** The one that has to be minded most. */
export function gravest(marks: readonly Mark[]): Mark {
  return order[Math.max(0, ...marks.map((mark) => order.indexOf(mark)))] as Mark
}
