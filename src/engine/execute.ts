/**
 * The pipeline: every call of both doors passes these stages, in this order, and there is no other way in (law 1).
 * In charge of the order; each stage has a file of its own.
 */
import { DBALError, invalid } from '../errors/error.ts'
import { nobody, type Principal } from '../policy/principal.ts'
import type { Call, Execute, Reply } from '../protocol/execute.ts'
import type { Value } from '../schema/entity.ts'
import { admit, enter } from './admit.ts'
import { describe } from './methods/describe.ts'
import { identity } from './methods/identity.ts'
import { permitted, prepare } from './prepare.ts'
import { eventOf, type Note, record } from './record.ts'
import { once } from './replay.ts'
import { run, writes } from './run.ts'
import { Running, SessionValues } from './running.ts'
import type { Services } from './services.ts'
import { transact } from './methods/transaction.ts'
import type { World } from './world.ts'

/** A call inside its world; what the stages share. */
export interface Scene {
  readonly services: Services
  readonly world: World
  readonly call: Call
  readonly who: Principal
  readonly note: Note
}

/** Methods that read or write rows of an entity. */
export const dataMethods: ReadonlySet<string> = new Set([
  'create', 'read', 'update', 'delete', 'list', 'count', 'search', 'aggregate', 'createMany', 'updateMany', 'deleteMany', 'upsert', 'call',
])

export function createExecute(services: Services): Execute {
  return async (call, who) => {
    const started = services.clock.monotonic()
    const scene: Scene = { services, world: services.world(), call, who, note: { operation: typeof call.method === 'string' ? call.method : 'unknown' } }
    let reply: Reply
    let leave: (() => void) | undefined
    try {
      leave = enter(services, call, who)
      reply = { ok: true, result: await perform(scene), requestId: call.requestId }
    } catch (cause) {
      reply = { ok: false, error: publicError(cause, call.requestId), requestId: call.requestId }
    } finally {
      leave?.()
    }
    return record(services, scene.world, call, who, scene.note, reply, started)
  }
}

/** For doors: what never became a call is limited, observed and written down like one. */
export function createRefuse(services: Services): (call: Call, error: DBALError) => Promise<Reply> {
  return (call, refused) => {
    const started = services.clock.monotonic()
    const note: Note = { operation: typeof call.method === 'string' && call.method !== '' ? call.method.slice(0, 64) : 'unknown' }
    let error = refused
    try {
      admit(services, call, nobody, 1)
    } catch (limited) {
      error = publicError(limited, call.requestId)
    }
    error.requestId ??= call.requestId
    return record(services, services.world(), call, nobody, note, { ok: false, error, requestId: call.requestId }, started)
  }
}

function perform(scene: Scene): Promise<Value> {
  const { services, world, call, who } = scene
  const options = admit(services, call, who, 1)
  const running = new Running({ services, world, rights: world.rights(who), who, values: valuesOf(scene), options })
  if (dataMethods.has(call.method)) return data(scene, running, call.method, call.params)
  if (call.method === 'transaction') return transact(scene, running)
  return identity(scene) ?? describe(scene, running) ?? unknownMethod(call.method)
}

/** Stages 2 to 7 for one data call. Alone, or as a step of a transaction (then `running` is inside it). */
export async function data(scene: Scene, running: Running, method: string, params: unknown): Promise<Value> {
  const { services, world, call, note } = scene
  const { entity, operation, named } = permitted(world, running.rights, method, params)
  note.entity = entity.name
  note.operation = operation.name
  if (typeof named['id'] === 'string') note.entityId = named['id'].slice(0, 128)
  services.observe({ kind: 'aclCheck', allowed: true })
  const bound = prepare(world, running.rights, method, named, services.limits.maxComplexity)
  const { plan } = bound.prepared
  note.writes = writes(plan)
  if (!note.writes) return run(plan, bound.params, running, bound.named)
  const intent = entity.internal ? undefined : services.sink.intent(eventOf(services, world, call, scene.who, note))
  if (intent !== undefined) await intent
  try {
    return await once(scene, running, (inside) => run(plan, bound.params, inside, bound.named))
  } finally {
    // Also after a failure: one whose outcome is unknown may have written.
    if (!running.inTransaction) changed(scene, entity.name)
  }
}

/** Tells whoever keeps answers that rows of this entity, and of those that follow it, may have changed. */
export function changed({ services, world }: Scene, entity: string): void {
  for (const name of world.touchedBy(entity)) services.sessions.changed(name)
}

const valuesOf = ({ services, world, who }: Scene): SessionValues =>
  new SessionValues(who, world.schema.roles.get(who.role), services.clock.now())

function unknownMethod(method: unknown): never {
  throw invalid({ field: 'method', error: `There is no method '${String(method).slice(0, 60)}'` })
}

/** Anything that is not an error of ours is INTERNAL_ERROR; its cause goes to the log under the request's id, never to the caller. */
export function publicError(cause: unknown, requestId: string): DBALError {
  const error = cause instanceof DBALError ? cause : new DBALError('INTERNAL_ERROR', {}, { cause })
  error.requestId ??= requestId
  return error
}
