/** Commands in one place: a transaction, a snapshot, or alone. In charge of deadlines and of noticing collisions; must not know queries. */
import type { AnyBulkWriteOperation, BulkWriteResult, ClientSession, Db } from 'mongodb'
import type { RunOptions } from '../../../adapter/adapter.ts'
import { DBALError } from '../../../errors/error.ts'
import type { Entity } from '../../../schema/entity.ts'
import type { Found, Pipeline } from '../compile/read.ts'
import { collision, isDuplicate, isTransient, timedOut, translate } from './failure.ts'
import { stopping } from './stopping.ts'

type Some = Readonly<Record<string, unknown>>

/** One write of a bulk, in the driver's words. */
export type Write =
  | { readonly insertOne: { readonly document: Some } }
  | { readonly deleteOne: { readonly filter: Some } }
  | { readonly deleteMany: { readonly filter: Some } }
  | { readonly updateOne: { readonly filter: Some; readonly update: Some } }
  | { readonly updateMany: { readonly filter: Some; readonly update: Some } }
  | { readonly replaceOne: { readonly filter: Some; readonly replacement: Some } }

export interface Written {
  /** Documents that updates found. */
  readonly matched: number
  readonly deleted: number
}

/** Milliseconds that are left. TIMEOUT where none are, or where the signal has fired. */
export function remaining({ deadline, signal }: RunOptions, most: number): number {
  if (signal?.aborted === true) throw new DBALError('TIMEOUT', { reason: 'The call was cancelled' })
  if (deadline === undefined) return most
  const left = Math.ceil(deadline - performance.now())
  if (left <= 0) throw timedOut()
  return Math.min(left, most)
}

export class Channel {
  readonly #db: Db
  readonly #session: ClientSession | undefined
  readonly #snapshot: boolean
  readonly #most: number
  #options: RunOptions = {}
  /** Another writer was faster: whatever came of it, the whole can be run again. */
  collided = false
  /** What both have written (`laneOf`); undefined where only the commit told. */
  collidedIn: string | undefined
  /** Whether others take turns to write that: whoever came in between would throw one of them out, who has waited for longer. */
  yields: (lane: string) => boolean = () => false
  /** The database has ended the transaction, as it does at any error: nothing more can be done in it, and nothing of it will be there. */
  ended = false

  /** `snapshot`: each command alone sees one state. `most`: milliseconds that a command may take whatever its deadline. */
  constructor(db: Db, session: ClientSession | undefined, snapshot: boolean, most: number) {
    this.#db = db
    this.#session = session
    this.#snapshot = snapshot
    this.#most = most
  }

  get inTransaction(): boolean {
    return this.#session?.inTransaction() === true
  }

  /** The options of the statement that is about to run. */
  under(options: RunOptions): this {
    this.#options = options
    return this
  }

  async find(collection: string, pipeline: Pipeline): Promise<Found[]> {
    const maxTimeMS = remaining(this.#options, this.#most)
    // Whatever may have to be stopped has a session, by which the server is told; the driver would make one anyway.
    const session = this.#session ?? this.#db.client.startSession()
    try {
      return await this.#guarded(collection, undefined, () =>
        stopping(this.#db, session, this.#options, maxTimeMS, (signal) =>
          this.#db
            .collection(collection)
            .aggregate(pipeline as Record<string, unknown>[], {
              maxTimeMS,
              allowDiskUse: true,
              session,
              ...(this.#snapshot ? { readConcern: { level: 'snapshot' } } : {}),
              signal,
            })
            .toArray(),
        ),
      )
    } finally {
      if (session !== this.#session) await session.endSession()
    }
  }

  /** In order, to the first that fails. `free`: the validator is not asked, for states in between. */
  async write(entity: Entity, operations: readonly Write[], free = false): Promise<Written> {
    if (operations.length === 0) return { matched: 0, deleted: 0 }
    const maxTimeMS = remaining(this.#options, this.#most)
    const lane = laneOf(entity.table, operations)
    this.#yield(lane)
    const session = this.#session
    const write = (): Promise<BulkWriteResult> =>
      this.#db.collection(entity.table).bulkWrite(operations as readonly unknown[] as AnyBulkWriteOperation[], {
        ordered: true,
        maxTimeMS,
        bypassDocumentValidation: free,
        ...(session === undefined ? { writeConcern: { w: 'majority' as const } } : { session }),
      })
    // Outside of a transaction a write that was stopped would be half made.
    const result = await this.#guarded(lane, entity, () =>
      session === undefined ? write() : stopping(this.#db, session, this.#options, maxTimeMS, write),
    )
    return { matched: result.matchedCount, deleted: result.deletedCount }
  }

  /** Changes a document of the adapter's own, so that whoever changes it too at the same time collides with this transaction. */
  async touch(collection: string, id: string): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    const maxTimeMS = remaining(this.#options, this.#most)
    const lane = `${collection} ${id}`
    this.#yield(lane)
    const filter = { _id: id } as Record<string, unknown>
    await this.#guarded(lane, undefined, () =>
      this.#db.collection(collection).updateOne(filter, { $inc: { n: 1 } }, { upsert: true, session, maxTimeMS }),
    )
  }

  #yield(lane: string): void {
    if (!this.inTransaction || this.ended || !this.yields(lane)) return
    this.collided = true
    this.collidedIn = lane
    throw collision(undefined)
  }

  async #guarded<T>(lane: string, entity: Entity | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const first = firstOf(error)
      // Uniques are asked for before they are written: what is there nevertheless, others committed meanwhile.
      if (!this.ended && (isTransient(error) || (this.inTransaction && isDuplicate(first)))) {
        this.collided = true
        this.collidedIn = lane
      }
      if (this.#session?.inTransaction() === true) this.ended = true
      throw translate(first, entity)
    }
  }
}

/** Longer ones are not told apart. */
const longestFilter = 300

/** What a write is about, so that those who write the same can take turns: the rows of its filter, or the collection. */
function laneOf(collection: string, operations: readonly Write[]): string {
  const [first] = operations
  const found = operations.length === 1 ? Object.values(first as Write)[0] : undefined
  const filter = JSON.stringify(found !== undefined && 'filter' in found ? found.filter : '', (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return filter.length > longestFilter ? collection : `${collection} ${filter}`
}

/** A bulk of writes fails with the complaint about one of them inside. */
function firstOf(error: unknown): unknown {
  const { writeErrors } = error as { writeErrors?: unknown }
  const first = Array.isArray(writeErrors) ? (writeErrors[0] as { err?: unknown; errmsg?: string; code?: number } | undefined) : undefined
  return first === undefined ? error : (first.err ?? first)
}
