/** What generated types stand on, and the untyped face of the client. In charge of names that users read in error messages; types only. */
import type { Method } from '../protocol/message.ts'
import type { CrudName } from '../schema/crud.ts'
import type { Status } from './transport.ts'

/** Beside the options of every call; also for a whole view of the client with `client.with({…})`. */
export interface CallOptions {
  /** Ends the call with TIMEOUT. A write that was sent already may have happened: `details.outcome` says `unknown` then. */
  signal?: AbortSignal
  /** Milliseconds until the call ends with TIMEOUT. */
  timeout?: number
  /** More attempts after RATE_LIMIT_EXCEEDED (behind its `retryAfter`) and DATABASE_ERROR. 0 unless asked for. */
  retry?: number
  /** Of a write, at most 128 characters: the same key never has its effect twice, and answers what the first call answered. */
  idempotencyKey?: string
}

// biome-ignore lint/suspicious/noExplicitAny: JSON has no narrower type that a program could use without casts.
export type Json = any
/** Whole number of 64 bits: digits, or a number that is exact. */
export type BigintInput = string | number | bigint
export type DecimalInput = string | number | bigint
/** RFC 3339 text or a Date. */
export type DatetimeInput = string | Date
/** Base64 text or bytes. */
export type BytesInput = string | Uint8Array

export type Direction = 'asc' | 'desc'

export interface Page<Row> {
  data: Row[]
  /** All rows of the filter; null with `total: 'none'`. */
  total: number
  page: number
  limit: number
  hasMore: boolean
  nextCursor: string | null
}

export interface Paging extends CallOptions {
  /** From 1. Not beside `after`. */
  page?: number
  limit?: number
  /** `nextCursor` of the page before. */
  after?: string | null
  search?: string
  total?: 'exact' | 'none'
}

/** A row of an aggregate: the group's fields, `count`, and what was asked for by field. */
export interface Totals {
  count: number
  sum: Record<string, Json>
  avg: Record<string, Json>
  min: Record<string, Json>
  max: Record<string, Json>
  [groupField: string]: Json
}

export type Returned<Returning extends boolean, Row> = Returning extends true ? Row[] : number

export interface IdFilter {
  eq?: string | null
  ne?: string | null
  gt?: string
  gte?: string
  lt?: string
  lte?: string
  in?: readonly string[]
  notIn?: readonly string[]
  isNull?: boolean
}

export interface StringFilter extends IdFilter {
  contains?: string
  startsWith?: string
  endsWith?: string
  mode?: 'insensitive'
}

export interface NumberFilter {
  eq?: number | null
  ne?: number | null
  gt?: number
  gte?: number
  lt?: number
  lte?: number
  in?: readonly number[]
  notIn?: readonly number[]
  isNull?: boolean
}

export interface BigintFilter {
  eq?: BigintInput | null
  ne?: BigintInput | null
  gt?: BigintInput
  gte?: BigintInput
  lt?: BigintInput
  lte?: BigintInput
  in?: readonly BigintInput[]
  notIn?: readonly BigintInput[]
  isNull?: boolean
}

export interface DatetimeFilter {
  eq?: DatetimeInput | null
  ne?: DatetimeInput | null
  gt?: DatetimeInput
  gte?: DatetimeInput
  lt?: DatetimeInput
  lte?: DatetimeInput
  in?: readonly DatetimeInput[]
  notIn?: readonly DatetimeInput[]
  isNull?: boolean
}

export interface BooleanFilter {
  eq?: boolean | null
  ne?: boolean | null
  gt?: boolean
  gte?: boolean
  lt?: boolean
  lte?: boolean
  in?: readonly boolean[]
  notIn?: readonly boolean[]
  isNull?: boolean
}

export interface BytesFilter {
  eq?: BytesInput | null
  ne?: BytesInput | null
  in?: readonly BytesInput[]
  notIn?: readonly BytesInput[]
  isNull?: boolean
}

/** A json field as a whole; a place in it is asked about by a dotted name: `{'props.color': 'red'}`. */
export interface JsonFilter {
  isNull?: boolean
}

/** A place in a json field. */
export interface PlaceFilter {
  eq?: string | number | boolean | null
  ne?: string | number | boolean | null
  gt?: string | number | boolean
  gte?: string | number | boolean
  lt?: string | number | boolean
  lte?: string | number | boolean
  in?: readonly (string | number | boolean)[]
  notIn?: readonly (string | number | boolean)[]
  contains?: string
  startsWith?: string
  endsWith?: string
  mode?: 'insensitive'
  isNull?: boolean
}

/** One step of a transaction. In `params`, `$steps[0].id` stands for what an earlier step answered. */
export interface Step {
  method: CrudName | 'call'
  params: readonly unknown[] | Readonly<Record<string, unknown>>
}

export interface Login {
  token: string
  userId: string
  expiresAt: string
}

export interface WhoAmI {
  id: string | null
  username: string | null
  role: string
  level: number
  tenantId: string | null
}

/** An entity of which no types were generated: every basic operation, and any other name as a domain operation. */
export interface AnyEntity {
  create(data: object, options?: object): Promise<Json>
  read(id: Json, options?: object): Promise<Json>
  update(id: Json, data: object, options?: object): Promise<Json>
  delete(id: Json, options?: object): Promise<true>
  list(options?: object): Promise<Page<Json>>
  count(options?: object): Promise<number>
  search(text: string, options?: object): Promise<Page<Json>>
  aggregate(options?: object): Promise<Totals[]>
  createMany(items: readonly object[], options?: object): Promise<Json>
  updateMany(filter: object, data: object, options?: object): Promise<Json>
  deleteMany(filter: object, options?: object): Promise<number>
  upsert(options: object): Promise<Json>
  [operation: string]: (...input: Json[]) => Promise<Json>
}

/** The form of a generated `Schema`: its entities by the name of the client's property, and by their own. */
export interface SchemaTypes {
  readonly properties: object
  readonly entities: object
}

/** Types where nothing was generated: every property is an entity. */
export interface AnySchema {
  readonly properties: { readonly [plural: string]: AnyEntity }
  readonly entities: { readonly [name: string]: AnyEntity }
}

/** What a function leads in a transaction: entities as of the client, and parts that can be undone by themselves. */
export interface TransactionMethods<S extends SchemaTypes> {
  entity<Name extends keyof S['entities']>(name: Name): S['entities'][Name]
  entity(name: string): AnyEntity
  call(entity: string, operation: string, input?: readonly unknown[] | object, options?: CallOptions): Promise<Json>
  /** What `part` wrote is undone where it throws, and the transaction goes on. One at a time, or one inside another. */
  savepoint<Result>(part: () => Promise<Result>): Promise<Result>
}

export type Transaction<S extends SchemaTypes = AnySchema> = TransactionMethods<S> & S['properties']

/** What every client has, whatever its schema. */
export interface ClientMethods<S extends SchemaTypes> {
  /** An entity by its name. Names outside of the generated types give an untyped one. */
  entity<Name extends keyof S['entities']>(name: Name): S['entities'][Name]
  entity(name: string): AnyEntity
  /** All steps or none; answers their results in order. */
  transaction<Results extends readonly unknown[] = Json[]>(steps: readonly Step[], options?: CallOptions): Promise<Results>
  /**
   * All that `work` does with `tx`, or nothing of it: committed when it resolves, rolled back when it rejects. It holds rows locked while
   * it runs, so it ends by itself after 5 s without a call and 30 s in all.
   */
  transaction<Result>(work: (tx: Transaction<S>) => Promise<Result>, options?: CallOptions): Promise<Result>
  /** A domain operation by name; `input` by position (a list) or by name (an object). */
  call(entity: string, operation: string, input?: readonly unknown[] | object, options?: CallOptions): Promise<Json>
  capabilities(options?: CallOptions): Promise<Json>
  /** The schema as the caller may know it. */
  schema(options?: CallOptions): Promise<Json>
  /** The client acts as this account from now on. */
  login(username: string, password: string, options?: CallOptions): Promise<Login>
  /** Acts as the owner of `token` from now on, if it holds. */
  authenticate(token: string, options?: CallOptions): Promise<WhoAmI>
  /** Ends the session; the client has no identity afterwards. */
  logout(options?: CallOptions): Promise<Json>
  logoutAll(options?: CallOptions): Promise<Json>
  whoami(options?: CallOptions): Promise<WhoAmI>
  ping(options?: CallOptions): Promise<Json>
  /** Why a call is answered as it is, for developer roles. `as`: a role, a user's id or name, or a principal. `row`: the key of one row of many. */
  explain(method: Method, params: readonly unknown[] | object, as?: string | object, options?: CallOptions & { row?: unknown }): Promise<Json>
  /** The same client, whose calls have these options where they name none themselves. Domain operations take them only so. */
  with(options: CallOptions): Client<S>
  /** The same client, acting as the engine itself. In-process only; `reason` goes to the audit. */
  asSystem(reason: string): Client<S>
  /** Calls `listener` at each change; returns the function that ends it. */
  on(event: 'status', listener: (status: Status) => void): () => void
  readonly status: Status
  close(): Promise<void>
}

export type Client<S extends SchemaTypes = AnySchema> = ClientMethods<S> & S['properties']
