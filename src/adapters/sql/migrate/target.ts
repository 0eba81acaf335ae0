/** A database as migrations see it. In charge of the seam that each driver fills; must not know plans. */
import type { Dialect, Physical } from '../dialect.ts'

/** One connection, held by one migration. Errors of the driver come as they are. */
export interface MigrationTarget {
  readonly dialect: Dialect
  /** Parameters are numbered as `dialect.tables.parameter` says. Values in the order of the columns. */
  query(sql: string, params?: readonly Physical[]): Promise<readonly (readonly unknown[])[]>
  execute(sql: string, params?: readonly Physical[]): Promise<void>
  /**
   * Until `unlock` nobody else migrates this database; the end of the connection frees it too. DATABASE_ERROR with a hint after
   * `wait` milliseconds. Where the lock is a transaction (SQLite), `begin` and `rollback` stay inside it and `commit` ends it.
   */
  lock(wait: number): Promise<void>
  unlock(): Promise<void>
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Makes the functions that statements of steps call, where they are the database's own. Called under the lock; may be called often. */
  readonly equip?: () => Promise<void>
  /** As `query`, with the names of the columns: for catalogues, which only read. Absent where a held connection cannot tell names. */
  readonly records?: Records
}

export type Records = (sql: string, params?: readonly (string | number)[]) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** A target with a connection of its own. */
export interface OwnTarget extends MigrationTarget {
  readonly records: Records
  close(): Promise<void>
}

/** Milliseconds that a starter waits for another one that migrates: an ordinary plan takes seconds. */
export const usualLockWait = 60_000
