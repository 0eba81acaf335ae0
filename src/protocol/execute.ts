/** The one function that both doors call (law 1). In charge of its type; must not know how either side works. */
import type { DBALError } from '../errors/error.ts'
import type { Principal } from '../policy/principal.ts'
import type { Value } from '../schema/entity.ts'

export interface Call {
  /** One of `methods` (message.ts); anything else is a VALIDATION_ERROR. */
  readonly method: string
  /** By position (array) or by name (object). Untrusted. */
  readonly params: unknown
  /** Made by the door, unique; goes into the reply's error, the log and the audit. */
  readonly requestId: string
  readonly idempotencyKey?: string
  /** Id of the open transaction that the call is a step of, as `begin` answered it. Untrusted. */
  readonly transaction?: string
  /** The caller's connection, one object for each: what is open on it ends when this is aborted. Absent where calls share none (POST /rpc). */
  readonly connection?: AbortSignal
  /** Milliseconds from now; the engine's own limit where absent or larger. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Address of the peer, for limits and audit; absent in-process. */
  readonly address?: string
}

/** Never rejects: a failure is a reply. A refused call had no effect unless `error.details.outcome` is `unknown`. */
export type Reply =
  | { readonly ok: true; readonly result: Value; readonly requestId: string }
  | { readonly ok: false; readonly error: DBALError; readonly requestId: string }

export type Execute = (call: Call, who: Principal) => Promise<Reply>

/**
 * Turns credentials into a principal, or throws UNAUTHORIZED. Token forms: stored session, service token, JWT.
 * Doors call it for each message that carries a token; `nobody` needs no call. `transaction` is the one that the message belongs to:
 * where an open transaction keeps the whole database to itself, its own steps are not asked to wait for it.
 */
export type Authenticate = (token: string, transaction?: string) => Promise<Principal>
