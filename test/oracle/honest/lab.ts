/** The tasks on one backend, behind an engine whose database and audit can be made to fail at a chosen moment. In charge of plumbing only. */
import type { Adapter, Session, Transaction } from '../../../src/adapter/adapter.ts'
import type { Sink } from '../../../src/audit/sink.ts'
import { createEngine, type Engine } from '../../../src/engine/engine.ts'
import { DBALError } from '../../../src/errors/error.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import { loadPolicy } from '../../../src/policy/rules.ts'
import type { Reply } from '../../../src/protocol/execute.ts'
import { type BackendName, openBackend } from '../../backends/backends.ts'
import { bare } from '../program/lab.ts'
import { principals } from '../program/spec.ts'
import { now } from '../program/values.ts'
import { type Call, type Task, taskSchema, tasks } from './tasks.ts'

export const moments = [
  'before a statement',
  'after a statement',
  'the call is aborted',
  'the intent cannot be written',
  'the outcome cannot be written',
] as const
export type Moment = (typeof moments)[number]

/** Fails at statement `at` (from 1) of the call under way. One that is a transaction of its own cannot fail after it is done. */
interface Trap {
  readonly moment: Moment
  readonly at: number
  seen: number
  sprung: boolean
}

export class HonestLab {
  readonly #engine: Engine
  readonly #below: Engine
  readonly #close: () => Promise<void>
  #trap: Trap | undefined
  #abort = new AbortController()
  #calls = 0
  #stored = ''

  private constructor(adapter: Adapter, close: () => Promise<void>) {
    const schema = taskSchema()
    const policy = loadPolicy(schema)
    const clock = { now: () => Date.parse(now), monotonic: () => performance.now() }
    this.#below = createEngine({ schema: bare(schema), policy, adapter, clock })
    this.#engine = createEngine({ schema, policy, adapter: this.#trapped(adapter), clock, sink: this.#sink() })
    this.#close = close
  }

  /** `spoil` makes the database worse than it is. */
  static async open(name: BackendName, spoil: (adapter: Adapter) => Adapter = (adapter) => adapter): Promise<HonestLab> {
    const home = await openBackend(name)
    const { close } = home
    const adapter = spoil(home.adapter)
    await adapter.prepare(taskSchema())
    const lab = new HonestLab(adapter, close)
    await lab.fill()
    return lab
  }

  async fill(): Promise<void> {
    if (this.#stored !== '' && (await this.text()) === this.#stored) return
    await this.#below.system('updateMany', ['Task', {}, { upId: null }, { all: true }], 'begin anew')
    await this.#below.system('deleteMany', ['Task', {}, { all: true }], 'begin anew')
    for (const task of tasks) await this.#below.system('create', ['Task', task], 'begin anew')
    this.#stored = await this.text()
  }

  async rows(): Promise<readonly Task[]> {
    const { data } = (await this.#below.system('list', ['Task', { limit: 100, total: 'none' }], 'look')) as { data: readonly Task[] }
    return data
  }

  async text(): Promise<string> {
    return JSON.stringify(await this.rows())
  }

  async untouched(): Promise<boolean> {
    return (await this.text()) === this.#stored
  }

  send({ method, params }: Call, transaction?: string): Promise<Reply> {
    const { signal } = this.#abort
    const call = {
      method,
      params,
      requestId: `r${++this.#calls}`,
      connection: connection.signal,
      signal,
      ...(transaction === undefined ? {} : { transaction }),
    }
    return this.#engine.execute(call, principals[1] as Principal)
  }

  /** Sends a call that comes upon a failure; `last` where the call has not so many statements, no reply where it met none. */
  async failing(call: Call, moment: Moment, at: number): Promise<{ readonly reply: Reply | undefined; readonly last: boolean }> {
    this.#abort = new AbortController()
    const trap: Trap = { moment, at, seen: 0, sprung: false }
    this.#trap = trap
    const reply = await this.send(call)
    this.#trap = undefined
    this.#abort = new AbortController()
    return { reply: trap.sprung ? reply : undefined, last: trap.seen < at }
  }

  close(): Promise<void> {
    return this.#close()
  }

  #sink(): Sink {
    const fail = (moment: Moment): undefined => {
      if (this.#trap?.moment !== moment) return undefined
      this.#trap.sprung = true
      throw new Error('The disk is full')
    }
    return { intent: () => fail('the intent cannot be written'), outcome: () => fail('the outcome cannot be written'), close: async () => undefined }
  }

  #trapped(adapter: Adapter): Adapter {
    const session = (inner: Session, inside: boolean): Session => ({
      run: async (query, args, options) => {
        const trap = this.#trap
        const now = trap !== undefined && ++trap.seen === trap.at && (inside || trap.moment !== 'after a statement')
        if (now && trap.moment === 'before a statement') this.#spring(trap)
        if (now && trap.moment === 'the call is aborted') {
          trap.sprung = true
          this.#abort.abort()
        }
        const answer = await inner.run(query, args, options)
        if (now && trap.moment === 'after a statement') this.#spring(trap)
        return answer
      },
    })
    return {
      name: adapter.name,
      capabilities: adapter.capabilities,
      ...(adapter.exclusive === undefined ? {} : { exclusive: adapter.exclusive }),
      ...session(adapter, false),
      transaction: (mode, work, options) =>
        adapter.transaction(mode, (tx) => work({ ...session(tx, true), savepoint: (inner) => tx.savepoint(inner) } satisfies Transaction), options),
      prepare: (schema, mode) => adapter.prepare(schema, mode),
      probe: () => adapter.probe(),
      gauges: () => adapter.gauges(),
      close: () => adapter.close(),
    }
  }

  #spring(trap: Trap): never {
    trap.sprung = true
    throw new DBALError('DATABASE_ERROR', {}, { cause: new Error('planted') })
  }
}

const connection = new AbortController()
