/** A running daemon as an arena: what its tokens may do, over its own wire. In charge of that alone; it is never cleaned and has no system. */

import type { Transport } from '../src/client/transport.ts'
import { overWebSocket } from '../src/client/websocket.ts'
import type { Value } from '../src/schema/entity.ts'
import type { Arena } from './arena.ts'

export interface Endpoint {
  /** `ws://` or `wss://` address. */
  readonly url: string
  /** Tokens by role (`user2`: another of role `user`); cases of other roles are skipped with that reason. */
  readonly tokens: Readonly<Record<string, string>>
}

export async function openEndpoint({ url, tokens }: Endpoint): Promise<Arena> {
  const transport = overWebSocket({ endpoint: url })
  const users: Record<string, Readonly<Record<string, Value>>> = {}
  for (const [name, token] of Object.entries(tokens)) {
    users[name] = (await transport.send({
      method: 'whoami',
      params: [],
      identity: { kind: 'token', token },
      writes: false,
    })) as (typeof users)[string]
  }
  const { adapter } = (await transport.send({ method: 'getCapabilities', params: [], identity: { kind: 'nobody' }, writes: false })) as {
    adapter: string
  }
  return {
    backend: adapter,
    users,
    call: (as, { method, params, idempotencyKey, transaction, cancelled }) => {
      const token = typeof as === 'string' ? tokens[as] : undefined
      const identity = typeof as !== 'string' ? as : token === undefined ? ({ kind: 'nobody' } as const) : ({ kind: 'token', token } as const)
      const key = { ...(idempotencyKey === undefined ? {} : { idempotencyKey }), ...(transaction === undefined ? {} : { transaction }) }
      const signal = cancelled === true ? { signal: AbortSignal.abort() } : {}
      return transport.send({
        method,
        params: (params ?? []) as Parameters<Transport['send']>[0]['params'],
        identity,
        writes: true,
        ...key,
        ...signal,
      })
    },
    enlist: async () => {
      throw new Error('Accounts are not made on an endpoint')
    },
    clean: async () => {
      throw new Error('An endpoint is not cleaned')
    },
    faults: () => [],
    close: () => transport.close(),
  }
}
