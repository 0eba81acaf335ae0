/** Authorised queries on the pool: alone, sharing a connection, or within a transaction. In charge of what goes where and what may be asked again; must not know SQL. */
import type { Described, RunOptions, Transaction } from '../../adapter/adapter.ts'
import type { Answer, Args, Query } from '../../query/ast.ts'
import { type Authorized, assertAuthorized } from '../../query/authorized.ts'
import type { Dialect, Physical } from '../sql/dialect.ts'
import { again } from '../sql/run/again.ts'
import { asking } from '../sql/run/asking.ts'
import { described, Telling } from '../sql/run/describe.ts'
import { type Channel, Plans, type Raw, type Text } from '../sql/run/plan.ts'
import { checkSignal, transact } from '../sql/run/transaction.ts'
import { backend, limitSession } from './backend.ts'
import { connect } from './connect.ts'
import { isFull, isStale, isStopped, translate, unknownOutcome } from './failure.ts'
import { Gathering } from './gather.ts'
import { Holding, shorter } from './holding.ts'
import type { Reach } from './options.ts'
import { Pool } from './pool.ts'
import { Lost, Overdue, type Part, type Wire } from './wire.ts'

/** Milliseconds that a write's answer is waited for after it was stopped: only it says whether it came to pass. */
const writePatience = 5000
/** Times that a read is asked again on another connection when its own one ended. */
const mostMoves = 2
/** Milliseconds: under a session's limit runs the statement that lifts it too, for whoever has the connection next. This side's own clock is exact. */
const shortestLimit = 1000
const version: Text = { text: 'SHOW server_version', rows: true }

export class Engine {
  readonly pool: Pool
  readonly #reach: Reach
  readonly #timeout: number
  #plans = new Plans(backend)
  #asked: Promise<string> | undefined
  readonly #channel: Channel
  readonly #gathering = new Gathering((part, deadline) => this.#quick(part, deadline, undefined))

  constructor(reach: Reach) {
    this.pool = new Pool(reach)
    this.#reach = reach
    this.#timeout = reach.statementTimeout
    this.#channel = this.#channelOf(undefined)
  }

  /** From here on statements are written for the columns of this database. */
  suit(dialect: Dialect): void {
    this.#plans = new Plans({ ...backend, dialect })
  }

  run(query: Authorized<Query>, args: Args, options?: RunOptions): Answer | Promise<Answer> {
    assertAuthorized(query)
    checkSignal(options)
    const plan = this.#plans.of(query)
    if (plan.writes && plan.steps(args) > 1) return this.transaction('write', async (tx) => tx.run(query, args, options), options)
    const channel = options?.signal === undefined ? this.#channel : this.#channelOf(options.signal)
    return plan.run(channel, args, options?.deadline)
  }

  async describe(query: Authorized<Query>, args: Args, options?: RunOptions): Promise<Described | undefined> {
    assertAuthorized(query)
    return described(await new Telling(this.#plans.of(query), asking.postgresql).run(this.#channel, args, options?.deadline))
  }

  /** Whoever collides with others, or meets a value that the snapshot did not show, runs once more. */
  transaction<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>, options?: RunOptions): Promise<T> {
    let clashes = 0
    return again(() => {
      let holding: Holding | undefined
      const result = this.#hold((wire) => {
        holding = new Holding(wire, this.#timeout, options?.serial === true, options?.signal)
        return { holding, result: transact(holding, this.#plans, mode, work, options) }
      }, options?.deadline)
      const clashed = (): boolean => holding?.clashed === true && options?.once !== true && clashes++ === 0
      return { result, collided: () => holding?.collided === true || clashed() }
    }, options)
  }

  /** The connection goes back when the server has heard that the transaction is over; its result need not wait for that. */
  async #hold<T>(start: (wire: Wire) => { readonly holding: Holding; readonly result: Promise<T> }, deadline: number | undefined): Promise<T> {
    const wire = await this.pool.lease(deadline)
    const { holding, result } = start(wire)
    try {
      return await result
    } finally {
      if (holding.ended === undefined) this.pool.release(wire)
      else void holding.ended.then(() => this.pool.release(wire))
    }
  }

  /** A connection outside of any transaction, for what is no query. */
  async #lease<T>(work: (wire: Wire) => Promise<T>, deadline?: number): Promise<T> {
    const wire = await this.pool.lease(deadline)
    try {
      return await work(wire)
    } finally {
      this.pool.release(wire)
    }
  }

  lease<T>(work: (wire: Wire) => Promise<T>): Promise<T> {
    return this.#lease(work)
  }

  #channelOf(signal: AbortSignal | undefined): Channel {
    return {
      run: (text, values, deadline) => {
        if (text.quick === true)
          return this.#together(deadline, signal) ? this.#gathering.ask({ text, values }, deadline) : this.#quick({ text, values }, deadline, signal)
        return text.rows ? this.#read({ text, values }, deadline, signal, 0) : this.#write({ text, values }, deadline, signal)
      },
    }
  }

  /** What a caller may stop, or has little time for, is not made part of what others wait for. */
  #together(deadline: number | undefined, signal: AbortSignal | undefined): boolean {
    return signal === undefined && (deadline === undefined || deadline - performance.now() >= this.#timeout * shorter)
  }

  #quick(part: Part, deadline: number | undefined, signal: AbortSignal | undefined): Promise<Raw> {
    const wire = this.pool.lane(deadline)
    return wire instanceof Promise ? wire.then((given) => this.#share(given, part, deadline, signal)) : this.#share(wire, part, deadline, signal)
  }

  #share(wire: Wire, part: Part, deadline: number | undefined, signal: AbortSignal | undefined): Promise<Raw> {
    if (wire.timeout !== this.#timeout) this.#limit(wire, this.#timeout)
    return wire.send([part], { deadline, signal }).then(
      (raw) => {
        this.pool.leave(wire)
        return raw
      },
      (error: unknown) => {
        this.pool.leave(wire)
        // What stopped a neighbour may have hit this one instead: alone on a connection nothing but its own time can.
        const moved = error instanceof Lost || isStale(error) || (isStopped(error) && wire.spent && (deadline ?? Infinity) > performance.now())
        if (moved) return this.#read(part, deadline, signal, 1)
        throw error
      },
    )
  }

  /** A read does nothing, so that one whose connection ended can be asked again. */
  async #read(part: Part, deadline: number | undefined, signal: AbortSignal | undefined, moves: number): Promise<Raw> {
    try {
      return await this.#lease((wire) => this.#alone(wire, part, deadline, { signal }), deadline)
    } catch (error) {
      if ((error instanceof Lost || isStale(error)) && moves < mostMoves) return this.#read(part, deadline, signal, moves + 1)
      throw error
    }
  }

  #write(part: Part, deadline: number | undefined, signal: AbortSignal | undefined): Promise<Raw> {
    return this.#lease(async (wire) => {
      // What was never sent has not happened.
      if (signal?.aborted === true) throw new Overdue('Given up before it was sent')
      if (wire.spent) throw new Lost('The connection ended before it was used')
      try {
        return await this.#alone(wire, part, deadline, { signal, patience: writePatience })
      } catch (error) {
        if (error instanceof Lost || error instanceof Overdue) throw unknownOutcome(error)
        throw error
      }
    }, deadline)
  }

  /** The session's limit is changed by a unit of its own in front: it holds whatever becomes of the statement. */
  #alone(wire: Wire, part: Part, deadline: number | undefined, more: { signal: AbortSignal | undefined; patience?: number }): Promise<Raw> {
    const left = deadline === undefined ? this.#timeout : Math.max(shortestLimit, Math.ceil(deadline - performance.now()))
    const wanted = left < this.#timeout * shorter ? left : this.#timeout
    if (wire.timeout === undefined || wanted < wire.timeout * shorter || wanted > wire.timeout / shorter) this.#limit(wire, wanted)
    return wire.send([part], { deadline, ...more })
  }

  /** A round trip that says whether the server is well: by one connection more where all are in use, so that it does not wait behind the ill. */
  version(): Promise<string> {
    this.#asked ??= this.#version().finally(() => {
      this.#asked = undefined
    })
    return this.#asked
  }

  async #version(): Promise<string> {
    const rows = this.pool.crowded ? await this.#aside(version) : await this.once(version)
    return String(rows[0]?.[0]).split(' ')[0] as string
  }

  async #aside(text: Text): Promise<Physical[][]> {
    try {
      const wire = await connect(this.#reach, () => undefined)
      try {
        return (await wire.send([{ text, values: [] }], { deadline: performance.now() + this.#reach.connectTimeout })) as Physical[][]
      } finally {
        wire.close()
      }
    } catch (error) {
      // A server that takes no more connections still answers on those that there are.
      if (isFull(error)) return this.once(text)
      throw translate(error)
    }
  }

  #limit(wire: Wire, ms: number): void {
    wire.timeout = ms
    wire.send([{ text: limitSession, values: [String(ms)] }]).catch(() => {
      wire.timeout = undefined
    })
  }

  /** One statement of the adapter itself. */
  async once(text: Text, values: readonly Physical[] = []): Promise<Physical[][]> {
    try {
      return (await this.#read({ text, values }, undefined, undefined, 0)) as Physical[][]
    } catch (error) {
      throw translate(error)
    }
  }
}
