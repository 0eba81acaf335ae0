/** Where audit events go. In charge of the seam; file-sink.ts keeps them. Must not know requests or SQL. */
export interface AuditEvent {
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly user?: string
  readonly userId?: string
  readonly role: string
  readonly tenantId?: string
  readonly ip?: string
  readonly entity?: string
  readonly entityId?: string
  readonly operation: string
  /** Request id of the `begin` of the transaction that this is a part of: its `commit` line says that it holds. */
  readonly transaction?: string
  readonly policyVersion: string
  /** Why trusted code acted as the system. */
  readonly reason?: string
}

export interface AuditOutcome extends AuditEvent {
  readonly success: boolean
  readonly code?: string
  readonly message?: string
  readonly rows?: number
  readonly durationMs: number
}

/** Both throw (or reject) when the event cannot be kept: the operation is then refused with DATABASE_ERROR. */
export interface Sink {
  /** Before the effect of a write. Returns undefined where nothing needs waiting for. */
  intent(event: AuditEvent): Promise<void> | undefined
  /** After every operation, before its reply. */
  outcome(event: AuditOutcome): Promise<void> | undefined
  close(): Promise<void>
}

/** Keeps nothing (in-process without an audit log). */
export const noSink: Sink = { intent: () => undefined, outcome: () => undefined, close: async () => undefined }
