/** A WebSocket whose other end is the test, and the calls that tests of the transport make. */
import { mock } from 'node:test'
import type { Outgoing } from '../../src/client/transport.ts'
import { overWebSocket, type RemoteOptions, type Socket } from '../../src/client/websocket.ts'
import type { DBALError } from '../../src/errors/error.ts'
import { decode } from '../../src/protocol/codec.ts'
import type { Request } from '../../src/protocol/message.ts'
import type { Value } from '../../src/schema/entity.ts'

/** A socket whose other end is the test. */
export class Fake implements Socket {
  static all: Fake[] = []
  static refuse = false
  readyState = 0
  readonly url: string
  readonly sent: Request[] = []
  closed = false
  readonly #listeners = new Map<string, ((event: never) => void)[]>()
  constructor(url: string) {
    if (Fake.refuse) throw new SyntaxError('no')
    this.url = url
    Fake.all.push(this)
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }
  emit(type: string, event: object = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
  open(): this {
    this.readyState = 1
    this.emit('open')
    return this
  }
  send(text: string): void {
    this.sent.push(decode(text))
  }
  close(): void {
    if (!this.closed) {
      this.closed = true
      this.emit('close', { code: 1000 })
    }
  }
  drop(): void {
    this.closed = true
    this.emit('close', { code: 1006 })
  }
  reply(index: number, result: Value): void {
    this.emit('message', { data: JSON.stringify({ id: this.sent[index]?.id, result }) })
  }
  raw(data: unknown): void {
    this.emit('message', { data })
  }
}

export const last = (): Fake => Fake.all.at(-1) as Fake
export const transport = (more: Partial<RemoteOptions> = {}) =>
  overWebSocket({ endpoint: 'wss://daemon/', webSocket: Fake, random: () => 0, ...more })
export const read = (more: Partial<Outgoing> = {}): Outgoing => ({
  method: 'read',
  params: ['User', 'a'],
  identity: { kind: 'configured' },
  writes: false,
  ...more,
})
export const write = (more: Partial<Outgoing> = {}): Outgoing => ({
  method: 'create',
  params: ['User', {}],
  identity: { kind: 'configured' },
  writes: true,
  idempotencyKey: 'k1',
  ...more,
})
/** What becomes of a call, without waiting for it. */
export function watch(call: Promise<Value>) {
  const seen: { value?: Value; error?: DBALError } = {}
  call.then(
    (value) => {
      seen.value = value
    },
    (error) => {
      seen.error = error
    },
  )
  return seen
}
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

let now = 0

/** Stops the clock; `pass` moves it. */
export function stopTime(): void {
  Fake.all = []
  Fake.refuse = false
  now = 0
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(performance, 'now', () => now)
}

export function resumeTime(): void {
  mock.timers.reset()
  mock.restoreAll()
}

export const pass = (ms: number): void => {
  for (let left = ms; left > 0; left -= 50) {
    now += Math.min(50, left)
    mock.timers.tick(Math.min(50, left))
  }
}
