/** Envelopes of the wire (contract 7): shapes and names only. The codec turns frames into these; must not know sockets or the engine. */
import type { PublicError } from '../errors/error.ts'
import { crudNames } from '../schema/crud.ts'
import type { Value } from '../schema/entity.ts'

export const methods = [
  ...crudNames,
  'transaction',
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'release',
  'call',
  'getCapabilities',
  'getSchema',
  'login',
  'logout',
  'logoutAll',
  'whoami',
  'authenticate',
  'ping',
  'explain',
] as const

export type Method = (typeof methods)[number]

/** Names of the parameters of each method, in order; those ending in `?` may be absent. `options?` members may also stand beside them by name. */
export const parameters: { readonly [M in Method]: readonly string[] } = {
  create: ['entity', 'data', 'options?'],
  read: ['entity', 'id', 'options?'],
  update: ['entity', 'id', 'data', 'options?'],
  delete: ['entity', 'id', 'options?'],
  list: ['entity', 'options?'],
  count: ['entity', 'options?'],
  search: ['entity', 'text', 'options?'],
  aggregate: ['entity', 'options?'],
  createMany: ['entity', 'items', 'options?'],
  updateMany: ['entity', 'filter', 'data', 'options?'],
  deleteMany: ['entity', 'filter', 'options?'],
  upsert: ['entity', 'options'],
  transaction: ['steps'],
  begin: [],
  commit: [],
  rollback: ['savepoint?'],
  savepoint: [],
  release: ['savepoint'],
  call: ['entity', 'operation', 'input?'],
  getCapabilities: [],
  getSchema: [],
  login: ['username', 'password'],
  logout: [],
  logoutAll: [],
  whoami: [],
  authenticate: ['token'],
  ping: [],
  explain: ['method', 'params', 'as?', 'row?'],
}

export type RequestId = string | number

/** A decoded request: the envelope is checked, `params` are not. */
export interface Request {
  readonly id: RequestId
  readonly method: string
  readonly params: unknown
  /** Absent: the connection's identity. null is an error by contract. */
  readonly auth?: { readonly token?: string; readonly userId?: string }
  readonly idempotencyKey?: string
  /** The open transaction that the call belongs to, by the id that `begin` answered. */
  readonly transaction?: string
  /** The caller wrote `"jsonrpc":"2.0"`; the reply is strictly 2.0. */
  readonly strict: boolean
}

export interface SuccessEnvelope {
  readonly id: RequestId
  readonly result: Value
}

export interface ErrorEnvelope {
  readonly id: RequestId | null
  readonly error: PublicError
}
