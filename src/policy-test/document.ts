/** What a policy test file says, as values. In charge of types only. */
import type { ErrorName } from '../errors/table.ts'
import type { Principal } from '../policy/principal.ts'
import type { Place, Value } from '../schema/entity.ts'
import type { GivenRows } from './given.ts'

export interface TestFile {
  readonly path: string
  /** Milliseconds since 1970: the time of all calls. */
  readonly now: number
  readonly given: GivenRows
  /** By the names that the file gives them. */
  readonly principals: ReadonlyMap<string, Principal>
  readonly tests: readonly PolicyTest[]
}

/** Steps in a world of their own. */
export interface PolicyTest {
  readonly name: string
  readonly path: string
  readonly place: Place
  readonly steps: readonly Step[]
}

export interface Step {
  /** The name of the caller, as the file has it. */
  readonly as: string
  readonly who: Principal
  readonly method: string
  readonly params: readonly Value[]
  /** As it is shown: `read Note milk`. */
  readonly shown: string
  /** The entity that the call names. */
  readonly entity?: string
  readonly operation?: string
  readonly expected: Expected
  readonly place: Place
}

/** A row that was given, or values that a row has among others. */
export type ExpectedRow = { readonly label: string } | { readonly has: Readonly<Record<string, Value>> }

/** What is absent is not looked at. */
export interface Expected {
  readonly rows?: readonly ExpectedRow[]
  readonly ordered?: boolean
  readonly count?: number
  readonly total?: number
  readonly fields?: readonly string[]
  readonly hides?: readonly string[]
  readonly row?: Readonly<Record<string, Value>>
  readonly value?: Value
  readonly error?: ErrorName
  readonly reason?: string
  readonly at?: readonly string[]
}
