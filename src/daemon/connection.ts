/**
 * One WebSocket: its identity, its calls in flight, its pace. In charge of what may still be read, executed and sent; must not know
 * how a call is answered or what it means. It has no timers: `tick` is called for all connections by one clock (watch.ts).
 */
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { invalid } from '../errors/error.ts'
import { encodeReply } from '../protocol/codec.ts'
import type { Request, RequestId } from '../protocol/message.ts'
import { type Answering, faultOf, type Peer } from './answer.ts'
import { Identities } from './identities.ts'
import type { DaemonLimits } from './options.ts'

interface Received {
  readonly text: string
  /** The connection's token when the message came in: what is said later does not change whose it is. */
  readonly token: string | undefined
}

/** Pings answered between two ticks; more is a flood. */
const maxPings = 50

export class Connection {
  readonly identities: Identities
  readonly #ws: WebSocket
  readonly #raw: Duplex
  readonly #answering: Answering
  readonly #limits: DaemonLimits
  readonly #peer: Peer
  readonly #gone = new AbortController()
  /** What is open on this socket ends with it, also while a close frame is on its way. */
  readonly #over = new AbortController()
  readonly #inFlight = new Set<RequestId>()
  readonly #waiting: Received[] = []
  #refusing = 0
  #paused = false
  #corked = false
  /** No more is executed and nothing but a close frame is sent. */
  #ended = false
  #finishing = false
  #spoken = false
  #congestedAt: number | undefined
  #pings = 0
  #unanswered = 0
  #pingedAt: number
  #heardAt: number

  /** `raw` is the socket under `ws`. `onClose` is called once. */
  constructor(
    ws: WebSocket,
    raw: Duplex,
    address: string,
    token: string | undefined,
    answering: Answering,
    limits: DaemonLimits,
    onClose: () => void,
  ) {
    this.#ws = ws
    this.#raw = raw
    this.#answering = answering
    this.#limits = limits
    this.identities = new Identities(token)
    this.#peer = { address, signal: this.#gone.signal, connection: this.#over.signal, used: (used) => this.identities.add(used) }
    this.#heardAt = this.#pingedAt = performance.now()
    ws.on('message', (data: RawData, binary: boolean) => this.#receive(data, binary))
    ws.on('ping', (data: Buffer) => this.#pong(data))
    ws.on('pong', () => {
      this.#unanswered = 0
    })
    // A broken frame: ws has sent the close code that belongs to it (1002, 1007, 1009).
    ws.on('error', () => this.#stop())
    raw.on('drain', () => this.#drained())
    ws.once('close', () => {
      this.#stop()
      this.#gone.abort()
      onClose()
    })
  }

  #receive(data: RawData, binary: boolean): void {
    if (this.#ended) return
    this.#heardAt = performance.now()
    this.#spoken = true
    if (binary) {
      this.end(1003, 'Text frames only')
      return
    }
    this.#waiting.push({ text: (data as Buffer).toString('utf8'), token: this.identities.own })
    this.#flow()
  }

  /** Starts what may start, then stops or takes up reading. Frames that were read already wait in line: nothing is dropped. */
  #flow(): void {
    while (!this.#full() && !this.#ended) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      this.#start(next)
    }
    const pause = !this.#ended && this.#full()
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#ws.pause()
    else this.#ws.resume()
  }

  #full(): boolean {
    return this.#inFlight.size + this.#refusing >= this.#limits.inFlight || this.#congestedAt !== undefined
  }

  #start({ text, token }: Received): void {
    let request: Request
    try {
      request = this.#answering.decode(text)
    } catch (error) {
      const fault = faultOf(error)
      this.#refuse(fault, fault.error)
      return
    }
    const { id } = request
    if (this.#inFlight.has(id)) {
      this.#refuse(request, invalid({ field: 'id', error: 'A request with this id is still in flight on this socket' }), request.method)
      return
    }
    this.#inFlight.add(id)
    void this.#answering.answer(request, token, this.#peer).then((reply) => {
      this.#inFlight.delete(id)
      if (reply.ok && request.method === 'authenticate') this.identities.own = tokenOf(request.params)
      this.#send(encodeReply(request, reply))
      this.#settle()
    })
  }

  #refuse(to: Parameters<typeof encodeReply>[0], error: Parameters<Answering['refuse']>[0], method?: string): void {
    this.#refusing += 1
    void this.#answering.refuse(error, this.#peer, method).then((reply) => {
      this.#refusing -= 1
      this.#send(encodeReply(to, reply))
      this.#settle()
    })
  }

  #settle(): void {
    if (this.#waiting.length > 0 || this.#paused) this.#flow()
    if (this.#finishing && this.#inFlight.size + this.#refusing + this.#waiting.length === 0) this.end(1001, 'The daemon is shutting down')
  }

  #send(text: string): void {
    if (this.#ended) return
    // Replies of the same turn of the loop leave in one packet.
    if (!this.#corked && this.#inFlight.size > 0) {
      this.#corked = true
      this.#raw.cork()
      setImmediate(() => {
        this.#corked = false
        this.#raw.uncork()
      })
    }
    this.#ws.send(text)
    if (this.#congestedAt === undefined && this.#ws.bufferedAmount > this.#limits.highWater) {
      this.#congestedAt = performance.now()
      this.#flow()
    }
  }

  /** The system has taken everything: the peer reads again. */
  #drained(): void {
    if (this.#congestedAt === undefined) return
    this.#congestedAt = undefined
    this.#flow()
  }

  #pong(data: Buffer): void {
    if (this.#ended) return
    if (++this.#pings > maxPings) this.end(1008, 'Too many pings')
    else this.#ws.pong(data)
  }

  /** Deadlines. `now`: milliseconds of `performance.now()`. */
  tick(now: number): void {
    if (this.#ended) return
    const { first, idle, slow } = this.#limits
    this.#pings = 0
    const silent = now - this.#heardAt
    if (this.#congestedAt !== undefined && now - this.#congestedAt > slow) this.terminate()
    else if (!this.#spoken && this.identities.own === undefined && silent > first) this.end(1008, 'No message came')
    else if (silent > idle && this.#inFlight.size === 0) this.end(1001, 'Idle for too long')
    // While reading is paused no answer could be seen.
    else if (!this.#paused && now - this.#pingedAt >= this.#limits.ping) this.#beat(now)
  }

  #beat(now: number): void {
    if (this.#unanswered >= 2) {
      this.terminate()
      return
    }
    this.#pingedAt = now
    this.#unanswered += 1
    this.#ws.ping()
  }

  /** A token that this socket used no longer holds. */
  lost(token: string): void {
    if (this.identities.remove(token)) this.end(1008, 'The session has ended')
  }

  /** Lets calls in flight end, then closes with 1001. */
  finish(): void {
    this.#finishing = true
    this.#settle()
  }

  end(code: number, reason: string): void {
    if (this.#ended) return
    this.#stop()
    this.#ws.close(code, reason)
  }

  #stop(): void {
    this.#ended = true
    this.#over.abort()
    this.#waiting.length = 0
    // The peer's close frame must be read.
    if (this.#paused) this.#flow()
  }

  /** Ends the socket without a word. */
  terminate(): void {
    this.#stop()
    this.#ws.terminate()
  }
}

/** The token that a successful `authenticate` was given. */
function tokenOf(params: unknown): string | undefined {
  const token: unknown = Array.isArray(params) ? params[0] : (params as { token?: unknown } | null)?.token
  return typeof token === 'string' ? token : undefined
}
