/** A message to its reply, the same for sockets and POST /rpc. In charge of identity, ids and refusals on the way to `execute`; must not know sockets. */
import { randomBytes } from 'node:crypto'
import { DBALError } from '../errors/error.ts'
import { DecodeError, decode } from '../protocol/codec.ts'
import type { Call, Reply } from '../protocol/execute.ts'
import type { Request } from '../protocol/message.ts'
import { type ProtocolLimits, protocolLimits } from '../protocol/version.ts'
import { judge } from './authenticate.ts'
import type { DaemonOptions } from './options.ts'

export interface Peer {
  readonly address: string
  /** Aborted when the peer has gone: nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** Of a connection that several messages share: aborted as soon as nothing more of it is executed. */
  readonly connection?: AbortSignal
  /** Told of each token that held, so that its end ends the socket. */
  readonly used?: (token: string) => void
}

export interface Answering {
  /** Throws DecodeError. */
  decode(text: string): Request
  /** `token`: the identity of the connection when the message came in. Never rejects. */
  answer(request: Request, token: string | undefined, peer: Peer): Promise<Reply>
  /** The reply to what never became a call. Never rejects. */
  refuse(error: DBALError, peer: Peer, method?: string): Promise<Reply>
  /** From now on every call is refused with DATABASE_ERROR, which clients repeat elsewhere. */
  close(): void
}

export function createAnswering(options: DaemonOptions, message: number): Answering {
  const { execute, observe } = options
  const limits: ProtocolLimits = { ...protocolLimits, message }
  const run = randomBytes(4).toString('hex')
  let calls = 0
  let closing = false
  const nextId = (): string => `${run}-${(++calls).toString(36)}`

  const refused = async (call: Call, cause: unknown): Promise<Reply> => {
    const error = cause instanceof DBALError ? cause : new DBALError('INTERNAL_ERROR', {}, { cause })
    error.requestId = call.requestId
    try {
      if (options.refused !== undefined) return await options.refused(call, error)
    } catch (fault) {
      observe({ kind: 'fault', where: 'record of a refused call', error: fault })
      return failure(new DBALError('DATABASE_ERROR', {}, { cause: fault, requestId: call.requestId }), call.requestId)
    }
    observe({ kind: 'request', method: call.method, code: error.code, durationMs: 0, requestId: call.requestId, cause: error.cause })
    return failure(error, call.requestId)
  }

  return {
    decode: (text) => decode(text, limits),
    async answer(request, token, peer) {
      const call = callOf(request, nextId(), peer)
      try {
        if (closing) throw new DBALError('DATABASE_ERROR', { reason: 'The daemon is shutting down', hint: 'Connect again and repeat the call' })
        const { who, token: used } = await judge(request, token, peer.address, options)
        if (used !== undefined) peer.used?.(used)
        const reply = await execute(call, who)
        if (request.method === 'login' || request.method === 'authenticate') {
          observe({
            kind: 'authentication',
            ok: reply.ok,
            address: peer.address,
            ...(reply.ok ? {} : { reason: `${request.method}: ${reply.error.code}` }),
          })
        }
        return reply
      } catch (cause) {
        return refused(call, cause)
      }
    },
    refuse: (error, peer, method = 'other') => refused({ method, params: undefined, requestId: nextId(), address: peer.address }, error),
    close() {
      closing = true
    },
  }
}

function callOf({ method, params, idempotencyKey, transaction }: Request, requestId: string, { address, signal, connection }: Peer): Call {
  return {
    method,
    params,
    requestId,
    address,
    ...(idempotencyKey === undefined ? undefined : { idempotencyKey }),
    ...(transaction === undefined ? undefined : { transaction }),
    ...(connection === undefined ? undefined : { connection }),
    ...(signal === undefined ? undefined : { signal }),
  }
}

const failure = (error: DBALError, requestId: string): Reply => ({ ok: false, error, requestId })

/** What to answer to text that is no request: its error, at its id where that could be read. */
export function faultOf(error: unknown): DecodeError {
  return error instanceof DecodeError ? error : new DecodeError({ id: null, strict: false }, new DBALError('INTERNAL_ERROR', {}, { cause: error }))
}
