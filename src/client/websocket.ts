/**
 * The door over a network: one WebSocket, opened at the first call and again whenever it is lost. In charge of the connection's life;
 * must not know methods or what a call means. Calls that were in flight when a socket was lost are sent again: reads are harmless, and
 * writes carry an idempotency key, by which the daemon answers the second with the reply to the first. A transaction ends with its socket:
 * its steps are told so, and only its commit asks again.
 */
import { DBALError, invalid } from '../errors/error.ts'
import { type Answered, decodeReply, encodeRequest } from '../protocol/codec.ts'
import { isLonger, protocolLimits } from '../protocol/version.ts'
import type { Value } from '../schema/entity.ts'
import { Listeners } from './listeners.ts'
import { Line, Pending } from './pending.ts'
import type { Identity, Outgoing, Status, Transport } from './transport.ts'
import { namer } from './unique.ts'

/** The part of a WebSocket that is used; the global one of browsers and Node has it, and so does `ws`. */
export interface Socket {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: string, listener: (event: never) => void): void
}

export type SocketClass = new (url: string) => Socket

/** Times in milliseconds. */
export interface RemoteOptions {
  /** ws:// or wss:// address, checked by the configuration. */
  readonly endpoint: string
  readonly webSocket?: SocketClass
  /** Of a call, from its beginning, waiting included. */
  readonly timeout?: number
  /** Calls that may wait; one more is refused with RATE_LIMIT_EXCEEDED. */
  readonly maxWaiting?: number
  /** Silence after which the daemon is asked whether it is there, and after which it counts as gone. */
  readonly heartbeat?: { readonly after: number; readonly gone: number }
  /** Bounds of the pause before a new attempt: random between `least` and a bound that doubles up to `most`. */
  readonly backOff?: { readonly least: number; readonly most: number }
  /** Of one attempt to connect. */
  readonly connectTimeout?: number
  /** From 0 to below 1; for tests. */
  readonly random?: () => number
}

const usual = {
  timeout: 30_000,
  maxWaiting: 1000,
  heartbeat: { after: 20_000, gone: 30_000 },
  backOff: { least: 100, most: 5_000 },
  connectTimeout: 10_000,
  random: Math.random,
}

/** One place of the server's limit is kept for heartbeats. */
const maxFlying = protocolLimits.inFlight - 1

export function overWebSocket(options: RemoteOptions): Transport {
  return new Remote(options)
}

class Remote implements Transport {
  readonly remote = true
  status: Status = 'closed'
  readonly #options: typeof usual & RemoteOptions
  readonly #name = namer('c_')
  readonly #listeners = new Listeners()
  readonly #line: Line
  #socket: Socket | undefined
  #open = false
  #ended = false
  /** Attempts since the daemon last said anything. */
  #attempts = 0
  #heard = 0
  #heartbeat = ''
  #pause: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #trouble: unknown

  constructor(options: RemoteOptions) {
    this.#options = { ...usual, ...options }
    this.#line = new Line(this.#options.maxWaiting, maxFlying)
  }

  send(call: Outgoing): Promise<Value> {
    return new Promise((resolve, reject) => {
      const id = this.#name()
      const text = encodeRequest({ id, method: call.method, params: call.params, ...authOf(call.identity), ...keyOf(call), ...transactionOf(call) })
      const pending = new Pending(id, text, call, resolve, reject)
      if (this.#ended) return pending.fail('DATABASE_ERROR', 'The client was closed')
      if (call.signal?.aborted === true) return pending.fail('TIMEOUT', 'The call was cancelled')
      if (isLonger(text, protocolLimits.message)) {
        return pending.refuse(invalid({ field: 'params', error: `Must have at most ${protocolLimits.message} bytes in all; split the call` }))
      }
      if (this.#line.full)
        return pending.refuse(
          new DBALError('RATE_LIMIT_EXCEEDED', { reason: `${this.#options.maxWaiting} calls are waiting already`, retryAfter: 1 }),
        )
      pending.watch(
        call.timeout ?? this.#options.timeout,
        () => this.#line.leave(pending),
        () => this.#whyNot(),
      )
      this.#line.add(pending)
      this.#flush()
    })
  }

  on(listener: (status: Status) => void): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#pause)
    const socket = this.#socket
    const closed =
      socket === undefined
        ? undefined
        : new Promise<void>((resolve) => {
            const limit = setTimeout(resolve, 1000)
            socket.addEventListener('close', () => {
              clearTimeout(limit)
              resolve()
            })
          })
    this.#detach()
    for (const pending of this.#line.drain()) pending.fail('DATABASE_ERROR', 'The client was closed')
    socket?.close(1000)
    this.#tell('closed')
    await closed
  }

  #tell(status: Status): void {
    if (this.status === status) return
    this.status = status
    this.#listeners.tell(status)
  }

  #whyNot(): string {
    if (this.#open) return `all ${maxFlying} places of the connection were taken`
    return `no connection to ${this.#options.endpoint} (${this.#attempts} attempts); is the daemon running there?`
  }

  #flush(): void {
    const socket = this.#socket
    if (socket === undefined) {
      if (this.#line.wanted && this.#pause === undefined) this.#connect()
      return
    }
    if (!this.#open) return
    for (let pending = this.#line.next(); pending !== undefined; pending = this.#line.next()) {
      if (!this.#write(socket, pending.text)) return
    }
  }

  /** A socket that cannot take a message is lost. */
  #write(socket: Socket, text: string): boolean {
    try {
      socket.send(text)
      return true
    } catch (error) {
      this.#lost(socket, error)
      return false
    }
  }

  #connect(): void {
    const { endpoint, webSocket = globalThis.WebSocket as SocketClass | undefined, connectTimeout } = this.#options
    this.#pause = undefined
    this.#attempts++
    if (this.status === 'closed') this.#tell('connecting')
    if (this.#ended) return
    let socket: Socket
    try {
      if (webSocket === undefined) throw new TypeError('There is no global WebSocket here; give one as `webSocket` in the configuration')
      socket = new webSocket(endpoint)
    } catch (error) {
      this.#again(error)
      return
    }
    this.#socket = socket
    const limit = setTimeout(() => this.#lost(socket, new Error(`Not connected within ${connectTimeout} ms`)), connectTimeout)
    socket.addEventListener('open', () => {
      clearTimeout(limit)
      if (socket === this.#socket) this.#opened(socket)
    })
    socket.addEventListener('message', (event: { readonly data: unknown }) => {
      if (socket === this.#socket) this.#message(socket, event.data)
    })
    socket.addEventListener('error', (event: { readonly error?: unknown; readonly message?: unknown }) => {
      if (socket === this.#socket) this.#trouble = event.error ?? event.message
    })
    socket.addEventListener('close', () => {
      clearTimeout(limit)
      this.#lost(socket, this.#trouble)
    })
  }

  #opened(socket: Socket): void {
    const { heartbeat } = this.#options
    this.#open = true
    this.#heard = performance.now()
    this.#watch = setInterval(() => this.#beat(socket), Math.max(10, Math.min(heartbeat.after, heartbeat.gone - heartbeat.after) / 2))
    this.#tell('open')
    this.#flush()
  }

  /** Silence is broken by a ping; silence behind it means that the other end is gone, whatever the socket says. */
  #beat(socket: Socket): void {
    const { after, gone } = this.#options.heartbeat
    const silence = performance.now() - this.#heard
    if (silence >= gone) this.#lost(socket, new Error(`Nothing heard for ${Math.round(silence)} ms`))
    else if (silence >= after && this.#heartbeat === '') {
      this.#heartbeat = this.#name()
      this.#write(socket, encodeRequest({ id: this.#heartbeat, method: 'ping', params: [] }))
    }
  }

  #message(socket: Socket, data: unknown): void {
    let answer: Answered
    try {
      if (typeof data !== 'string') throw new SyntaxError('Not a text message')
      answer = decodeReply(data)
    } catch (error) {
      this.#lost(socket, error)
      return
    }
    this.#heard = performance.now()
    this.#attempts = 0
    if (answer.id === this.#heartbeat) {
      this.#heartbeat = ''
      return
    }
    const pending = this.#line.answered(answer.id)
    if (pending === undefined) return
    if ('error' in answer) pending.refuse(answer.error)
    else pending.succeed(answer.result)
    if (this.#line.wanted) this.#flush()
  }

  #detach(): void {
    clearInterval(this.#watch)
    this.#socket = undefined
    this.#open = false
    this.#heartbeat = ''
  }

  #lost(socket: Socket, cause: unknown): void {
    if (socket !== this.#socket) return
    this.#detach()
    this.#line.lost()
    try {
      socket.close()
    } catch {
      // It is closing or closed already; nothing of it is listened to any more.
    }
    this.#again(cause)
  }

  #again(cause: unknown): void {
    this.#trouble = cause
    if (this.#ended) return
    this.#tell('reconnecting')
    const { least, most } = this.#options.backOff
    const bound = Math.min(most, least * 2 ** Math.min(this.#attempts, 30))
    this.#pause = setTimeout(() => this.#connect(), least + this.#options.random() * Math.max(0, bound - least))
    // Nobody waits: then a pause must not keep a Node process alive. Browsers give a number here.
    const timer: unknown = this.#pause
    if (!this.#line.wanted && typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  }
}

function authOf(identity: Identity): { auth?: { token: string; userId?: string } } {
  if (identity.kind !== 'token') return {}
  return { auth: { token: identity.token, ...(identity.userId === undefined ? undefined : { userId: identity.userId }) } }
}

function transactionOf({ transaction }: Outgoing): { transaction?: string } {
  return transaction === undefined ? {} : { transaction }
}

function keyOf({ idempotencyKey }: Outgoing): { idempotencyKey?: string } {
  return idempotencyKey === undefined ? {} : { idempotencyKey }
}
