/** The two doors as transports of the real client. In charge of opening each around an engine; must not know cases. */
import { inProcess } from '../src/client/in-process.ts'
import type { Transport } from '../src/client/transport.ts'
import { overWebSocket } from '../src/client/websocket.ts'
import { startDaemon } from '../src/daemon/daemon.ts'
import type { Engine } from '../src/engine/engine.ts'
import { nobody, systemPrincipal } from '../src/policy/principal.ts'

export type DoorName = 'in-process' | 'daemon'
export const doorNames: readonly DoorName[] = ['in-process', 'daemon']

export interface OpenDoor {
  readonly transport: Transport
  /** A connection of its own: `authenticate` and `login` may give a connection an identity. */
  readonly another: () => Transport
  /** Ends the door, not the engine behind it. */
  readonly close: () => Promise<void>
}

export function openDoor(name: DoorName, engine: Engine): Promise<OpenDoor> {
  return name === 'in-process' ? besides(engine) : through(engine)
}

async function besides({ execute, authenticate }: Engine): Promise<OpenDoor> {
  const another = (): Transport =>
    inProcess(async () => ({ execute, authenticate, principal: nobody, nobody, system: systemPrincipal, close: async () => undefined }))
  const transport = another()
  return { transport, another, close: () => transport.close() }
}

/** A daemon of its own on a free port of this machine, and one socket that all accounts share: each message carries its identity. */
async function through({ execute, authenticate }: Engine): Promise<OpenDoor> {
  const daemon = await startDaemon({
    execute,
    authenticate,
    nobody,
    host: '127.0.0.1',
    port: 0,
    version: 'conformance',
    observe: () => undefined,
    metrics: async () => '',
    health: async () => ({ database: { connected: true, latency_ms: 0 } }),
  })
  const another = (): Transport => overWebSocket({ endpoint: daemon.url })
  const transport = another()
  return {
    transport,
    another,
    close: async () => {
      await transport.close()
      await daemon.drain()
    },
  }
}
