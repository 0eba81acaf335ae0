/**
 * Text of the wire to requests and replies to text, strictly (contract 7). In charge of the envelope; `params` stay untrusted.
 * Must not know sockets, tokens' meaning or the engine.
 *
 * Two reply forms. Short: `{id, result}` or `{id, error: {code, name, message, details?, requestId?}}`. Strict JSON-RPC 2.0, where the
 * request said so: `error` is `{code, message, data: {name, details?, requestId?}}`. `code` is the contract's number (403, 404, …) in
 * both: it lies outside of the range that JSON-RPC reserves, and one number for one error is worth more than -32600 for a bad envelope.
 */
import { DBALError, type FieldError, invalid, type PublicError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import type { Reply } from './execute.ts'
import type { Request, RequestId } from './message.ts'
import { type Scanned, scan } from './scan.ts'
import { isLonger, type ProtocolLimits, protocolLimits } from './version.ts'

/** Whom a reply goes to. `id` is null where it could not be read. */
export interface Addressee {
  readonly id: RequestId | null
  readonly strict: boolean
}

/** A message that is no request. `error` is what its sender gets, at `id` where that could be read. */
export class DecodeError extends Error implements Addressee {
  override readonly name = 'DecodeError'
  readonly id: RequestId | null
  readonly strict: boolean
  readonly error: DBALError

  constructor(to: Addressee, error: DBALError) {
    super(error.message, { cause: error })
    this.id = to.id
    this.strict = to.strict
    this.error = error
  }
}

const unread: Addressee = { id: null, strict: false }

/** Throws DecodeError (VALIDATION_ERROR that names the place; UNAUTHORIZED for `auth: null`). Nothing of a refused message may be executed. */
export function decode(text: string, limits: ProtocolLimits = protocolLimits): Request {
  if (isLonger(text, limits.message)) throw new DecodeError(unread, invalid({ field: 'message', error: `Must have at most ${limits.message} bytes` }))
  const scanned = scan(text, limits.depth)
  if (scanned.stopped) throw new DecodeError(addressee(text, scanned, limits), faultOf(scanned))
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    throw new DecodeError(
      unread,
      invalid({ field: 'message', error: 'Must be one JSON object, without comments, trailing commas or a byte order mark' }),
    )
  }
  if (scanned.fault !== undefined) throw new DecodeError(addressee(text, scanned, limits), faultOf(scanned))
  return envelope(message, limits)
}

function faultOf({ fault }: Scanned): DBALError {
  return invalid({ field: fault?.place || 'message', error: fault?.error ?? 'Is no request' })
}

/** Reads id and version of a refused message from its text: nothing was built from it, and its first spelling of a name counts. */
function addressee(text: string, { idAt, jsonrpcAt, fault }: Scanned, limits: ProtocolLimits): Addressee {
  const id = fault?.place === 'id' ? undefined : scalarAt(text, idAt)
  return { id: isId(id, limits) ? id : null, strict: scalarAt(text, jsonrpcAt) === '2.0' }
}

const scalar = /\s*:\s*("(?:[^"\\]|\\.){0,1024}"|-?[0-9]{1,32})\s*[,}]/y

function scalarAt(text: string, at: number): unknown {
  if (at === -1) return undefined
  scalar.lastIndex = at
  const found = scalar.exec(text)?.[1]
  try {
    return found === undefined ? undefined : JSON.parse(found)
  } catch {
    return undefined
  }
}

function isId(id: unknown, limits: ProtocolLimits): id is RequestId {
  return typeof id === 'string' ? id.length <= limits.id && id.isWellFormed() : Number.isSafeInteger(id)
}

function envelope(message: unknown, limits: ProtocolLimits): Request {
  if (Array.isArray(message)) throw new DecodeError(unread, invalid({ field: 'message', error: 'Must be one object: batches are not taken' }))
  if (typeof message !== 'object' || message === null) throw new DecodeError(unread, invalid({ field: 'message', error: 'Must be an object' }))
  const { id, jsonrpc, method, params, auth, idempotencyKey, transaction } = message as Record<string, unknown>
  const strict = jsonrpc === '2.0'
  const to: Addressee = { id: isId(id, limits) ? id : null, strict }
  const complaints: FieldError[] = []
  if (to.id === null) complaints.push({ field: 'id', error: `Must be a string of at most ${limits.id} characters or a whole number` })
  if (jsonrpc !== undefined && !strict) complaints.push({ field: 'jsonrpc', error: 'Must be "2.0" where it is given' })
  if (typeof method !== 'string' || method === '' || method.length > limits.method) {
    complaints.push({ field: 'method', error: `Must be a name of at most ${limits.method} characters` })
  }
  if (params !== undefined && (typeof params !== 'object' || params === null))
    complaints.push({ field: 'params', error: 'Must be a list or an object' })
  if (idempotencyKey !== undefined && !isText(idempotencyKey, limits.idempotencyKey)) {
    complaints.push({ field: 'idempotencyKey', error: `Must be a string of 1 to ${limits.idempotencyKey} characters` })
  }
  if (transaction !== undefined && !isText(transaction, limits.transaction)) {
    complaints.push({ field: 'transaction', error: `Must be a string of 1 to ${limits.transaction} characters` })
  }
  for (const name of Object.keys(message)) if (!members.has(name)) complaints.push({ field: name.slice(0, 128), error: 'Unknown member' })
  const identity = auth === undefined || auth === null ? undefined : identityOf(auth, limits, complaints)
  if (complaints.length > 0) throw new DecodeError(to, invalid(...complaints.slice(0, 20)))
  if (auth === null)
    throw new DecodeError(to, new DBALError('UNAUTHORIZED', { reason: 'auth is null: leave it out to use the identity of the connection' }))
  return {
    id: to.id as RequestId,
    method: method as string,
    params,
    strict,
    ...(identity === undefined ? undefined : { auth: identity }),
    ...(idempotencyKey === undefined ? undefined : { idempotencyKey: idempotencyKey as string }),
    ...(transaction === undefined ? undefined : { transaction: transaction as string }),
  }
}

const members: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'auth', 'idempotencyKey', 'transaction'])
const authMembers: ReadonlySet<string> = new Set(['token', 'userId', 'user_id'])

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest && value.isWellFormed()
}

function identityOf(auth: unknown, limits: ProtocolLimits, complaints: FieldError[]): Request['auth'] {
  if (typeof auth !== 'object' || auth === null || Array.isArray(auth)) {
    complaints.push({ field: 'auth', error: 'Must be an object such as {"token": "…"}' })
    return undefined
  }
  const { token, userId: camel, user_id: snake } = auth as Record<string, unknown>
  if (camel !== undefined && snake !== undefined) complaints.push({ field: 'auth.user_id', error: 'Must not stand beside userId' })
  const userId = camel ?? snake
  if (token === undefined && userId === undefined) complaints.push({ field: 'auth.token', error: 'Is required' })
  if (token !== undefined && !isText(token, limits.token))
    complaints.push({ field: 'auth.token', error: `Must be a string of 1 to ${limits.token} characters` })
  if (userId !== undefined && !isText(userId, limits.userId))
    complaints.push({ field: 'auth.userId', error: `Must be a string of 1 to ${limits.userId} characters` })
  for (const name of Object.keys(auth)) if (!authMembers.has(name)) complaints.push({ field: `auth.${name.slice(0, 128)}`, error: 'Unknown member' })
  return { ...(token === undefined ? undefined : { token: token as string }), ...(userId === undefined ? undefined : { userId: userId as string }) }
}

/** One message. Lone surrogates in strings leave as escapes, so the text is always well-formed. */
export function encodeReply(to: Addressee, reply: Reply): string {
  const head = `{${to.strict ? '"jsonrpc":"2.0",' : ''}"id":${typeof to.id === 'number' ? to.id : JSON.stringify(to.id)}`
  if (reply.ok) return `${head},"result":${JSON.stringify(reply.result) ?? 'null'}}`
  const error: PublicError = { requestId: reply.requestId, ...reply.error.toPublic() }
  if (!to.strict) return `${head},"error":${JSON.stringify(error)}}`
  const { code, message, ...data } = error
  return `${head},"error":${JSON.stringify({ code, message, data })}}`
}

/** What a client sends. Throws nothing: `params` are plain data already. */
export function encodeRequest(request: Omit<Request, 'strict' | 'id'> & { readonly id: string }): string {
  const { id, method, params, auth, idempotencyKey, transaction } = request
  return JSON.stringify({ id, method, params, auth, idempotencyKey, transaction })
}

export type Answered = { readonly id: RequestId | null } & ({ readonly result: Value } | { readonly error: DBALError })

/** A reply in either form. Throws SyntaxError for text that is none: the peer does not speak this protocol. */
export function decodeReply(text: string): Answered {
  const message: unknown = JSON.parse(text)
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw new SyntaxError('A reply must be an object')
  const { id, result, error } = message as Record<string, unknown>
  if (id !== null && typeof id !== 'string' && typeof id !== 'number') throw new SyntaxError('A reply must have an id')
  if (error === undefined) {
    if (result === undefined) throw new SyntaxError('A reply must have a result or an error')
    return { id, result: result as Value }
  }
  if (typeof error !== 'object' || error === null || Array.isArray(error)) throw new SyntaxError('The error of a reply must be an object')
  const { message: sentence, data, ...short } = error as Record<string, unknown>
  const { name, details, requestId } = { ...short, ...(data as object | undefined) } as Record<string, unknown>
  const told = {
    code: 0,
    name,
    message: typeof sentence === 'string' ? sentence : 'Internal server error',
    ...(typeof details === 'object' && details !== null ? { details } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  }
  return { id, error: DBALError.fromPublic(told as PublicError) }
}
