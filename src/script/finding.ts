/** What reading a script can come to. Types only; must not know rows, callers or errors of the API. */

/** Lines and columns count from 1; columns are characters. */
export interface Spot {
  readonly line: number
  readonly column: number
}

/** Something that no script may do. `construct` is written as scripts write it (`os`, `string.dump`). */
export interface Incident extends Spot {
  readonly construct: string
}

/** Something that is refused without suspicion: the sentence goes to the caller. */
export interface Fault extends Spot {
  readonly error: string
}

export interface UsedGlobal extends Spot {
  readonly name: string
}

/** Lists hold each construct and each name once, where it stands first. */
export interface Reading {
  readonly faults: readonly Fault[]
  readonly incidents: readonly Incident[]
  /** Globals that the language does not bring along and the script does not make itself. */
  readonly globals: readonly UsedGlobal[]
}
