/** The door without a network: calls go straight to the pipeline that is handed in. Imports no engine and knows no database. */
import { DBALError } from '../errors/error.ts'
import type { Authenticate, Execute } from '../protocol/execute.ts'
import type { Value } from '../schema/entity.ts'
import { Listeners } from './listeners.ts'
import type { Identity, Outgoing, Status, Transport } from './transport.ts'
import { namer } from './unique.ts'

export type Principal = Parameters<Execute>[1]

/** What the composer hands in; the same `Execute` and `Authenticate` that the daemon gets. */
export interface Door {
  readonly execute: Execute
  readonly authenticate: Authenticate
  /** As whom calls are made that no token speaks for: `auth.user`, or nobody. */
  readonly principal: Principal
  readonly nobody: Principal
  /** The engine's identity, for `asSystem`. */
  readonly system: (reason: string) => Principal
  readonly close: () => Promise<void>
}

/** `open` runs at the first call; where it fails, that call fails and the next one tries again. */
export function inProcess(open: () => Promise<Door>): Transport {
  return new InProcess(open)
}

class InProcess implements Transport {
  readonly remote = false
  status: Status = 'open'
  readonly #open: () => Promise<Door>
  #opening: Promise<Door> | undefined
  #door: Door | undefined
  readonly #listeners = new Listeners()
  readonly #name = namer('req_')
  readonly #connection = new AbortController()

  constructor(open: () => Promise<Door>) {
    this.#open = open
  }

  async send(call: Outgoing): Promise<Value> {
    if (this.status === 'closed') throw new DBALError('DATABASE_ERROR', { reason: 'The client was closed' })
    const door = this.#door ?? (await this.#ready())
    const { method, params, idempotencyKey, transaction, timeout, signal } = call
    const requestId = this.#name()
    const who = await identify(door, call.identity, requestId, transaction)
    const reply = await door.execute(
      {
        method,
        params,
        requestId,
        connection: this.#connection.signal,
        ...(transaction === undefined ? undefined : { transaction }),
        ...(idempotencyKey === undefined ? undefined : { idempotencyKey }),
        ...(timeout === undefined ? undefined : { timeout }),
        ...(signal === undefined ? undefined : { signal }),
      },
      who,
    )
    if (!reply.ok) throw publicOnly(reply.error, requestId)
    return reply.result
  }

  async #ready(): Promise<Door> {
    this.#opening ??= this.#open()
    try {
      this.#door = await this.#opening
      return this.#door
    } catch (cause) {
      this.#opening = undefined
      throw cause instanceof DBALError ? cause : new DBALError('DATABASE_ERROR', { reason: 'The database could not be opened' }, { cause })
    }
  }

  on(listener: (status: Status) => void): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    if (this.status === 'closed') return
    this.status = 'closed'
    this.#connection.abort()
    this.#listeners.tell('closed')
    const door = await this.#opening?.catch(() => undefined)
    await door?.close()
  }
}

/** Through the public form: what the daemon would not tell (the cause, with the driver's text) is not told here either. */
function publicOnly(error: unknown, requestId: string): DBALError {
  return DBALError.fromPublic({ requestId, ...(error instanceof DBALError ? error : new DBALError('INTERNAL_ERROR')).toPublic() })
}

async function identify(door: Door, identity: Identity, requestId: string, transaction: string | undefined): Promise<Principal> {
  try {
    return await principalOf(door, identity, transaction)
  } catch (error) {
    throw publicOnly(error, requestId)
  }
}

/** A token is looked up for each call: a revoked session ends here as soon as it does in the daemon. */
function principalOf(door: Door, identity: Identity, transaction: string | undefined): Principal | Promise<Principal> {
  switch (identity.kind) {
    case 'configured':
      return door.principal
    case 'token':
      return byToken(door, identity.token, identity.userId, transaction)
    case 'nobody':
      return door.nobody
    case 'system':
      return door.system(identity.reason)
  }
}

async function byToken(door: Door, token: string, userId: string | undefined, transaction: string | undefined): Promise<Principal> {
  const who = await door.authenticate(token, transaction)
  if (userId !== undefined && who.id !== userId) throw new DBALError('UNAUTHORIZED')
  return who
}
