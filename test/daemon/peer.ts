/** A daemon over a fake engine, and raw sockets to talk to it. In charge of test plumbing only. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type DaemonOptions, startDaemon } from '../../src/daemon/daemon.ts'
import { DBALError } from '../../src/errors/error.ts'
import type { Observation } from '../../src/observe/observation.ts'
import { nobody, type Principal } from '../../src/policy/principal.ts'
import type { Call, Reply } from '../../src/protocol/execute.ts'

export interface Done {
  readonly call: Call
  readonly who: Principal
}

type Work = (call: Call, who: Principal) => unknown

/** Tokens `alice-token` and `bob-token` are users alice and bob until they are taken out of `tokens`. */
export async function fakeDaemon(work: Work = (call, who) => ({ method: call.method, who: who.id ?? null }), more: Partial<DaemonOptions> = {}) {
  const done: Done[] = []
  const seen: Observation[] = []
  const tokens = new Map<string, Principal>()
  for (const id of ['alice', 'bob']) tokens.set(`${id}-token`, { kind: 'user', id, username: id, role: 'user', attributes: {} })
  const execute = async (call: Call, who: Principal): Promise<Reply> => {
    done.push({ call, who })
    try {
      return { ok: true, result: (await work(call, who)) as never, requestId: call.requestId }
    } catch (error) {
      return { ok: false, error: error as DBALError, requestId: call.requestId }
    }
  }
  const authenticate = async (token: string): Promise<Principal> => {
    await new Promise((resolve) => setImmediate(resolve))
    const principal = tokens.get(token)
    if (principal === undefined) throw new DBALError('UNAUTHORIZED')
    return principal
  }
  const daemon = await startDaemon({
    execute,
    authenticate,
    nobody,
    observe: (o) => seen.push(o),
    metrics: async () => 'dbal_up 1\n',
    version: '1.2.3',
    host: '127.0.0.1',
    port: 0,
    health: async () => ({ database: { connected: true, latency_ms: 0.5 } }),
    ...more,
    limits: { check: 20, ...more.limits },
  })
  return { daemon, done, seen, tokens, http: `http://127.0.0.1:${daemon.port}` }
}

/** A reply of the wire, as far as tests look at it. */
export interface Answered {
  readonly jsonrpc?: string
  readonly id: string | number | null
  readonly result: unknown
  readonly error: {
    readonly code: number
    readonly name: string
    readonly message: string
    readonly details?: object
    readonly requestId?: string
    readonly data: { readonly name: string }
  }
}

/** The member `name` of a result. */
export const member = (result: unknown, name: string): unknown => (result as Readonly<Record<string, unknown>> | undefined)?.[name]

/** A WebSocket whose replies are read one by one or by id. */
export async function connect(url: string, options: { headers?: Record<string, string>; path?: string } = {}) {
  const ws = new WebSocket(`${url}${options.path ?? '/'}`, { headers: options.headers ?? {} })
  const replies: Answered[] = []
  const waiters: (() => void)[] = []
  ws.on('message', (data) => {
    replies.push(JSON.parse(String(data)))
    for (const wake of waiters.splice(0)) wake()
  })
  ws.on('error', () => undefined)
  const closed = once(ws, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  await once(ws, 'open')
  let read = 0
  const more = async (has: () => boolean): Promise<void> => {
    while (!has()) await new Promise<void>((resolve) => waiters.push(resolve))
  }
  return {
    ws,
    replies,
    closed,
    send: (message: unknown) => ws.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next(): Promise<Answered> {
      await more(() => replies.length > read)
      return replies[read++] as Answered
    },
    async byId(id: string | number): Promise<Answered> {
      await more(() => replies.some((reply) => reply.id === id))
      return replies.find((reply) => reply.id === id) as Answered
    },
  }
}

/** Status of a refused upgrade, or 101. */
export async function upgradeStatus(url: string, headers: Record<string, string>, path = '/'): Promise<number> {
  const ws = new WebSocket(`${url}${path}`, { headers })
  ws.on('error', () => undefined)
  return new Promise((resolve) => {
    ws.once('open', () => {
      ws.terminate()
      resolve(101)
    })
    ws.once('unexpected-response', (_, response) => {
      response.resume()
      ws.terminate()
      resolve(response.statusCode as number)
    })
  })
}

/** A promise that a test lets go. */
export function gate(): { readonly wait: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: promise, open: () => resolve() }
}
