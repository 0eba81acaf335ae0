/** The client: entities as properties, methods as calls, over whichever transport it is given. Must not know sockets, engines or entities. */
import { DBALError, invalid } from '../errors/error.ts'
import type { Method } from '../protocol/message.ts'
import type { Value } from '../schema/entity.ts'
import { callOptions, pauseBefore, takeSteps, writes } from './calls.ts'
import { face, rowMethods, type Send, withoutPrototype } from './face.ts'
import { lead } from './interactive/lead.ts'
import { checkSize, plain } from './plain.ts'
import { PluralNames } from './plural-names.ts'
import type { Identity, Status, Transport } from './transport.ts'
import type { AnySchema, CallOptions, Client, Login, SchemaTypes } from './types.ts'
import { namer } from './unique.ts'

export interface ClientOptions {
  /** Plural to entity name, as generated. Names that are not in it are asked of the door, once. */
  readonly entities?: Readonly<Record<string, string>>
  /** The same for entities that the door does not list; what it lists comes first. */
  readonly usualEntities?: Readonly<Record<string, string>>
  /** Identity of the configuration; calls go out as it until a login or logout. */
  readonly identity?: Identity
  /** Milliseconds since 1970 after which the configured session no longer holds. */
  readonly expiresAt?: number
  /** In-process only. */
  readonly asSystem?: boolean
}

/** Identity is shared by all views of a client (`with`), so a login through one holds for all. */
interface Acting {
  identity: Identity
  expiresAt: number | undefined
}

interface Shared {
  readonly transport: Transport
  readonly names: PluralNames
  readonly newKey: () => string
  readonly options: ClientOptions
}

export function createClient<S extends SchemaTypes = AnySchema>(transport: Transport, options: ClientOptions = {}): Client<S> {
  const acting: Acting = { identity: options.identity ?? { kind: 'configured' }, expiresAt: options.expiresAt }
  const shared: Shared = { transport, options, newKey: namer('k_'), names: new PluralNames(options.entities ?? {}, options.usualEntities) }
  return view<S>(shared, acting, {})
}

/** One way to look at the client: its identity and the options that its calls have by themselves. */
function view<S extends SchemaTypes>(shared: Shared, acting: Acting, usual: CallOptions): Client<S> {
  const out: Send = (method, params, options) => send(shared, acting, method, params, { ...usual, ...options })
  const methods = { ...dataMethods(shared, acting, usual, out), ...sessionMethods(shared, acting, usual, out), ...viewMethods(shared, acting, usual) }
  const target = withoutPrototype(methods)
  Object.defineProperty(target, 'status', { get: (): Status => shared.transport.status, enumerable: false })
  return face(
    target,
    nameFinder(shared, () => send(shared, acting, 'getSchema', [], usual)),
    out,
  ) as Client<S>
}

function nameFinder(shared: Shared, ask: () => Promise<Value>): (plural: string) => string | Promise<string> {
  return (plural) => shared.names.find(plural, ask)
}

function dataMethods(shared: Shared, acting: Acting, usual: CallOptions, out: Send) {
  return {
    ...rowMethods(out),
    async transaction(given: unknown, options?: unknown): Promise<unknown> {
      if (typeof given !== 'function') return out('transaction', [takeSteps(given)], callOptions(options))
      const own = { ...usual, ...callOptions(options) }
      // As whom it begins it ends, whatever the client becomes meanwhile.
      const owner = { ...acting }
      const calls = (method: Method, params: readonly Value[], more: CallOptions, transaction?: string): Promise<Value> =>
        send(shared, owner, method, params, { ...own, idempotencyKey: undefined, ...more }, transaction)
      return lead(given as (tx: object) => unknown, calls, (ask) => nameFinder(shared, ask), own.idempotencyKey ?? shared.newKey())
    },
    capabilities: async (options?: unknown): Promise<Value> => out('getCapabilities', [], callOptions(options)),
    schema: async (options?: unknown): Promise<Value> => out('getSchema', [], callOptions(options)),
    ping: async (options?: unknown): Promise<Value> => out('ping', [], callOptions(options)),
    async explain(method: unknown, params: unknown, as?: unknown, options?: unknown): Promise<Value> {
      const { row, ...own } = (options ?? {}) as { readonly row?: unknown }
      const last = row === undefined ? [] : [plain(row, 'row')]
      const given = [
        plain(method, 'method'),
        plain(params, 'params'),
        ...(as === undefined && row === undefined ? [] : [plain(as ?? null, 'as')]),
        ...last,
      ]
      return out('explain', given, callOptions(own))
    },
    on(event: unknown, listener: unknown): () => void {
      if (event !== 'status') throw invalid({ field: 'event', error: "Must be 'status'" })
      if (typeof listener !== 'function') throw invalid({ field: 'listener', error: 'Must be a function' })
      return shared.transport.on(listener as (status: Status) => void)
    },
    close: (): Promise<void> => shared.transport.close(),
  }
}

function sessionMethods(shared: Shared, acting: Acting, usual: CallOptions, out: Send) {
  const leave = async (method: 'logout' | 'logoutAll', options: unknown): Promise<Value> => {
    try {
      return await out(method, [], callOptions(options))
    } finally {
      // Also where the door refused: whoever said goodbye does not want to go on acting as before.
      become(acting, { kind: 'nobody' })
    }
  }
  return {
    async login(username: unknown, password: unknown, options?: unknown): Promise<Value> {
      const login = await out('login', [plain(username, 'username'), plain(password, 'password')], callOptions(options))
      const { token, userId } = login as unknown as Login
      become(acting, { kind: 'token', token, userId })
      return login
    },
    // Asked for with the token itself, not by `authenticate`: the socket stays without an identity of its own, so a logout leaves none behind.
    async authenticate(token: unknown, options?: unknown): Promise<Value> {
      if (typeof token !== 'string' || token === '') throw invalid({ field: 'token', error: 'Must be a string' })
      const identity: Identity = { kind: 'token', token }
      const who = await send(shared, { identity, expiresAt: undefined }, 'whoami', [], { ...usual, ...callOptions(options) })
      become(acting, identity)
      return who
    },
    logout: (options?: unknown): Promise<Value> => leave('logout', options),
    logoutAll: (options?: unknown): Promise<Value> => leave('logoutAll', options),
    whoami: async (options?: unknown): Promise<Value> => out('whoami', [], callOptions(options)),
  }
}

function become(acting: Acting, identity: Identity): void {
  acting.identity = identity
  acting.expiresAt = undefined
}

function viewMethods(shared: Shared, acting: Acting, usual: CallOptions) {
  return {
    with: (options: unknown): object => view(shared, acting, { ...usual, ...callOptions(options) }),
    asSystem(reason: unknown): object {
      if (shared.options.asSystem !== true)
        throw new DBALError('FORBIDDEN', { reason: 'asSystem exists in-process only: no caller of the daemon is the system' })
      if (typeof reason !== 'string' || reason.trim() === '') throw invalid({ field: 'reason', error: 'Must say why; it goes to the audit' })
      return view(shared, { identity: { kind: 'system', reason }, expiresAt: undefined }, usual)
    },
  }
}

const needNoSession: ReadonlySet<string> = new Set(['login', 'ping', 'getCapabilities'])

async function send(
  shared: Shared,
  acting: Acting,
  method: Method,
  params: readonly Value[],
  options: CallOptions,
  transaction?: string,
): Promise<Value> {
  const { transport } = shared
  const { timeout, signal, retry = 0 } = options
  if (acting.expiresAt !== undefined && acting.expiresAt <= Date.now() && !needNoSession.has(method)) {
    throw new DBALError('UNAUTHORIZED', { reason: 'The session of the configuration has expired; log in again' })
  }
  if (isAborted(signal)) throw new DBALError('TIMEOUT', { reason: 'The call was cancelled' })
  checkSize(params)
  // Only a commit can leave anything behind, and only it is ever repeated.
  const written = transaction === undefined ? writes(method) : method === 'commit'
  const idempotencyKey = written ? (options.idempotencyKey ?? (transport.remote || retry > 0 ? shared.newKey() : undefined)) : undefined
  const call = {
    method,
    params,
    identity: method === 'login' ? ({ kind: 'nobody' } as const) : acting.identity,
    writes: written,
    ...(transaction === undefined ? undefined : { transaction }),
    ...(idempotencyKey === undefined ? undefined : { idempotencyKey }),
    ...(timeout === undefined ? undefined : { timeout }),
    ...(signal === undefined ? undefined : { signal }),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await transport.send(call)
    } catch (error) {
      const pause = attempt > retry ? undefined : pauseBefore(attempt, error)
      if (pause === undefined || isAborted(signal)) throw error
      await rest(pause, signal)
      if (isAborted(signal)) throw cancelledAfter(error as DBALError)
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

/** Ends early where the caller no longer waits. */
function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}

/** What is not known of the attempt before is not known now either. */
function cancelledAfter({ details: { outcome, idempotencyKey } }: DBALError): DBALError {
  const unknown = outcome === 'unknown' ? { outcome, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) } : {}
  return new DBALError('TIMEOUT', { reason: 'The call was cancelled', ...unknown })
}
