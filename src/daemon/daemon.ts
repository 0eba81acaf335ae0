/** The daemon: one port, many callers, one `Execute`. In charge of putting its parts together; every part has a file of its own. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { createAnswering } from './answer.ts'
import { Connection } from './connection.ts'
import { drain } from './drain.ts'
import { createReporter } from './health.ts'
import { createHandler } from './http.ts'
import { listen } from './listener.ts'
import { type Daemon, type DaemonOptions, usualLimits } from './options.ts'
import { createOriginCheck } from './origin.ts'
import { watch } from './watch.ts'

export type { Daemon, DaemonLimits, DaemonOptions, Health, TlsMaterial } from './options.ts'

/** Resolves when the port is open. Rejects with the system's error where it cannot be had, or TypeError for a certificate that is none. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const limits = { ...usualLimits, ...options.limits }
  const { observe } = options
  const scheme = options.tls === undefined ? 'http' : 'https'
  const connections = new Set<Connection>()
  let total = 0
  let ending: Promise<void> | undefined
  const draining = (): boolean => ending !== undefined
  const answering = createAnswering(options, limits.message)
  const mayComeFrom = createOriginCheck(options.originAllowList ?? [], options.host, scheme)

  const accept = (ws: WebSocket, raw: Duplex, address: string, token: string | undefined): void => {
    const connection = new Connection(ws, raw, address, token, answering, limits, () => {
      connections.delete(connection)
      observe({ kind: 'connection', change: 'closed' })
    })
    connections.add(connection)
    total += 1
    observe({ kind: 'connection', change: 'opened' })
  }

  const handler = createHandler({
    answering,
    reporter: createReporter(options),
    mayComeFrom,
    metrics: options.metrics,
    message: limits.message,
    draining,
    counts: () => ({ active: connections.size, total }),
    fault: (where, error) => observe({ kind: 'fault', where, error }),
  })
  const { server, address, port } = await listen({ options, limits, mayComeFrom, handler, draining, accept })
  const stopWatching = watch(connections, options.authenticate, limits.check)
  const shown = address.includes(':') ? `[${address}]` : address
  const url = `${scheme === 'https' ? 'wss' : 'ws'}://${shown}:${port}`
  observe({ kind: 'daemon', change: 'listening', address: url })

  const stop = async (): Promise<void> => {
    observe({ kind: 'daemon', change: 'draining', address: url })
    await drain({ server, connections, answering, patience: limits.drain })
    stopWatching()
    observe({ kind: 'daemon', change: 'stopped', address: url })
  }
  return {
    url,
    address,
    port,
    drain() {
      ending ??= stop()
      return ending
    },
  }
}
