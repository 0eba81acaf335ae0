/** What a daemon is handed and what it gives back. In charge of types and bounds; must not know how they are used. */

import type { DBALError } from '../errors/error.ts'
import type { Observe } from '../observe/observation.ts'
import type { Authenticate, Call, Execute, Reply } from '../protocol/execute.ts'
import { protocolLimits } from '../protocol/version.ts'

export type Principal = Parameters<Execute>[1]

export interface Health {
  readonly database: {
    readonly connected: boolean /** Milliseconds of the round trip; null where there was none. */
    readonly latency_ms: number | null
  }
  /** Can the audit log be kept? Absent: there is none. */
  readonly audit?: boolean
}

/** PEM texts. With `ca`, clients must show a certificate of it. */
export interface TlsMaterial {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly ca?: string | Buffer
}

/** Times in milliseconds, sizes in bytes. */
export interface DaemonLimits {
  /** One message or body. */
  readonly message: number
  /** Calls of one socket that run at once; then its reading pauses. */
  readonly inFlight: number
  /** Sockets at once, of every kind. */
  readonly connections: number
  /** Request head, TLS handshake, and the first message of a socket without an identity. */
  readonly first: number
  /** A whole request body. */
  readonly body: number
  /** Silence after which a socket is closed. */
  readonly idle: number
  /** Between heartbeats; two that stay unanswered end the socket. */
  readonly ping: number
  /** Between looks at deadlines and identities. With the age of what `authenticate` remembers it must stay below a second. */
  readonly check: number
  /** Unsent bytes from which a socket is not read any more. */
  readonly highWater: number
  /** How long unsent bytes may stay above nothing once the socket was paused for them. */
  readonly slow: number
  /** For calls in flight when draining. */
  readonly drain: number
}

export const usualLimits: DaemonLimits = {
  message: protocolLimits.message,
  inFlight: protocolLimits.inFlight,
  connections: 20_000,
  first: 10_000,
  body: 30_000,
  idle: 15 * 60_000,
  ping: 30_000,
  check: 500,
  highWater: 1024 * 1024,
  slow: 10_000,
  drain: 20_000,
}

export interface DaemonOptions {
  readonly execute: Execute
  readonly authenticate: Authenticate
  /** Who a caller without identity is. Handed in, since the daemon decides nothing about rights. */
  readonly nobody: Principal
  readonly observe: Observe
  /**
   * Records a call that was refused before it reached `execute` (no identity, malformed) and gives its reply; audit and limits of the
   * engine belong here. Absent: it is observed as a request and answered.
   */
  readonly refused?: (call: Call, error: DBALError) => Promise<Reply>
  /** Exposition text for /metrics. */
  readonly metrics: () => Promise<string>
  readonly health: () => Promise<Health>
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Further path on which sockets are accepted, besides `/` and `/ws`. */
  readonly path?: string
  readonly tls?: TlsMaterial
  /** Exact origins of browser pages, such as `https://app.example.com`; those of the daemon's own address always may. */
  readonly originAllowList?: readonly string[]
  readonly version: string
  /** Everybody may see metrics and details of health (development); else loopback only, or who shows `monitoringToken`. */
  readonly openMonitoring?: boolean
  readonly monitoringToken?: string
  readonly limits?: Partial<DaemonLimits>
}

export interface Daemon {
  /** Where it listens: `ws://127.0.0.1:50051` or `wss://…`. */
  readonly url: string
  readonly address: string
  readonly port: number
  /** Stops accepting, lets calls in flight end (at most `limits.drain`), closes every socket with 1001. More often: the same promise. */
  drain(): Promise<void>
}
