/** Wires the services of one engine and gives out its doors. In charge of construction and life; no stage lives here. */
import type { Adapter } from '../adapter/adapter.ts'
import { noSink, type Sink } from '../audit/sink.ts'
import type { DBALError } from '../errors/error.ts'
import { createAttempts } from '../limit/attempts.ts'
import { createInFlight } from '../limit/in-flight.ts'
import { type Observe, unobserved } from '../observe/observation.ts'
import { authorizeSweep } from '../policy/authorize.ts'
import type { Policy } from '../policy/policy.ts'
import { systemPrincipal } from '../policy/principal.ts'
import type { Authenticate, Call, Execute, Reply } from '../protocol/execute.ts'
import type { Schema, Value } from '../schema/entity.ts'
import { identity } from '../session/identity.ts'
import { createPasswords } from '../session/password.ts'
import { createSessions, type SessionOptions } from '../session/store.ts'
import { assertRulesCapable } from './capable.ts'
import { createExecute, createRefuse } from './execute.ts'
import { OpenTransactions, usualInteractive } from './interactive/open.ts'
import { lookingUp } from './record.ts'
import { SessionValues } from './running.ts'
import { createSeal } from './seal.ts'
import type { Clock, Limits, Services } from './services.ts'
import { World } from './world.ts'

export interface EngineOptions {
  readonly schema: Schema
  readonly policy: Policy
  readonly adapter: Adapter
  readonly sink?: Sink
  readonly observe?: Observe
  readonly clock?: Clock
  /** 32 bytes for cursors; random where absent (cursors then end with the process). */
  readonly secret?: Uint8Array
  readonly limits?: Partial<Omit<Limits, 'interactive'>> & { readonly interactive?: Partial<Limits['interactive']> }
  readonly sessions?: Pick<SessionOptions, 'ttlMs' | 'jwt'>
}

export interface Engine {
  readonly execute: Execute
  readonly authenticate: Authenticate
  /** Writes down a call that a door refused before it came here (malformed, no identity), and gives its reply. */
  refuse(call: Call, error: DBALError): Promise<Reply>
  /** A call as the engine's own identity, for commands and start-up; rejects with DBALError. */
  system(method: string, params: unknown, why: string): Promise<Value>
  /** Removes rows past their time. Resolves to their number. */
  sweep(): Promise<number>
  /** Puts another schema and policy in force, whole; calls in progress keep theirs. Throws where the database cannot ask its rules, and keeps the old. */
  swap(schema: Schema, policy: Policy): void
  world(): World
  close(): Promise<void>
}

const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
/** Contract 8: 30 s; contract 4: 1000. */
const defaults = { queryTimeout: 30_000, maxComplexity: 1000 }
/** Calls that run at once: beyond it each would only wait for the others, and memory would grow with them (security.md D5, D7). */
const crowd = { total: 10_000, perKey: 2_000 }

export function createEngine(options: EngineOptions): Engine {
  const { adapter, observe = unobserved } = options
  const clock = options.clock ?? systemClock
  assertRulesCapable(adapter.capabilities, options.policy, options.schema)
  let world = new World(options.schema, options.policy)
  let calls = 0
  const system = async (method: string, params: unknown, why: string): Promise<Value> => {
    const reply = await services.execute({ method, params, requestId: `system_${++calls}` }, systemPrincipal(why))
    if (!reply.ok) throw reply.error
    return reply.result
  }
  const sessions = createSessions({
    system: (method, params) => system(method, params, lookingUp),
    now: clock.now,
    monotonic: clock.monotonic,
    sensitive: (name) => world.schema.entities.get(identity.user)?.fields.get(name)?.sensitive === true,
    onFault: (error) => observe({ kind: 'fault', where: 'sessions', error }),
    ...options.sessions,
  })
  const interactive = { ...usualInteractive, ...options.limits?.interactive }
  const transactions = new OpenTransactions(adapter, interactive)
  const services: Services & { execute: Execute } = {
    world: () => world,
    adapter,
    sink: options.sink ?? noSink,
    observe,
    sessions,
    passwords: createPasswords(),
    seal: createSeal(options.secret),
    clock,
    transactions,
    limits: { ...defaults, attempts: createAttempts(clock.monotonic), inFlight: createInFlight(crowd), ...options.limits, interactive },
    execute: undefined as unknown as Execute,
  }
  services.execute = createExecute(services)
  return {
    execute: services.execute,
    // A transaction that has the only connection would keep its own steps waiting for the look-up of their token. While it is open nobody
    // else can write, so the look-up could find nothing new.
    authenticate:
      adapter.exclusive === true
        ? async (token, transaction) => transactions.pinned(token, transaction) ?? transactions.remember(await sessions.authenticate(token), token)
        : (token) => sessions.authenticate(token),
    refuse: createRefuse(services),
    system,
    sweep: () => sweep(services),
    swap: (schema, policy) => {
      assertRulesCapable(adapter.capabilities, policy, schema)
      world = new World(schema, policy)
    },
    world: () => world,
    close: async () => {
      await transactions.close()
      await adapter.close()
      await services.sink.close()
    },
  }
}

async function sweep(services: Services): Promise<number> {
  const session = new SessionValues(systemPrincipal('sweep'), undefined, services.clock.now())
  let removed = 0
  for (const entity of services.world().schema.entities.values()) {
    const query = authorizeSweep(entity)
    if (query === undefined) continue
    const { affected } = await services.adapter.run(query, { params: [], session })
    removed += affected ?? 0
  }
  return removed
}
