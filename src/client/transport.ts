/** The seam between the client and its door. In charge of the type that both transports keep; must not know how either works. */
import type { Value } from '../schema/entity.ts'

/** For a UI. `closed`: no connection is wanted (not yet called, or closed). In-process is `open` until it is closed. */
export type Status = 'connecting' | 'open' | 'reconnecting' | 'closed'

/** As whom a call is made. `configured`: what the configuration says; a token's user id is checked against the token by the door. */
export type Identity =
  | { readonly kind: 'configured' }
  | { readonly kind: 'token'; readonly token: string; readonly userId?: string }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'system'; readonly reason: string }

/** One call on its way out; `params` are plain data. */
export interface Outgoing {
  readonly method: string
  readonly params: readonly Value[]
  readonly identity: Identity
  /** May change something: an answer that does not come leaves the outcome unknown. */
  readonly writes: boolean
  readonly idempotencyKey?: string
  /** The open transaction that it is a step of: it ends with the connection, so its calls are never sent twice. */
  readonly transaction?: string
  /** Milliseconds until the call ends with TIMEOUT; the transport's own limit where absent. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

export interface Transport {
  /** A lost reply is possible, so writes carry idempotency keys. */
  readonly remote: boolean
  readonly status: Status
  /** Resolves with the result, rejects with DBALError and nothing else. */
  send(call: Outgoing): Promise<Value>
  /** Returns the function that ends the subscription. */
  on(listener: (status: Status) => void): () => void
  /** Ends what is under way with DATABASE_ERROR; afterwards every call ends so. May be called twice. */
  close(): Promise<void>
}
