/** Stage 8: what is written down of every call, allowed or denied, before its reply leaves. Must not know results' content. */
import { type AuditEvent, noSink } from '../audit/sink.ts'
import { DBALError } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'
import type { Call, Reply } from '../protocol/execute.ts'
import { methods } from '../protocol/message.ts'
import type { Value } from '../schema/entity.ts'
import type { Services } from './services.ts'
import type { World } from './world.ts'

/** What is known of a call so far; filled as the stages learn it. */
export interface Note {
  entity?: string
  entityId?: string
  operation: string
  /** Changed rows (or tried to). */
  writes?: boolean
  /** Its intent is written down. */
  intended?: boolean
  /** Request id of the `begin` of its transaction. */
  transaction?: string
}

/** Why the session service acts. Its look-ups are part of every call's authentication and have no lines of their own; what it writes has. */
export const lookingUp = 'sessions'

const known: ReadonlySet<string> = new Set(methods)

export function eventOf(services: Services, world: World, call: Call, who: Principal, note: Note): AuditEvent {
  return {
    requestId: call.requestId,
    time: services.clock.now(),
    role: who.role,
    operation: note.operation,
    policyVersion: world.policy.version,
    ...(who.username === undefined ? {} : { user: who.username }),
    ...(who.id === undefined ? {} : { userId: who.id }),
    ...(who.tenantId === undefined ? {} : { tenantId: who.tenantId }),
    ...(call.address === undefined ? {} : { ip: call.address }),
    ...(note.entity === undefined ? {} : { entity: note.entity }),
    ...(note.entityId === undefined ? {} : { entityId: note.entityId }),
    ...(note.transaction === undefined ? {} : { transaction: note.transaction }),
    ...(who.reason === undefined ? {} : { reason: who.reason }),
  }
}

/** Rows that an answer speaks of. */
function rowsOf(result: Value): number {
  if (Array.isArray(result)) return result.length
  if (typeof result === 'number') return result
  if (typeof result === 'object' && result !== null && 'data' in result && Array.isArray(result.data)) return result.data.length
  return result === null || result === false ? 0 : 1
}

/** Writes outcome and observation; an outcome that cannot be kept turns the reply into DATABASE_ERROR (the effect then stands: outcome unknown). */
export async function record(
  services: Services,
  world: World,
  call: Call,
  who: Principal,
  note: Note,
  reply: Reply,
  started: number,
): Promise<Reply> {
  const durationMs = services.clock.monotonic() - started
  const method = known.has(call.method) ? call.method : 'other'
  services.observe({
    kind: 'request',
    method,
    code: reply.ok ? 'OK' : reply.error.code,
    durationMs,
    requestId: call.requestId,
    ...(note.entity === undefined ? {} : { entity: note.entity }),
    ...(reply.ok || reply.error.cause === undefined ? {} : { cause: reply.error.cause }),
  })
  if (services.sink === noSink || (who.reason === lookingUp && who.kind === 'system' && note.writes !== true && reply.ok)) return reply
  try {
    const event = { ...eventOf(services, world, call, who, note), durationMs: Math.round(durationMs * 1000) / 1000 }
    const kept = services.sink.outcome(
      reply.ok
        ? { ...event, success: true, rows: rowsOf(reply.result) }
        : { ...event, success: false, code: reply.error.code, message: reply.error.message },
    )
    if (kept !== undefined) await kept
    return reply
  } catch (cause) {
    const error = new DBALError(
      'DATABASE_ERROR',
      {
        reason: 'The audit log cannot be written',
        ...(reply.ok || reply.error.details['outcome'] === 'unknown' ? { outcome: 'unknown' as const } : {}),
      },
      { cause, requestId: call.requestId },
    )
    return { ok: false, error, requestId: call.requestId }
  }
}
