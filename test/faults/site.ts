/**
 * An engine on a database of a server, with entities whose rows tell what became of them. In charge of opening it and of answers as plain
 * data; must not know faults.
 */
import assert from 'node:assert/strict'
import type { Adapter } from '../../src/adapter/adapter.ts'
import type { ServerOptions } from '../../src/adapter/server.ts'
import { readShipped } from '../../src/config/schema-files.ts'
import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine.ts'
import type { PublicError } from '../../src/errors/error.ts'
import type { Principal } from '../../src/policy/principal.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import type { Call } from '../../src/protocol/execute.ts'
import type { Schema, Value } from '../../src/schema/entity.ts'
import { parseSchema } from '../../src/schema/parse.ts'
import { type DatabaseName, freshDatabase } from '../support/databases.ts'
import { type Hand, handOn, type Sql } from './servers.ts'

export const god: Principal = { kind: 'user', id: 'g', role: 'god', attributes: {} }

export const roles = 'roles: {public: 1, user: 2, admin: 3, god: {level: 4, developer: true}, supergod: {level: 5, developer: true}}'
export const acl = 'acl: { read: { god: true }, create: { god: true }, update: { god: true }, delete: { god: true } }'

/** `Counter` counts its own updates in `version`; a `Note` is one call's trace. */
export const entities = `entity: Counter
versioned: true
fields:
  id: { type: string, primary: true, required: true, max_length: 40 }
  n: { type: integer, required: true }
${acl}
---
entity: Note
fields:
  id: { type: string, primary: true, required: true, max_length: 60 }
  batch: { type: string, max_length: 60, nullable: true, index: true }
  text: { type: string, max_length: 200, nullable: true }
  pause: { type: integer, default: 0 }
${acl}
`

export interface Asked {
  readonly result?: Value
  readonly error?: PublicError
}

export interface Site {
  readonly adapter: Adapter
  readonly engine: Engine
  /** What the database said, for the reader of a failure. */
  readonly causes: unknown[]
  send(call: Partial<Call> & Pick<Call, 'method' | 'params'>): Promise<Asked>
  ask(method: string, ...params: unknown[]): Promise<Asked>
  /** The result; an error fails the test. */
  get(method: string, ...params: unknown[]): Promise<Value>
  close(): Promise<void>
}

export const adapterOn = async (kind: DatabaseName, options: ServerOptions): Promise<Adapter> => {
  switch (kind) {
    case 'postgresql':
      return (await import('../../src/adapters/postgres/adapter.ts')).createPostgresAdapter(options)
    case 'mysql':
      return (await import('../../src/adapters/mysql/adapter.ts')).createMysqlAdapter(options)
    case 'mongodb':
      return (await import('../../src/adapters/mongodb/adapter.ts')).createMongodbAdapter(options)
  }
}

/** With the engine's own entities: replies that are kept for keys are rows too. */
export function schemaOf(text = entities): Schema {
  const { shipped, internal } = readShipped()
  const files = [
    { path: 'roles.yaml', text: roles },
    { path: 'entities/all.yaml', text },
  ]
  return parseSchema(files, { shipped, internal })
}

export async function openSite(
  kind: DatabaseName,
  options: ServerOptions,
  { prepare = true, text, ...more }: Pick<Partial<EngineOptions>, 'limits'> & { readonly prepare?: boolean; readonly text?: string } = {},
): Promise<Site> {
  const adapter = await adapterOn(kind, options)
  const schema = schemaOf(text)
  if (prepare) await adapter.prepare(schema)
  const causes: unknown[] = []
  const engine = createEngine({
    schema,
    policy: loadPolicy(schema),
    adapter,
    observe: (seen) => void (seen.kind === 'request' && seen.cause !== undefined && causes.push(seen.cause)),
    ...more,
  })
  let calls = 0
  const send: Site['send'] = async (call) => {
    const reply = await engine.execute({ requestId: `r${++calls}`, ...call }, god)
    return reply.ok ? { result: reply.result } : { error: reply.error.toPublic() }
  }
  const ask: Site['ask'] = (method, ...params) => send({ method, params })
  const get: Site['get'] = async (method, ...params) => {
    const { result, error } = await ask(method, ...params)
    assert.equal(error, undefined, `${kind}: ${method}: ${JSON.stringify(error)} ${String(causes.at(-1))}`)
    return result as Value
  }
  return { adapter, engine, causes, send, ask, get, close: () => engine.close() }
}

export interface Ground {
  readonly url: string
  readonly name: string
  readonly site: Site
  /** What the test does behind DBAL's back, and what it sees there: two, as one that holds a lock sees old pictures only. */
  readonly hand: Hand
  readonly eye: Hand
}

/** A site on a database of its own, on the server of this run or on `server`; gone when `work` is done, whatever comes of it. */
export async function onGround(
  kind: Sql,
  { server, limits, ...options }: Omit<ServerOptions, 'url'> & { readonly server?: string; readonly limits?: Partial<EngineOptions>['limits'] },
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const database = await freshDatabase(kind, server)
  const { url, name } = database
  const hands: Hand[] = []
  let site: Site | undefined
  try {
    site = await openSite(kind, { ...options, url }, limits === undefined ? {} : { limits })
    hands.push(await handOn(kind, url), await handOn(kind, url))
    await work({ url, name, site, hand: hands[0] as Hand, eye: hands[1] as Hand })
  } finally {
    await Promise.all(hands.map((hand) => hand.end()))
    await site?.close()
    await database.drop()
  }
}

/** As `onGround`, on any kind of server, for tests that need no hand. */
export async function onSite(
  kind: DatabaseName,
  options: Omit<ServerOptions, 'url'>,
  work: (site: Site, url: string) => Promise<void>,
): Promise<void> {
  const { url, drop } = await freshDatabase(kind)
  try {
    const site = await openSite(kind, { ...options, url })
    await work(site, url).finally(() => site.close())
  } finally {
    await drop()
  }
}

/** An error is of the closed set, says nothing of the inside, and of which kind it is. */
export function assertTyped({ error, result }: Asked, code: string | readonly string[], hint?: RegExp): PublicError {
  assert.ok(error !== undefined, `expected ${String(code)}, got ${JSON.stringify(result)}`)
  const text = JSON.stringify(error)
  assert.ok([code].flat().includes(error.name), text)
  if (hint !== undefined) assert.match(`${error.details?.hint ?? ''} ${error.details?.reason ?? ''}`, hint, text)
  assertDiscreet(text)
  return error
}

/** What belongs to the inside: statements, tables, addresses, passwords, stacks, names of errors of drivers. */
export function assertDiscreet(text: string): void {
  assert.doesNotMatch(text, /SELECT|INSERT INTO|UPDATE "|counters|127\.0\.0\.1|node_modules|\.ts:\d|ECONN|ER_[A-Z]|SqlError|secret-of-test/, text)
}
