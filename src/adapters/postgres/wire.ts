/**
 * One connection on which several units may be under way: each is a list of statements that the server runs in order up to the
 * first that fails, and is answered as a whole. In charge of messages, prepared names and deadlines; must not know pools or transactions.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { DBALError } from '../../errors/error.ts'
import type { Physical } from '../sql/dialect.ts'
import type { Raw, Text } from '../sql/run/plan.ts'
import type { DriverClient, DriverConnection, ServerError } from './driver.ts'

/** A statement and what it binds. */
export interface Part {
  readonly text: Text
  readonly values: readonly Physical[]
}

/** The connection ended before the answer. */
export class Lost extends Error {}

/** The deadline passed, or the caller gave up, before the answer. */
export class Overdue extends Error {}

/** What the server said of a unit: which statement it refused. */
export class Refused extends Error {
  readonly told: ServerError
  /** Position in the unit. */
  readonly at: number
  constructor(told: ServerError, at: number) {
    super(told.message ?? told.code)
    this.told = told
    this.at = at
  }

  /** The two sides do not agree on what is prepared, as after a change of tables or a DISCARD that somebody put in between. */
  get stale(): boolean {
    const { code, message = '' } = this.told
    return code === '26000' || code === '42P05' || (code === '0A000' && message.includes('cached plan'))
  }
}

export interface Sending {
  /** On `performance.now()`. */
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Past the deadline the statement is stopped, but the answer is waited for this many milliseconds: it may have come to pass. */
  readonly patience?: number
  /** Position of the statement whose answer is wanted; the last one where absent. */
  readonly main?: number
}

interface Unit {
  readonly parts: readonly Part[]
  readonly main: number
  readonly patience: number
  readonly resolve: (raw: Raw) => void
  readonly reject: (error: unknown) => void
  /** Names that the server is told in this unit. */
  readonly named: string[]
  readonly rows: Physical[][]
  /** When it is given up, on `performance.now()`. */
  until: number
  /** The statement that the server is at. */
  at: number
  affected: number
  error: Refused | undefined
  /** Answered, or given up: whatever still comes interests nobody. */
  settled: boolean
  /** The server was told to stop it. */
  stopped: boolean
}

/** Statements that stay prepared on one connection; past that the one not used for longest is forgotten. */
const statementLimit = 200
const noValues: readonly never[] = []

/** Prepared statements are named after their text, so that a server's own view of them can be read. */
function nameOf(text: Text): string {
  text.prepared ??= `dbal_${createHash('sha256').update(text.text).digest('hex').slice(0, 24)}`
  return text.prepared as string
}

export class Wire {
  readonly #client: DriverClient
  readonly #connection: DriverConnection
  readonly #stop: () => void
  readonly #gone: () => void
  readonly #units: Unit[] = []
  readonly #names: LRUCache<string, true>
  /** Names to be closed with the next unit. */
  readonly #closing: string[] = []
  #corked = false
  #watch: NodeJS.Timeout | undefined
  #watched = Infinity
  #end: unknown
  /** What the server says of itself: `server_version` and the like. */
  readonly parameters: Map<string, string>
  /** The server's state after the last answer: idle, in a transaction, in a failed one. */
  status = 'I'
  /** Nothing more may be sent: ended, or told to stop something. */
  spent = false
  /** Milliseconds of `statement_timeout` that the session has now; undefined where that is not known. */
  timeout: number | undefined
  /** Since when it is leased, on `performance.now()`; its owner's note. */
  since = 0

  /** `stop` sends a cancel request for this connection; `gone` is told when it has ended. */
  constructor(client: DriverClient, parameters: Map<string, string>, stop: () => void, gone: () => void) {
    this.#client = client
    this.#connection = client.connection
    this.parameters = parameters
    this.#stop = stop
    this.#gone = gone
    this.#names = new LRUCache({ max: statementLimit, dispose: (_, name, reason) => reason === 'evict' && this.#closing.push(name) })
    this.#listen()
  }

  /** Units sent and not answered. */
  get load(): number {
    return this.#units.length
  }

  /** Sends statements as one unit. Rejects with Refused, Overdue or Lost. */
  send(parts: readonly Part[], { deadline = Infinity, signal, patience = 0, main = parts.length - 1 }: Sending = {}): Promise<Raw> {
    if (this.spent) return Promise.reject(new Lost('The connection has ended', { cause: this.#end }))
    if (signal?.aborted === true) return Promise.reject(new Overdue('Given up before it was sent'))
    return new Promise((resolve, reject) => {
      const unit: Unit = {
        parts,
        main,
        patience,
        resolve,
        reject,
        named: [],
        rows: [],
        until: deadline,
        at: 0,
        affected: 0,
        error: undefined,
        settled: false,
        stopped: false,
      }
      try {
        this.#write(unit)
      } catch (error) {
        // A unit of which only a part was written would be answered with the next.
        this.spent = true
        this.#connection.stream.destroy()
        throw error
      }
      this.#units.push(unit)
      if (deadline < this.#watched) this.#watchFor(deadline)
      if (signal !== undefined) this.#heed(unit, signal)
    })
  }

  ref(): void {
    this.#connection.stream.ref()
  }

  unref(): void {
    this.#connection.stream.unref()
  }

  /** Ends it. The server undoes what is open. */
  close(): void {
    this.spent = true
    if (this.#units.length === 0) this.#connection.end()
    else this.#connection.stream.destroy()
  }

  #write(unit: Unit): void {
    const connection = this.#connection
    if (!this.#corked) {
      // All that is sent in one turn leaves in one piece.
      this.#corked = true
      connection.stream.cork()
      process.nextTick(() => {
        this.#corked = false
        connection.stream.uncork()
      })
    }
    // In front: behind a statement that fails nothing is heard until the unit ends.
    if (this.#closing.length > 0) for (const name of this.#closing.splice(0)) connection.close({ type: 'S', name })
    for (const { text, values } of unit.parts) {
      if (values.length > 65_535) throw new DBALError('INTERNAL_ERROR', {}, { message: 'More values than one statement takes' })
      const name = nameOf(text)
      if (this.#names.get(name) === undefined) {
        this.#names.set(name, true)
        unit.named.push(name)
        connection.parse({ name, text: text.text })
      }
      connection.bind({ statement: name, values: values.length === 0 ? noValues : values })
      connection.execute(empty)
    }
    connection.sync()
  }

  #listen(): void {
    const connection = this.#connection
    for (const name of events) connection.removeAllListeners(name)
    connection.on('parseComplete', () => void this.#units[0]?.named.shift())
    connection.on('dataRow', ({ fields }: { fields: Physical[] }) => {
      const unit = this.#units[0]
      if (unit?.at === unit?.main) unit?.rows.push(fields)
    })
    connection.on('commandComplete', ({ text }: { text: string }) => this.#completed(text))
    connection.on('errorMessage', (told: ServerError) => this.#refused(told))
    connection.on('readyForQuery', ({ status }: { status: string }) => this.#answered(status))
    connection.on('parameterStatus', (told: { parameterName: string; parameterValue: string }) => {
      this.parameters.set(told.parameterName, told.parameterValue)
    })
    connection.on('error', (error: unknown) => this.#over(error))
    connection.on('end', () => this.#over(undefined))
    // The client has done its part; what it would say of the end is known already.
    this.#client.removeAllListeners('error')
    this.#client.on('error', () => undefined)
  }

  #completed(tag: string): void {
    const unit = this.#units[0]
    if (unit === undefined) return
    const part = unit.parts[unit.at] as Part
    if (unit.at === unit.main && !part.text.rows) unit.affected = affectedOf(tag)
    unit.at++
  }

  #refused(told: ServerError): void {
    const unit = this.#units[0]
    if (unit !== undefined) unit.error ??= new Refused(told, unit.at)
    if (unit?.error?.stale === true) this.spent = true
    // Nothing comes after a fatal one but the end.
    if (told.severity === 'FATAL' || told.severity === 'PANIC' || unit === undefined) {
      this.spent = true
      this.#end = told
    }
  }

  #answered(status: string): void {
    this.status = status
    const unit = this.#units.shift()
    if (unit === undefined) return
    for (const name of unit.named) this.#names.delete(name)
    if (!unit.settled) {
      unit.settled = true
      if (unit.error !== undefined) unit.reject(unit.error)
      else unit.resolve((unit.parts[unit.main] as Part).text.rows ? unit.rows : unit.affected)
    }
    // What was given up while it waited for its turn is stopped now that it has come.
    const next = this.#units[0]
    if (next?.settled === true && !next.stopped) this.#halt(next)
    if (next === undefined && this.spent) this.close()
  }

  #over(error: unknown): void {
    this.#end ??= error
    this.spent = true
    clearTimeout(this.#watch)
    const cause = this.#units[0]?.error?.told ?? this.#end
    for (const unit of this.#units.splice(0)) {
      if (unit.settled) continue
      unit.settled = true
      unit.reject(new Lost('The connection has ended', { cause }))
    }
    this.#connection.stream.destroy()
    this.#gone()
  }

  #watchFor(deadline: number): void {
    clearTimeout(this.#watch)
    this.#watched = deadline
    this.#watch = setTimeout(() => this.#look(), Math.max(deadline - performance.now(), 0) + 1)
    this.#watch.unref()
  }

  /** Gives up what is overdue, and sets the clock to the next that will be. */
  #look(): void {
    this.#watched = Infinity
    const now = performance.now()
    let next = Infinity
    for (const unit of [...this.#units]) {
      if (!unit.settled && unit.until <= now) this.#giveUp(unit)
      if (!unit.settled) next = Math.min(next, unit.until)
    }
    if (next < Infinity) this.#watchFor(next)
  }

  #heed(unit: Unit, signal: AbortSignal): void {
    const heard = (): void => {
      if (unit.settled) return
      this.#giveUp(unit)
      if (!unit.settled && unit.until < this.#watched) this.#watchFor(unit.until)
    }
    signal.addEventListener('abort', heard, { once: true })
    const { resolve, reject } = unit
    const mutable = unit as { resolve: Unit['resolve']; reject: Unit['reject'] }
    mutable.resolve = (raw) => {
      signal.removeEventListener('abort', heard)
      resolve(raw)
    }
    mutable.reject = (error) => {
      signal.removeEventListener('abort', heard)
      reject(error)
    }
  }

  #giveUp(unit: Unit): void {
    // A cancel request names a connection, not a statement: after one, nothing more may be sent on it.
    this.spent = true
    if (unit.patience === 0 || unit.stopped) {
      unit.settled = true
      unit.reject(new Overdue('Not answered in time'))
    } else unit.until = performance.now() + unit.patience
    if (this.#units[0] === unit && !unit.stopped) this.#halt(unit)
  }

  #halt(unit: Unit): void {
    unit.stopped = true
    this.#stop()
  }
}

/** `INSERT 0 3`, `UPDATE 3`: the number of rows stands last. */
function affectedOf(tag: string): number {
  const number = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isNaN(number) ? 0 : number
}

const empty = {}
/** What `pg`'s client would do about them is done here. */
const events = [
  'rowDescription',
  'dataRow',
  'portalSuspended',
  'emptyQuery',
  'commandComplete',
  'parseComplete',
  'copyInResponse',
  'copyData',
  'notification',
  'notice',
  'parameterStatus',
  'errorMessage',
  'readyForQuery',
  'error',
  'end',
] as const
