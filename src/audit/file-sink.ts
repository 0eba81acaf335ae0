/**
 * Keeps audit events in a file, many at once. In charge of order, durability and refusal; must not know what the events mean.
 *
 * Everything of one turn of the loop goes out in one write. An outcome resolves when its line is written; an intent when it is also
 * durable (fdatasync). What cannot be kept is rejected, so that the operation is refused, and the next event tries again.
 */
import { chained, type Link } from './chain.ts'
import { intentBody, outcomeBody } from './line.ts'
import { LogFile } from './log-file.ts'
import type { AuditEvent, AuditOutcome, Sink } from './sink.ts'

export interface FileSinkOptions {
  readonly path: string
  /** Told once when the log stops being writable, and again after it was in between. */
  readonly onFault: (error: unknown) => void
  readonly now?: () => number
  /** Milliseconds after which a write that does not end counts as failed (default 5000). */
  readonly stallMs?: number
  /** Milliseconds between two tries while the log cannot be written (default 250). */
  readonly retryMs?: number
  /** Milliseconds between two looks whether the file was rotated away (default 1000). */
  readonly movedMs?: number
}

export interface FileSink extends Sink {
  intent(event: AuditEvent): Promise<void>
  outcome(event: AuditOutcome): Promise<void>
  /** Can events be kept, as far as is known? For readiness. */
  readonly healthy: boolean
}

/** Events that wait for a slow disk, in characters; beyond it they are refused. */
const maxPending = 16 * 1024 * 1024

interface Group {
  bodies: string[]
  size: number
  durable: boolean
  readonly written: PromiseWithResolvers<void>
  readonly synced: PromiseWithResolvers<void>
}

function newGroup(): Group {
  const group: Group = { bodies: [], size: 0, durable: false, written: Promise.withResolvers(), synced: Promise.withResolvers() }
  // Whoever waits hears of a failure; a group that holds only one kind of events leaves the other promise without a listener.
  group.written.promise.catch(() => undefined)
  group.synced.promise.catch(() => undefined)
  return group
}

/** Opens the log at once. Throws Error, with the path, where it cannot be opened. */
export function createFileSink(options: FileSinkOptions): FileSink {
  return new GroupingSink(options)
}

class GroupingSink implements FileSink {
  readonly #file: LogFile
  readonly #onFault: (error: unknown) => void
  readonly #stallMs: number
  readonly #retryMs: number
  readonly #movedMs: number
  #pending: Group | undefined
  #pumping: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #unsynced: Group[] = []
  /** What is wrong, and what it takes to go on. */
  #fault: { readonly error: unknown; readonly repair: 'repair' | 'reopen' | 'putAside' | 'wait'; readonly at: number } | undefined
  #movedCheckAt = 0
  #closed = false

  constructor(options: FileSinkOptions) {
    this.#onFault = options.onFault
    this.#stallMs = options.stallMs ?? 5000
    this.#retryMs = options.retryMs ?? 250
    this.#movedMs = options.movedMs ?? 1000
    const now = options.now ?? Date.now
    this.#file = new LogFile(options.path, now)
    const { torn } = this.#file
    if (torn === undefined) return
    const message = `${torn.bytes} bytes of an unfinished line were moved aside`
    this.outcome({
      requestId: 'start',
      time: now(),
      role: 'system',
      operation: 'audit.recovered',
      policyVersion: '',
      success: true,
      message,
      durationMs: 0,
    }).catch(() => undefined)
  }

  get healthy(): boolean {
    return this.#fault === undefined && !this.#closed
  }

  intent(event: AuditEvent): Promise<void> {
    return this.#add(intentBody(event), true)
  }

  outcome(event: AuditOutcome): Promise<void> {
    return this.#add(outcomeBody(event), false)
  }

  #add(body: string, durable: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The audit log is closed'))
    const fault = this.#fault
    if (fault !== undefined && (fault.repair === 'wait' || performance.now() - fault.at < this.#retryMs)) return Promise.reject(fault.error)
    this.#pending ??= newGroup()
    const group = this.#pending
    if (group.size > maxPending) return Promise.reject(new Error('Too many audit events wait for the disk'))
    group.bodies.push(body)
    group.size += body.length
    group.durable ||= durable
    this.#pumping ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#pump())
    return durable ? group.synced.promise : group.written.promise
  }

  async #pump(): Promise<void> {
    for (let group = this.#take(); group !== undefined; group = this.#take()) await this.#keep(group)
    this.#pumping = undefined
  }

  #take(): Group | undefined {
    const group = this.#pending
    this.#pending = undefined
    return group
  }

  async #keep(group: Group): Promise<void> {
    try {
      await this.#ready()
      const before = this.#fault
      const { text, link } = linesOf(group.bodies, this.#file.link)
      await this.#within(this.#file.append(text, link), [group])
      // A failure of the sync that runs beside the write is not healed by the write.
      if (this.#fault === before) this.#fault = undefined
      group.written.resolve()
    } catch (error) {
      this.#refuse([group], error, 'repair')
      return
    }
    if (!group.durable) return
    this.#unsynced.push(group)
    this.#syncing ??= this.#sync()
  }

  /** Makes the file fit for the next write, or throws. */
  async #ready(): Promise<void> {
    const fault = this.#fault
    if (fault !== undefined) {
      if (this.#syncing !== undefined) await this.#syncing
      if (fault.repair === 'putAside') this.#file.putAside()
      else if (fault.repair === 'reopen') this.#file.reopen()
      else this.#file.repair()
      // It is over when a write succeeds, but the grave remedy is taken once only.
      this.#fault = { ...fault, repair: 'repair' }
    }
    try {
      this.#file.check()
    } catch (error) {
      this.#note(error, 'reopen')
      throw error
    }
    const now = performance.now()
    if (now - this.#movedCheckAt < this.#movedMs || this.#syncing !== undefined) return
    this.#movedCheckAt = now
    if (this.#file.moved()) this.#file.reopen()
  }

  async #sync(): Promise<void> {
    while (this.#unsynced.length > 0) {
      const groups = this.#unsynced
      this.#unsynced = []
      try {
        // A repeated fdatasync after a failed one may succeed without anything being kept.
        if (this.#fault?.repair === 'putAside') throw this.#fault.error
        await this.#within(this.#file.sync(), groups)
        for (const { synced } of groups) synced.resolve()
      } catch (error) {
        this.#refuse(groups, error, 'putAside')
      }
    }
    this.#syncing = undefined
  }

  /** Waits for the disk; past the stall limit the waiting callers are refused, while the work itself is still waited for. */
  async #within(work: Promise<void>, groups: readonly Group[]): Promise<void> {
    const stalled = setTimeout(() => this.#refuse(groups, new Error(`The audit log was blocked for ${this.#stallMs} ms`), 'wait'), this.#stallMs)
    try {
      await work
      if (this.#fault?.repair === 'wait') this.#fault = undefined
    } finally {
      clearTimeout(stalled)
    }
  }

  #refuse(groups: readonly Group[], error: unknown, repair: 'repair' | 'putAside' | 'wait'): void {
    this.#note(error, repair)
    const waiting = repair === 'wait' ? [...groups, ...(this.#pending === undefined ? [] : [this.#pending])] : groups
    for (const { written, synced } of waiting) {
      written.reject(error)
      synced.reject(error)
    }
  }

  #note(error: unknown, repair: 'repair' | 'reopen' | 'putAside' | 'wait'): void {
    const known = this.#fault
    // The graver remedy stands: a file whose sync failed is not merely repaired, one that was deleted is opened anew.
    const graver = known !== undefined && known.repair !== 'wait' && known.repair !== 'repair' ? known.repair : repair
    this.#fault = { error, repair: graver, at: performance.now() }
    if (known === undefined) this.#onFault(error)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    while (this.#pumping !== undefined) await this.#pumping
    while (this.#syncing !== undefined) await this.#syncing
    if (this.#fault === undefined) await this.#file.sync()
    this.#file.close()
  }
}

function linesOf(bodies: readonly string[], after: Link): { readonly text: string; readonly link: Link } {
  let link = after
  let text = ''
  for (const body of bodies) {
    const next = chained(body, link)
    text += `${next.line}\n`
    link = next.link
  }
  return { text, link }
}
