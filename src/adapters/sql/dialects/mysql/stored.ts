/**
 * Columns of tables that others made, whose collation may take different texts for equal. In charge of comparing them by code point
 * and of the help that their indexes still are; must not know queries.
 */
import { collationOf, type Flavour } from './flavour.ts'

/** In the place of a collation, of a column of times with more digits of a second than three. */
export const fine = '(fine)'

/** The collation of each text column that has another one than DBAL's, by table and column; `fine` of a column of times. */
export type ForeignColumns = ReadonlyMap<string, string>

/** Servers differ in whether names of tables keep their case. */
export function foreignKey(table: string, column: string): string {
  return `${table.toLowerCase()}\0${column.toLowerCase()}`
}

/** Names of collations come from the server and stand in texts. */
const collationForm = /^\w+$/

interface Raw {
  readonly sql: string
  readonly collation: string
}

export class Stored {
  readonly #foreign: ForeignColumns
  readonly #collation: string
  /** What stands behind a wrapped column: its own name, and its collation. As many as there are columns and aliases of them. */
  readonly #raw = new Map<string, Raw>()

  constructor(flavour: Flavour, foreign: ForeignColumns) {
    this.#foreign = foreign
    this.#collation = collationOf(flavour)
  }

  /** The column as it is compared, sorted and read. */
  column(table: string, column: string, sql: string): string {
    const collation = this.#foreign.size === 0 ? undefined : this.#foreign.get(foreignKey(table, column))
    if (collation === undefined || !collationForm.test(collation)) return sql
    const wrapped = `CONVERT(${sql} USING utf8mb4) COLLATE ${this.#collation}`
    this.#raw.set(wrapped, { sql, collation })
    return wrapped
  }

  /** What is finer than a millisecond is dropped by reading; a cursor or filter made of what was read finds its row only without it. */
  time(table: string, column: string, sql: string): string {
    if (this.#foreign.size === 0 || this.#foreign.get(foreignKey(table, column)) !== fine) return sql
    return `(${sql} - INTERVAL (MICROSECOND(${sql}) % 1000) MICROSECOND)`
  }

  /** Equal by code point. What the column's own collation takes for equal is more, never less: its index finds that first. */
  equal(left: string, right: string): string {
    const [a, b] = [this.#raw.get(left), this.#raw.get(right)]
    const exact = `${left} = ${right}`
    if (a !== undefined && b !== undefined) return a.collation === b.collation ? `${a.sql} = ${b.sql} AND ${exact}` : exact
    const suffix = ` COLLATE ${this.#collation}`
    // A bound value takes on the collation of the column; any other expression may have one of its own.
    if (a !== undefined && /^\0\d+\0 COLLATE \w+$/.test(right)) return `${a.sql} = ${right.slice(0, -suffix.length)} AND ${exact}`
    return exact
  }

  /** As `equal`, for a list. `test` makes the condition of an expression and of the collation of the list's elements. */
  among(left: string, test: (left: string, collation: string) => string): string {
    const raw = this.#raw.get(left)
    const exact = test(left, this.#collation)
    return raw === undefined || !raw.collation.startsWith('utf8mb4') ? exact : `${test(raw.sql, raw.collation)} AND ${exact}`
  }
}
