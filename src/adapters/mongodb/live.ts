/** The adapter behind an open client. In charge of which way a query goes: alone, in a snapshot, or in a transaction. Loads the driver. */
import { type Adapter, ConstraintError, type Described, type RunOptions, type Transaction } from '../../adapter/adapter.ts'
import { serverDefaults } from '../../adapter/server.ts'
import { DBALError } from '../../errors/error.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Entity, Schema } from '../../schema/entity.ts'
import { prepareSchema } from './model/prepare.ts'
import { type Shape, shapeOf } from './model/shape.ts'
import { type MongodbOptions, openingOf } from './options.ts'
import { Channel } from './run/channel.ts'
import { Connection } from './run/connection.ts'
import { describe } from './run/describe.ts'
import { translate } from './run/failure.ts'
import { Lanes } from './run/lanes.ts'
import { isWriting, Statements, type Writing } from './run/statements.ts'
import { readTransaction, type Transacting, writeTransaction } from './run/transaction.ts'
import { Ledger } from './write/ledger.ts'
import { type Change, signature, tupleOf } from './write/rows.ts'
import { insertChanges } from './write/statement.ts'
import { refuseTaken } from './write/uniques.ts'

export class LiveMongodb implements Omit<Adapter, 'name' | 'capabilities'> {
  readonly #connection: Connection
  readonly #statements = new Statements()
  readonly #most: number
  readonly #lanes = new Lanes()
  #shape: Shape | undefined
  #closed = false

  constructor(options: MongodbOptions) {
    try {
      this.#connection = new Connection(openingOf(options), options.onCommand)
    } catch (error) {
      throw translate(error)
    }
    this.#most = options.statementTimeout ?? serverDefaults.statementTimeout
  }

  /** Undefined before the server has been asked. */
  get transactions(): boolean | undefined {
    return this.#connection.knownTransactions
  }

  async run(query: Authorized<Query>, args: Args, options: RunOptions = {}): Promise<Answer> {
    assertAuthorized(query)
    return this.#translated(async () => {
      if (isWriting(query)) return this.#write(query, args, options)
      return this.#statements.read(query)((await this.#alone(options)).under(options), args)
    })
  }

  async describe(query: Authorized<Query>, args: Args, options: RunOptions = {}): Promise<Described | undefined> {
    assertAuthorized(query)
    return this.#translated(() => describe({ db: this.#connection.db, statements: this.#statements, most: this.#most }, query, args, options))
  }

  async #alone(options: RunOptions): Promise<Channel> {
    return new Channel(this.#connection.db, undefined, await this.#connection.transactions(options), this.#most)
  }

  /** One row that refers to nothing is whole by itself: the server writes it or not. Everything else takes a transaction. */
  async #write(query: Authorized<Writing>, args: Args, options: RunOptions): Promise<Answer> {
    if (query.kind === 'insert' && args.rows?.length === 0) return { rows: [], affected: 0 }
    if (query.kind === 'insert' && args.rows?.length === 1) {
      const changes = insertChanges(query, args)
      if (this.#refersToNothing(query, changes[0] as Change)) {
        await this.#insertAlone(query.entity, changes, (await this.#alone(options)).under(options))
        return { rows: [], affected: 1 }
      }
    }
    return writeTransaction(this.#transacting(), (tx) => Promise.resolve(tx.run(query, args, options)), options)
  }

  /** The complaint about one write of a bulk does not say which unique it was, so that is asked once it has been refused. */
  async #insertAlone(entity: Entity, changes: readonly Change[], channel: Channel): Promise<void> {
    try {
      await new Ledger(channel).apply(entity, [], changes)
    } catch (error) {
      if (error instanceof ConstraintError && error.constraint === 'unique')
        await refuseTaken(channel, entity, this.#shapeNow().uniques(entity), changes)
      throw error
    }
  }

  #refersToNothing({ entity }: Writing, { after }: Change): boolean {
    return this.#shapeNow()
      .from(entity)
      .every((reference) => after !== undefined && signature(tupleOf(after, reference.local)) === undefined)
  }

  #transacting(): Transacting {
    return { connection: this.#connection, statements: this.#statements, shape: () => this.#shapeNow(), lanes: this.#lanes, most: this.#most }
  }

  #shapeNow(): Shape {
    if (this.#shape === undefined) throw new DBALError('DATABASE_ERROR', { hint: 'Call prepare with the schema first' })
    return this.#shape
  }

  transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const given = this.#transacting()
    return this.#opened(() => (mode === 'read' ? readTransaction(given, work, options) : writeTransaction(given, work, options)))
  }

  async prepare(schema: Schema, mode: 'apply' | 'check' = 'apply'): Promise<void> {
    const shape = shapeOf(schema)
    await this.#translated(async () => {
      await this.#connection.transactions()
      await prepareSchema(this.#connection.db, schema, mode)
    })
    this.#shape = shape
  }

  probe(): Promise<string> {
    return this.#translated(() => this.#connection.version())
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#connection.gauges()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#connection.close()
  }

  async #opened<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DBALError('DATABASE_ERROR', { hint: 'The database has been closed' })
    return work()
  }

  /** Errors of `work` itself, as a transaction runs it, are its own and pass through. */
  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#opened(work)
    } catch (error) {
      throw translate(error)
    }
  }
}
