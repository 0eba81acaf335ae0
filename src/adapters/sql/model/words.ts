/** How the databases differ where tables are made and changed. In charge of the seam that a dialect fills; must not know schemas or plans. */
import type { ColumnModel, IndexModel } from './model.ts'
import type { Operation } from './operation.ts'

/** What tells, by a query, whether a change has been made. */
export interface Probe {
  readonly sql: string
  readonly params: readonly string[]
}

export interface TableWords {
  /** Changes of tables are part of a transaction: a plan happens wholly or not at all. */
  readonly transactional: boolean
  /**
   * How a table becomes another one. `rebuild`: it is made anew (references and conditions stand inside). `parts`: one property of a
   * column at a time. `whole`: a column is declared again.
   */
  readonly alters: 'rebuild' | 'parts' | 'whole'
  /** Indexes and conditions can be made beside writers, outside of a transaction. */
  readonly online: boolean
  /** A constraint changes its name without being looked at again. */
  readonly renamesConstraints: boolean
  /** Parameter number `n`, from 1, in statements of migrations. */
  parameter(n: number): string
  /** A row exactly when the table is there. */
  tableExists(name: string): Probe
  /** What a column of an index is called in it: long text may need a part or a hash. */
  keyPart(column: ColumnModel, index: IndexModel, all: readonly ColumnModel[]): string
  dropIndex(index: IndexModel, online: boolean): string
  /** Absent where an index has to be made again. */
  readonly renameIndex?: (table: string, from: string, to: string) => string
  dropCheck(table: string, name: string): string
  dropReference(table: string, name: string): string
  /** The literal as it stands behind DEFAULT. */
  defaultText(literal: string, column: ColumnModel): string
  /** `column` read as values of `to`, exactly or with an error; undefined where there is no such way. */
  convert(column: string, from: ColumnModel, to: ColumnModel): string | undefined
  /** Where statements are not part of a transaction: a query that gives a row exactly when `operation` has been made. Absent: it may be made twice. */
  readonly probe?: (operation: Operation) => Probe | undefined
  /** What clears away a half-made thing before the operation is made again. */
  readonly undo?: (operation: Operation) => string | undefined
}
