/**
 * Transactions: a snapshot to read, or a session whose writes commit together; run again where writers collided.
 * In charge of their boundaries and of savepoints; must not know how queries are compiled.
 */
import type { ClientSession } from 'mongodb'
import type { RunOptions, Transaction } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Answer, Args, Query } from '../../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../../query/authorized.ts'
import { metaName } from '../model/plan.ts'
import type { Shape } from '../model/shape.ts'
import { Ledger } from '../write/ledger.ts'
import { runWrite } from '../write/statement.ts'
import { Channel, remaining } from './channel.ts'
import type { Connection } from './connection.ts'
import { collision, isTransient, isUnknownCommit, translate } from './failure.ts'
import type { Lanes, Place } from './lanes.ts'
import { isWriting, type Statements } from './statements.ts'

/** Collisions of one piece of work before it is given up. The waits in between sum up to some 2 s on average. */
const mostTries = 40
/** Milliseconds. The server does not let a writer wait for another one: it refuses the later at once, so the waiting is done here. */
const firstPause = 2
const longestPause = 128
const commitTries = 5
/** Milliseconds that one who collided waits for its turn, before it tries by chance. */
const lanePatience = 5000

export interface Transacting {
  readonly connection: Connection
  readonly statements: Statements
  readonly shape: () => Shape
  readonly lanes: Lanes
  /** Milliseconds that a command may take at most. */
  readonly most: number
}

class OpenTransaction implements Transaction {
  readonly channel: Channel
  readonly #with: Transacting
  readonly #ledger: Ledger | undefined
  readonly #options: RunOptions
  #open = true
  /** Collections that a serial transaction has to itself. */
  readonly #held = new Set<string>()
  /** A session takes one command at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(given: Transacting, channel: Channel, writes: boolean, options: RunOptions) {
    this.#with = given
    this.channel = channel
    this.#ledger = writes ? new Ledger(channel) : undefined
    this.#options = options
  }

  async run(query: Authorized<Query>, args: Args, options: RunOptions = {}): Promise<Answer> {
    assertAuthorized(query)
    return this.#inTurn(async () => {
      const { deadline = this.#options.deadline, signal = this.#options.signal } = options
      const channel = this.channel.under({ ...(deadline === undefined ? {} : { deadline }), ...(signal === undefined ? {} : { signal }) })
      if (this.channel.ended && !this.channel.collided) throw lost()
      if (this.#options.serial === true) await this.#hold(query.entity.table)
      if (!isWriting(query)) return this.#with.statements.read(query)(channel, args)
      const ledger = this.#ledger
      if (ledger === undefined) throw new DBALError('DATABASE_ERROR', { hint: 'A read transaction cannot write' })
      return this.#undoing(ledger, () => runWrite(this.#with.statements.write(query), ledger, this.#with.shape(), args))
    })
  }

  /**
   * A snapshot does not show what others write beside it, and the database collides on written documents alone. So those who need
   * what they read to hold write one document for each collection that they look at, and take turns by it.
   */
  async #hold(collection: string): Promise<void> {
    if (this.#ledger === undefined || this.#held.has(collection)) return
    this.#held.add(collection)
    await this.channel.touch(metaName, `serial ${collection}`)
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseEnded()
    const ledger = this.#ledger
    return ledger === undefined ? work() : this.#undoing(ledger, work)
  }

  /** Where the database has ended the transaction by itself there is nothing left to undo. */
  async #undoing<T>(ledger: Ledger, work: () => Promise<T>): Promise<T> {
    const mark = ledger.mark()
    try {
      const result = await work()
      ledger.release()
      return result
    } catch (error) {
      if (this.#open && !this.channel.ended && !this.channel.collided) await ledger.revert(mark)
      throw error
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseEnded()
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  end(): void {
    this.#open = false
  }

  #refuseEnded(): void {
    if (!this.#open) throw new DBALError('DATABASE_ERROR', { hint: 'The transaction has ended; nothing more can be done in it' })
  }
}

function lost(): DBALError {
  return new DBALError('DATABASE_ERROR', { hint: 'The database has ended the transaction after an error; nothing of it was written' })
}

/** All reads see the state of the first one. */
export async function readTransaction<T>(given: Transacting, work: (tx: Transaction) => Promise<T>, options: RunOptions): Promise<T> {
  remaining(options, given.most)
  const { connection } = given
  const session = (await connection.transactions(options)) ? connection.client.startSession({ snapshot: true }) : undefined
  const tx = new OpenTransaction(given, new Channel(connection.db, session, false, given.most), false, options)
  try {
    return await work(tx)
  } finally {
    tx.end()
    await session?.endSession()
  }
}

/** Runs `work` again where another writer was faster, so it must be free of effects outside. */
export async function writeTransaction<T>(given: Transacting, work: (tx: Transaction) => Promise<T>, options: RunOptions): Promise<T> {
  const { connection } = given
  remaining(options, given.most)
  if (!(await connection.transactions(options))) {
    const hint = 'A MongoDB server by itself has no transactions: start it as a replica set, which may have one member'
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint })
  }
  let place: Place | undefined
  try {
    for (let tries = 1; ; tries++) {
      const session = connection.client.startSession()
      const tx = new OpenTransaction(given, new Channel(connection.db, session, false, given.most), true, options)
      // Who cannot try again does not stand back.
      if (options.once !== true) tx.channel.yields = (lane) => lane !== place?.lane && given.lanes.isBusy(lane)
      try {
        return await attempt(session, tx, work, options)
      } catch (error) {
        // What `work` throws is its own affair and passes as it is.
        if (!tx.channel.collided) throw error
        if (options.once === true || tries >= mostTries) throw collision(error)
      } finally {
        tx.end()
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined)
        await session.endSession().catch(() => undefined)
      }
      const before: Place | undefined = place
      place = await inTurn(given, before, tx.channel.collidedIn, options)
      // Whoever has just got its turn meets nobody of this process.
      if (place === undefined || place === before) await pause(tries, options, given.most)
    }
  } finally {
    place?.leave()
  }
}

/** The place that is held goes on being held where the collision was about the same; one at a time, so that nobody waits in a ring. */
async function inTurn(
  { lanes, most }: Transacting,
  place: Place | undefined,
  lane: string | undefined,
  options: RunOptions,
): Promise<Place | undefined> {
  if (lane === undefined || place?.lane === lane) return place
  place?.leave()
  return lanes.enter(lane, Math.min(lanePatience, remaining(options, most)))
}

async function attempt<T>(session: ClientSession, tx: OpenTransaction, work: (tx: Transaction) => Promise<T>, options: RunOptions): Promise<T> {
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' }, readPreference: 'primary' })
  const result = await work(tx)
  tx.end()
  // What the database refused and `work` has swallowed must not be committed without it.
  if (tx.channel.collided) throw collision(undefined)
  if (tx.channel.ended) throw lost()
  remaining(options, Number.POSITIVE_INFINITY)
  await commit(session, tx.channel)
  return result
}

/** A commit may be sent again: the server knows which ones it has made. */
async function commit(session: ClientSession, channel: Channel): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await session.commitTransaction()
    } catch (error) {
      channel.collided = isTransient(error)
      if (!isUnknownCommit(error)) throw translate(error)
      if (tries < commitTries) continue
      const hint = 'The connection was lost while the transaction was committed; it may have happened or not'
      throw new DBALError('DATABASE_ERROR', { hint, outcome: 'unknown' }, { cause: error })
    }
  }
}

/** Longer each time and never the same, so that those who collided do not meet again. */
async function pause(tries: number, options: RunOptions, most: number): Promise<void> {
  const longest = Math.min(longestPause, firstPause * 2 ** Math.min(tries, 10))
  const wait = Math.min(Math.random() * longest, remaining(options, most))
  await new Promise((resolve) => setTimeout(resolve, wait))
  remaining(options, most)
}
