/** Stage 1: may this call enter at all, and until when? Must not know schema or rules. */
import type { RunOptions } from '../adapter/adapter.ts'
import { DBALError } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'
import type { Call } from '../protocol/execute.ts'
import type { Services } from './services.ts'

/**
 * Key of the rate limit: the identity, never anything that the message chose; the address for callers without one. The same id in another
 * tenant is another identity.
 */
export function limitKey(call: Call, who: Principal): string {
  if (who.kind === 'public') return `address:${call.address ?? 'local'}`
  return `${who.kind}${tenantMark(who)}:${who.id ?? ''}`
}

/** Stands before the `:` of a key of somebody of a tenant; nothing for others. Whatever tenant and id hold, two identities never make one key. */
export const tenantMark = ({ tenantId }: Principal): string => (tenantId === undefined ? '' : `@${JSON.stringify(tenantId)}`)

/** Throws UNAUTHORIZED for an identity past its time, RATE_LIMIT_EXCEEDED, or TIMEOUT for a call that is already cancelled. */
export function admit(services: Services, call: Call, who: Principal, items: number): RunOptions {
  const { limits, clock } = services
  if (who.expiresAt !== undefined && who.expiresAt <= clock.now()) throw new DBALError('UNAUTHORIZED')
  if (who.kind !== 'system' && limits.rate !== undefined) {
    const wait = limits.rate.take(limitKey(call, who), items)
    if (wait > 0) throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: Math.ceil(wait) })
  }
  if (call.signal?.aborted === true) throw new DBALError('TIMEOUT', { reason: 'The call was cancelled' })
  const allowed = call.timeout === undefined ? limits.queryTimeout : Math.min(call.timeout, limits.queryTimeout)
  const deadline = clock.monotonic() + allowed
  return call.signal === undefined ? { deadline } : { deadline, signal: call.signal }
}

/** Takes a place among the calls that run at once; the engine's own calls are part of a caller's and need none. */
export function enter(services: Services, call: Call, who: Principal): (() => void) | undefined {
  if (who.kind === 'system') return undefined
  const leave = services.limits.inFlight.enter(limitKey(call, who))
  if (leave === undefined) throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 1, reason: 'Too many calls are running already' })
  return leave
}
