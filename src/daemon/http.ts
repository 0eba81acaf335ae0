/** Plain HTTP: POST /rpc, health, readiness and metrics. In charge of methods, headers and bodies; what a call means is not known here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DBALError, type FieldError, invalid } from '../errors/error.ts'
import { encodeReply } from '../protocol/codec.ts'
import type { Request } from '../protocol/message.ts'
import { type Answering, faultOf, type Peer } from './answer.ts'
import { bearerOf } from './authenticate.ts'
import type { Counts, Reporter } from './health.ts'
import { addressOf, type OriginCheck } from './origin.ts'

export interface HttpParts {
  readonly answering: Answering
  readonly reporter: Reporter
  readonly mayComeFrom: OriginCheck
  readonly metrics: () => Promise<string>
  readonly counts: () => Counts
  readonly draining: () => boolean
  /** Bytes of a body. */
  readonly message: number
  readonly fault: (where: string, error: unknown) => void
}

type Handler = (request: IncomingMessage, response: ServerResponse, parts: HttpParts) => Promise<void>

interface Route {
  readonly methods: readonly string[]
  readonly handle: Handler
}

const read = ['GET', 'HEAD']
const routes: ReadonlyMap<string, Route> = new Map([
  ['/rpc', { methods: ['POST', 'OPTIONS'], handle: rpc }],
  ['/health', { methods: read, handle: health }],
  ['/livez', { methods: read, handle: async (_, response) => send(response, 200, { status: 'alive' }) }],
  ['/readyz', { methods: read, handle: ready }],
  ['/metrics', { methods: read, handle: metrics }],
  ['/', { methods: read, handle: upgradeWanted }],
  ['/ws', { methods: read, handle: upgradeWanted }],
])

/** The 'request' listener of the server. */
export function createHandler(parts: HttpParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void handle(request, response, parts).catch((error: unknown) => {
      parts.fault('HTTP request', error)
      if (response.headersSent) response.destroy()
      else refuse(response, 500, new DBALError('INTERNAL_ERROR'))
    })
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Cache-Control', 'no-store')
  const misread = strangeForm(request)
  if (misread !== undefined) {
    response.setHeader('Connection', 'close')
    return refuse(response, 400, invalid(misread))
  }
  const [path = ''] = (request.url ?? '').split('?', 1)
  const route = routes.get(path)
  if (route === undefined)
    return refuse(response, 404, new DBALError('NOT_FOUND', { reason: 'There are /rpc, /health, /livez, /readyz, /metrics, and a WebSocket at /' }))
  if (!route.methods.includes(request.method ?? '')) {
    response.setHeader('Allow', route.methods.join(', '))
    return refuse(response, 405, invalid({ field: 'method', error: `Must be ${route.methods.join(' or ')}` }))
  }
  await route.handle(request, response, parts)
}

/** What two servers in a row might read differently: versions before 1.0, and bodies where none belongs. */
function strangeForm({ httpVersionMajor, method, headers }: IncomingMessage): FieldError | undefined {
  if (httpVersionMajor < 1) return { field: 'HTTP', error: 'Must be of version 1.0 or 1.1' }
  const body = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return body && method !== 'POST' ? { field: 'body', error: `Does not belong to ${method}` } : undefined
}

async function rpc(request: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  const { origin, host } = request.headers
  if (!parts.mayComeFrom(origin, host)) return refuse(response, 403, new DBALError('FORBIDDEN', { reason: 'Pages of this origin may not connect' }))
  if (origin !== undefined) {
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Vary', 'Origin')
  }
  if (request.method === 'OPTIONS') return preflight(response)
  const wrong = wrongForm(request, parts.message)
  if (wrong !== undefined) return refuse(response, wrong.status, invalid({ field: wrong.field, error: wrong.error }))
  const body = await bodyOf(request, parts.message)
  if (body === 'gone') return
  if (body === 'long') return refuse(response, 413, tooLong(parts.message))
  const peer = peerOf(request, response)
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    return refuse(response, 400, invalid({ field: 'message', error: 'Must be UTF-8' }))
  }
  await answer(text, request, response, peer, parts)
}

/** The short form tells a failure by the HTTP status too; strict JSON-RPC 2.0 is always 200, as its clients expect. */
async function answer(text: string, request: IncomingMessage, response: ServerResponse, peer: Peer, { answering }: HttpParts): Promise<void> {
  let message: Request | undefined
  try {
    message = answering.decode(text)
    // A message's own token wins: then the header is not even looked at.
    const token = message.auth?.token === undefined ? bearerOf(request.headers.authorization) : undefined
    const reply = await answering.answer(message, token, peer)
    sendText(response, reply.ok || message.strict ? 200 : statusOf(response, reply.error), encodeReply(message, reply))
  } catch (error) {
    const to = message !== undefined && error instanceof DBALError ? { id: message.id, strict: message.strict, error } : faultOf(error)
    const reply = await answering.refuse(to.error, peer, message?.method)
    sendText(response, reply.ok || to.strict ? 200 : statusOf(response, reply.error), encodeReply(to, reply))
  }
}

function statusOf(response: ServerResponse, error: DBALError): number {
  if (error.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer')
  if (error.details.retryAfter !== undefined) response.setHeader('Retry-After', Math.ceil(error.details.retryAfter))
  return error.status
}

const json = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const tooLong = (most: number): DBALError => invalid({ field: 'message', error: `Must have at most ${most} bytes` })

function wrongForm(
  { headers }: IncomingMessage,
  most: number,
): { readonly status: number; readonly field: string; readonly error: string } | undefined {
  if (!json.test(headers['content-type'] ?? '')) return { status: 415, field: 'Content-Type', error: 'Must be application/json' }
  if (!['', 'identity'].includes(headers['content-encoding'] ?? ''))
    return { status: 415, field: 'Content-Encoding', error: 'Must not be compressed' }
  if (Number(headers['content-length'] ?? 0) > most) return { status: 413, field: 'message', error: `Must have at most ${most} bytes` }
  return undefined
}

function bodyOf(request: IncomingMessage, most: number): Promise<Buffer | 'long' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > most) resolve('long')
      else chunks.push(chunk)
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', () => resolve('gone'))
    request.once('close', () => resolve('gone'))
  })
}

function peerOf(request: IncomingMessage, response: ServerResponse): Peer {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return { address: addressOf(request.socket.remoteAddress), signal: gone.signal }
}

function preflight(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Methods', 'POST')
  response.setHeader('Access-Control-Allow-Headers', 'content-type, authorization')
  response.setHeader('Access-Control-Max-Age', '600')
  response.writeHead(204).end()
}

function isTrusted(request: IncomingMessage, { reporter }: HttpParts): boolean {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return reporter.trusted(addressOf(request.socket.remoteAddress), token)
}

async function health(request: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  const { status, body } = await parts.reporter.health(parts.counts(), parts.draining(), isTrusted(request, parts))
  send(response, status, body)
}

async function ready(_: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  const { status, body } = await parts.reporter.ready(parts.draining())
  send(response, status, body)
}

async function metrics(request: IncomingMessage, response: ServerResponse, parts: HttpParts): Promise<void> {
  if (!isTrusted(request, parts))
    return refuse(response, 403, new DBALError('FORBIDDEN', { reason: 'Metrics need loopback or the monitoring token' }))
  const text = await parts.metrics()
  sendText(response, 200, text, 'text/plain; version=0.0.4; charset=utf-8')
}

async function upgradeWanted(_: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Upgrade', 'websocket')
  refuse(response, 426, invalid({ field: 'Upgrade', error: 'This is a WebSocket; plain requests go to POST /rpc' }))
}

/** Failures before there is a call have a contract error as body and the HTTP status that says it best. */
function refuse(response: ServerResponse, status: number, error: DBALError): void {
  // What is left of the body is not read: the connection ends with the answer.
  if (status === 413 || status === 415) response.setHeader('Connection', 'close')
  send(response, status, { id: null, error: error.toPublic() })
}

const send = (response: ServerResponse, status: number, body: object): void => sendText(response, status, JSON.stringify(body))

function sendText(response: ServerResponse, status: number, text: string, type = 'application/json; charset=utf-8'): void {
  if (response.destroyed) return
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.writeHead(status).end(text)
}
