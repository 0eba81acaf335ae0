/** Who asks. In charge of identity as a value; must not know tokens, sockets or files. */
import type { Value } from '../schema/entity.ts'

export interface Principal {
  /** `system` is the engine's own identity, never reachable over the wire; `public` is a caller without identity. */
  readonly kind: 'user' | 'service' | 'public' | 'system'
  /** User id; absent for `public`. A service token's own id carries the prefix `service:`, which no user id may have. */
  readonly id?: string
  readonly username?: string
  /** Exact role name; a role that the schema does not know has no rights. */
  readonly role: string
  readonly tenantId?: string
  /** Fields of the caller's own row or claims of its token, never sensitive ones: `$user.<name>`. */
  readonly attributes: Readonly<Record<string, Value>>
  /** Stored session that the identity came from, for logout and revocation. */
  readonly sessionId?: string
  /** Milliseconds since 1970 after which the identity no longer holds. */
  readonly expiresAt?: number
  /** Why trusted code acts as the system (`asSystem('why')`); goes to the audit. */
  readonly reason?: string
  /**
   * Rows go in and out as they are stored: deleted and expired ones are there, and a new row brings along what the engine would make
   * (keys, times, versions). For copies of a database; means nothing but for `system`.
   */
  readonly asStored?: true
}

export const nobody: Principal = Object.freeze({ kind: 'public', role: 'public', attributes: Object.freeze({}) })

/** The engine itself, for sessions, sweeps and `asSystem`. */
export function systemPrincipal(reason: string): Principal {
  return Object.freeze({ kind: 'system', role: 'system', attributes: Object.freeze({}), reason })
}

/** The engine itself, copying rows from or to somewhere else. */
export function copyingPrincipal(reason: string): Principal {
  return Object.freeze({ ...systemPrincipal(reason), asStored: true })
}
