/** A call inside its world: what all stages share. In charge of that value; must not know any stage. */
import { DBALError } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'
import type { Call } from '../protocol/execute.ts'
import type { Note } from './record.ts'
import type { Services } from './services.ts'
import type { World } from './world.ts'

/** A call inside its world; what the stages share. */
export interface Scene {
  readonly services: Services
  readonly world: World
  readonly call: Call
  readonly who: Principal
  readonly note: Note
}

/** Tells whoever keeps answers that rows of this entity, and of those that follow it, may have changed. */
export function changed({ services, world }: Scene, entity: string): void {
  for (const name of world.touchedBy(entity)) services.sessions.changed(name)
}

/** Anything that is not an error of ours is INTERNAL_ERROR; its cause goes to the log under the request's id, never to the caller. */
export function publicError(cause: unknown, requestId: string): DBALError {
  const error = cause instanceof DBALError ? cause : new DBALError('INTERNAL_ERROR', {}, { cause })
  error.requestId ??= requestId
  return error
}
