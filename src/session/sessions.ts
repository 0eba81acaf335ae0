/** Identities as a service: login, logout and tokens. In charge of the seam; store.ts, token.ts, password.ts do the work. Must not know sockets. */
import type { Principal } from '../policy/principal.ts'

export interface Login {
  readonly token: string
  readonly userId: string
  /** ISO time. */
  readonly expiresAt: string
}

export interface Sessions {
  /** Throws UNAUTHORIZED, the same for an unknown name and a wrong password, after the same work. */
  login(username: string, password: string): Promise<Login>
  /** Stored session, service token or JWT. Throws UNAUTHORIZED. Sees revocation by this process at once, by others within a second. */
  authenticate(token: string): Promise<Principal>
  logout(who: Principal): Promise<void>
  logoutAll(who: Principal): Promise<void>
  /** Told by the engine after each committed write, so that nothing stale is answered. */
  changed(entity: string): void
}
