/** The listening socket: TLS, HTTP and upgrades on one port. In charge of who may open a WebSocket; must not know messages. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { DBALError } from '../errors/error.ts'
import { bearerOf } from './authenticate.ts'
import type { createHandler } from './http.ts'
import type { DaemonLimits, DaemonOptions } from './options.ts'
import { addressOf, type OriginCheck } from './origin.ts'

export interface ListenerParts {
  readonly options: DaemonOptions
  readonly limits: DaemonLimits
  readonly mayComeFrom: OriginCheck
  readonly handler: ReturnType<typeof createHandler>
  readonly draining: () => boolean
  readonly accept: (ws: WebSocket, raw: Duplex, address: string, token: string | undefined) => void
}

export interface Listener {
  readonly server: Server
  readonly address: string
  readonly port: number
}

/** Head of a request; longer ones are refused by the parser (431). */
const maxHeader = 16 * 1024
const keepAliveMs = 65_000

/** Rejects with the system's error (EADDRINUSE, EACCES) where the port cannot be had. */
export async function listen(parts: ListenerParts): Promise<Listener> {
  const { options, limits } = parts
  const server = serverFor(parts)
  // The types of ws do not know closeTimeout and maxFragments yet; a variable may have members that its use does not name.
  const settings = {
    noServer: true,
    maxPayload: limits.message,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
    maxFragments: 1024,
    closeTimeout: 5000,
  }
  const sockets = new WebSocketServer(settings)
  server.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    // A reset before ws listens must not be an exception of the process.
    raw.on('error', ignore)
    upgrade(request, raw, head, sockets, parts).catch((error: unknown) => {
      options.observe({ kind: 'fault', where: 'upgrade', error })
      raw.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', (error) => options.observe({ kind: 'fault', where: 'listener', error }))
  const { address, port } = server.address() as AddressInfo
  return { server, address, port }
}

function serverFor({ options: { tls }, limits, handler }: ListenerParts): Server {
  const common = {
    maxHeaderSize: maxHeader,
    headersTimeout: limits.first,
    requestTimeout: limits.body,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: keepAliveMs,
  }
  const server =
    tls === undefined
      ? createServer(common, handler)
      : createTlsServer(
          {
            ...common,
            ...tls,
            minVersion: 'TLSv1.2',
            handshakeTimeout: limits.first,
            ...(tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
          },
          handler,
        )
  server.maxConnections = limits.connections
  server.maxHeadersCount = 100
  return server
}

const ignore = (): void => undefined

async function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer, sockets: WebSocketServer, parts: ListenerParts): Promise<void> {
  const { options } = parts
  const address = addressOf(request.socket.remoteAddress)
  const refuse = (status: number, error: DBALError, why: string): void => {
    options.observe({ kind: 'connection', change: 'refused', reason: why })
    refuseUpgrade(raw, status, error)
  }
  const [path] = (request.url ?? '').split('?', 1)
  if (path !== '/' && path !== '/ws' && path !== options.path) return refuse(404, new DBALError('NOT_FOUND'), 'path')
  if (parts.draining()) return refuse(503, new DBALError('DATABASE_ERROR', { reason: 'The daemon is shutting down' }), 'draining')
  if (!parts.mayComeFrom(request.headers.origin, request.headers.host)) {
    return refuse(403, new DBALError('FORBIDDEN', { reason: 'Pages of this origin may not connect' }), 'origin')
  }
  let token: string | undefined
  try {
    token = bearerOf(request.headers.authorization)
    if (token !== undefined) {
      await options.authenticate(token)
      options.observe({ kind: 'authentication', ok: true, address })
    }
  } catch (error) {
    const known = error instanceof DBALError ? error : new DBALError('INTERNAL_ERROR', {}, { cause: error })
    options.observe({ kind: 'authentication', ok: false, reason: 'upgrade', address })
    return refuse(known.status, known, 'identity')
  }
  // It may have gone, or the daemon may have begun to drain, while the token was looked up.
  if (raw.destroyed) return
  if (parts.draining()) return refuse(503, new DBALError('DATABASE_ERROR', { reason: 'The daemon is shutting down' }), 'draining')
  sockets.handleUpgrade(request, raw, head, (ws) => {
    raw.off('error', ignore)
    parts.accept(ws, raw, address, token)
  })
}

/** How long a refused peer may take to read why. */
const lastWordsMs = 2000

function refuseUpgrade(raw: Duplex, status: number, error: DBALError): void {
  if (raw.destroyed) return
  const body = JSON.stringify({ id: null, error: error.toPublic() })
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ]
  raw.end(lines.join('\r\n'), () => raw.destroy())
  setTimeout(() => raw.destroy(), lastWordsMs).unref()
}
