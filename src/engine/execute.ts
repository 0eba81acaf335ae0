/**
 * The pipeline: every call of both doors passes these stages, in this order, and there is no other way in (law 1).
 * In charge of the order; each stage has a file of its own.
 */
import { type DBALError, invalid } from '../errors/error.ts'
import { nobody } from '../policy/principal.ts'
import type { Call, Execute, Reply } from '../protocol/execute.ts'
import { type Method, parameters } from '../protocol/message.ts'
import { nameParams } from '../query/parse.ts'
import type { Value } from '../schema/entity.ts'
import { admit, enter } from './admit.ts'
import { data, dataMethods } from './data.ts'
import { over } from './interactive/dialogue.ts'
import { interact, priceOf } from './interactive/stage.ts'
import { describe } from './methods/describe.ts'
import { identity } from './methods/identity.ts'
import { transact } from './methods/transaction.ts'
import { type Note, record } from './record.ts'
import { Running, SessionValues } from './running.ts'
import { publicError, type Scene } from './scene.ts'
import type { Services } from './services.ts'

export function createExecute(services: Services): Execute {
  return async (call, who) => {
    const started = services.clock.monotonic()
    const scene: Scene = {
      services,
      world: services.world(),
      call,
      who,
      note: { operation: typeof call.method === 'string' ? call.method : 'unknown' },
    }
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
    const told = await record(services, scene.world, call, who, scene.note, reply, started)
    // A step whose outcome could not be written down is told as failed: it must not be part of what is committed.
    if (reply.ok && !told.ok && services.transactions.has(call, who))
      services.transactions.find(call, who).dialogue.stop(over('The audit log cannot be written'))
    return told
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
  const options = admit(services, call, who, priceOf(scene))
  const running = new Running({ services, world, rights: world.rights(who), who, values: valuesOf(scene), options })
  const interactive = interact(scene, running)
  if (interactive !== undefined) return interactive
  if (dataMethods.has(call.method)) return data(scene, running, call.method, call.params)
  if (call.method === 'transaction') return transact(scene, running)
  // Methods without parameters take none: what would be ignored is a mistake of the caller's. Explanations are refused before their form is looked at.
  if (call.method !== 'explain' && Object.hasOwn(parameters, call.method)) nameParams(parameters[call.method as Method], call.params)
  return identity(scene) ?? describe(scene, running) ?? unknownMethod(call.method)
}

const valuesOf = ({ services, world, who }: Scene): SessionValues => new SessionValues(who, world.schema.roles.get(who.role), services.clock.now())

function unknownMethod(method: unknown): never {
  throw invalid({ field: 'method', error: `There is no method '${String(method).slice(0, 60)}'` })
}
