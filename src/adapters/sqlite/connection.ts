/** One open database on this thread. In charge of pragmas and prepared statements; must not know queries, locks or threads. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { Physical } from '../sql/dialect.ts'
import type { Raw } from '../sql/run/plan.ts'
import { type Clock, DeadlinePassed, registerFunctions } from './functions.ts'
import { memory, type Opening } from './options.ts'

/** Statements that stay prepared; past that the one not used for longest is forgotten. */
const statementLimit = 500
/** Milliseconds that a statement waits for a lock of another process. */
const busyTimeout = 5000

export class Connection {
  readonly #db: DatabaseSync
  readonly #clock: Clock = { deadline: Infinity }
  readonly #statements = new LRUCache<string, StatementSync>({ max: statementLimit })

  constructor(opening: Opening) {
    const { path } = opening
    if (path !== memory) mkdirSync(dirname(path), { recursive: true })
    this.#db = new DatabaseSync(path, { timeout: busyTimeout, enableForeignKeyConstraints: true, returnArrays: true })
    if (path !== memory) this.#db.exec('PRAGMA journal_mode = WAL')
    this.#db.exec(`PRAGMA synchronous = ${opening.synchronous}; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000`)
    if (opening.readOnly) this.#db.exec('PRAGMA query_only = ON')
    registerFunctions(this.#db, this.#clock)
    this.#db.enableDefensive(true)
  }

  /** Whether a transaction is open; SQLite ends one by itself after some errors (full disk, I/O). */
  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  prepare(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  /** Runs to the end. `deadline`: on this thread's `performance.now()`; past it nothing starts, and checked statements stop. */
  run(statement: StatementSync, values: readonly Physical[], rows: boolean, deadline: number | undefined): Raw {
    if (deadline === undefined) this.#clock.deadline = Infinity
    else if (performance.now() > deadline) throw new DeadlinePassed()
    else this.#clock.deadline = deadline
    // SQLite's codecs make no booleans, which its driver does not take.
    const given = values as readonly SQLInputValue[]
    if (rows) return (given.length === 1 ? statement.all(given[0] as SQLInputValue) : statement.all(...given)) as unknown as Physical[][]
    return Number(statement.run(...given).changes)
  }

  exec(text: string): void {
    this.#db.exec(text)
  }

  close(): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }
}
