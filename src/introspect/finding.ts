/** What the reading of a database could not say in YAML, as plain data. In charge of the form alone. */

export interface Finding {
  /** `left out`: not in the schema. `differs`: in it, but the database means something else by it, or keeps other values. */
  readonly kind: 'left out' | 'differs'
  readonly table: string
  /** The column, index, check or other thing that it is about; absent where it is the table. */
  readonly about?: string
  /** A sentence: why, and what can be done. */
  readonly why: string
}

/** `table.about  kind: why` for people. */
export function sentenceOf({ table, about, kind, why }: Finding): string {
  return `${about === undefined ? table : `${table}, ${about}`}: ${kind === 'left out' ? 'left out' : 'differs'}: ${why}`
}
