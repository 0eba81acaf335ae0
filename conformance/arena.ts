/** One backend behind one door, with accounts to call as. In charge of opening, accounts and cleaning; must not know cases or what they expect. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PrismaClientLike } from '../src/adapters/prisma/adapter.ts'
import { loadContract, openAdapter } from '../src/cli/compose.ts'
import { createClient } from '../src/client/client.ts'
import type { Identity } from '../src/client/transport.ts'
import type { Client } from '../src/client/types.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import { crudNames } from '../src/schema/crud.ts'
import type { Schema, Value } from '../src/schema/entity.ts'
import { identity } from '../src/session/identity.ts'
import { createToken, digestOf } from '../src/session/token.ts'
import { freshDatabase, serverOf } from '../test/support/databases.ts'
import { prismaClient } from '../test/support/prisma-client.ts'
import { type DoorName, type OpenDoor, openDoor } from './doors.ts'

export type AdapterName = 'memory' | 'sqlite' | 'prisma' | PrismaOnServer | ServerAdapter
/** Adapters of servers that somebody has to run. */
type ServerAdapter = 'postgresql' | 'mysql' | 'mongodb'
const serverAdapters: readonly string[] = ['postgresql', 'mysql', 'mongodb'] satisfies readonly ServerAdapter[]
/** The adapter prisma, with a client for the other databases that it serves. */
type PrismaOnServer = 'prisma-postgresql' | 'prisma-mysql'
const behindPrisma: Readonly<Record<PrismaOnServer, 'postgresql' | 'mysql'>> = { 'prisma-postgresql': 'postgresql', 'prisma-mysql': 'mysql' }
export const adapterNames: readonly AdapterName[] = [
  'memory',
  'sqlite',
  'prisma',
  'prisma-postgresql',
  'prisma-mysql',
  'postgresql',
  'mysql',
  'mongodb',
]

/** Why there is no database of that adapter here; undefined where there is one. */
export function missing(adapter: AdapterName): string | undefined {
  const server = serverBehind(adapter)
  return server === undefined ? undefined : serverOf(server).skip
}

const serverBehind = (name: AdapterName): ServerAdapter | undefined =>
  isPrismaOnServer(name) ? behindPrisma[name] : isServer(name) ? name : undefined
export const isPrismaOnServer = (name: AdapterName): name is PrismaOnServer => name in behindPrisma

const isServer = (name: AdapterName): name is ServerAdapter => serverAdapters.includes(name)

interface Ground {
  readonly url?: string
  readonly client?: PrismaClientLike
  readonly drop: () => Promise<void>
}

/** A new, empty database. */
async function groundOf(name: AdapterName, door: DoorName): Promise<Ground> {
  if (name === 'memory') return { drop: async () => undefined }
  if (isServer(name)) return freshDatabase(name)
  if (isPrismaOnServer(name)) {
    const database = await freshDatabase(behindPrisma[name])
    const client = await prismaClient(behindPrisma[name], database.url)
    return { client, drop: () => client.$disconnect().then(database.drop) }
  }
  if (name === 'sqlite' && door === 'in-process') return { url: ':memory:', drop: async () => undefined }
  const directory = await mkdtemp(join(tmpdir(), 'dbal-conformance-'))
  const url = `file:${join(directory, 'case.db')}`
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  if (name === 'sqlite') return { url, drop: remove }
  const client = await prismaClient('sqlite', url)
  return { client, drop: () => client.$disconnect().then(remove) }
}

export interface Account {
  readonly name: string
  /** Its row of the user entity. */
  readonly row: Readonly<Record<string, Value>>
  readonly token: string
}

export interface Outcall {
  readonly method: string
  readonly params: unknown
  readonly idempotencyKey?: string
  readonly transaction?: string
  readonly raw?: boolean
  readonly cancelled?: boolean
}

export interface Arena {
  /** What the adapter says of its server, such as `SQLite 3.53.4`. */
  readonly backend: string
  readonly users: Readonly<Record<string, Account['row']>>
  /** `as` is an account's name, `public`, `system`, or an identity of its own. Rejects with DBALError. */
  call(as: string | Identity, call: Outcall): Promise<Value>
  /** A new account of that name; `row` are further fields of its user. */
  enlist(name: string, row: Readonly<Record<string, unknown>>): Promise<void>
  /** Removes everything but the accounts. */
  clean(): Promise<void>
  /** What went wrong inside the engine since the last question: causes of 5xx answers. */
  faults(): unknown[]
  close(): Promise<void>
}

export interface ArenaOptions {
  readonly adapter: AdapterName
  readonly door: DoorName
  /** Folder of the schema; the shipped one where absent. */
  readonly schema?: string
}

type Contract = ReturnType<typeof loadContract>
const contracts = new Map<string, Contract>()

/** Schema and policy are values: every arena on a folder shares them. */
function contractOf(folder: string | undefined): Contract {
  const key = folder ?? ''
  const contract = contracts.get(key) ?? loadContract(folder)
  contracts.set(key, contract)
  return contract
}

/** Accounts of every arena. `user2` is another one of role `user`. */
const standing: Readonly<Record<string, string>> = { user: 'user', user2: 'user', admin: 'admin', god: 'god', supergod: 'supergod' }

export async function openArena({ adapter: name, door: doorName, schema: folder }: ArenaOptions): Promise<Arena> {
  const { schema, policy } = contractOf(folder)
  const { url, client, drop } = await groundOf(name, doorName)
  const place = { ...(url === undefined ? {} : { url }), ...(client === undefined ? {} : { client }) }
  const adapter = await openAdapter({
    adapter: isPrismaOnServer(name) ? 'prisma' : name,
    threads: doorName === 'daemon' ? 'worker' : 'inline',
    ...place,
  })
  try {
    await adapter.prepare(schema, 'apply')
  } catch (error) {
    await adapter.close()
    await drop()
    throw error
  }
  const faults: unknown[] = []
  const engine = createEngine({
    schema,
    policy,
    adapter,
    observe: (seen) => void (seen.kind === 'request' && seen.cause !== undefined && faults.push(seen.cause)),
  })
  const door = await openDoor(doorName, engine)
  const arena = new Opened(schema, engine, door, await adapter.probe(), faults, async () => {
    await door.close()
    await engine.close()
    await drop()
  })
  for (const [account, role] of Object.entries(standing)) await arena.enlist(account, { role })
  return arena
}

/** Calls of the client that take no part in who it acts as. */
const entityCalls: ReadonlySet<string> = new Set(crudNames)

/** Methods that may leave their connection with an identity, which later calls without one would take on. */
const connecting: ReadonlySet<string> = new Set(['login', 'authenticate'])

class Opened implements Arena {
  readonly backend: string
  readonly #schema: Schema
  readonly #engine: Engine
  readonly #door: OpenDoor
  readonly #accounts = new Map<string, Account>()
  readonly #clients = new Map<string, Client>()
  readonly #faults: unknown[]
  readonly #close: () => Promise<void>
  #count = 0

  constructor(schema: Schema, engine: Engine, door: OpenDoor, backend: string, faults: unknown[], close: () => Promise<void>) {
    this.#schema = schema
    this.#engine = engine
    this.#door = door
    this.backend = backend
    this.#faults = faults
    this.#close = close
  }

  get users(): Readonly<Record<string, Account['row']>> {
    return Object.fromEntries([...this.#accounts].map(([name, { row }]) => [name, row]))
  }

  async enlist(name: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const label = `${name}-${++this.#count}`
    const data = { username: label, email: `${label}@example.org`, ...row }
    const made = (await this.#engine.system('create', { entity: identity.user, data }, 'conformance')) as Account['row']
    const token = createToken('session')
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const session = { userId: made['id'], token: digestOf(token), expiresAt, lastActivity: new Date().toISOString() }
    await this.#engine.system('create', { entity: identity.session, data: session }, 'conformance')
    this.#accounts.set(name, { name, row: made, token })
    this.#clients.delete(name)
  }

  /** The engine's own identity has no way over the wire: its calls go to the engine in both doors. */
  async call(as: string | Identity, call: Outcall): Promise<Value> {
    if (as === 'system') return this.#engine.system(call.method, call.params, 'conformance')
    const who = typeof as === 'string' ? this.#identity(as) : as
    const { method, params, idempotencyKey, transaction } = call
    const own = { ...(idempotencyKey === undefined ? {} : { idempotencyKey }), ...(call.cancelled === true ? { signal: AbortSignal.abort() } : {}) }
    const [entity, ...args] = Array.isArray(params) ? (params as unknown[]) : []
    if (
      call.raw !== true &&
      transaction === undefined &&
      typeof as === 'string' &&
      entityCalls.has(method) &&
      typeof entity === 'string' &&
      entity !== ''
    ) {
      const group = this.#client(as, who).with(own).entity(entity) as unknown as Record<string, (...args: unknown[]) => Promise<Value>>
      return group[method]?.(...args) as Promise<Value>
    }
    // Everything else as it stands: methods that change who a client acts as, parameters by name, and whatever no client would send.
    const outgoing = {
      method,
      params: (params ?? []) as readonly Value[],
      identity: who,
      writes: true,
      ...own,
      ...(transaction === undefined ? {} : { transaction }),
    }
    // Identities of their own are clients of their own: the end of a session may end its connection, with others' calls on it.
    if (typeof as === 'string' && !connecting.has(method)) return this.#door.transport.send(outgoing)
    const transport = this.#door.another()
    return transport.send(outgoing).finally(() => transport.close())
  }

  #identity(name: string): Identity {
    if (name === 'public') return { kind: 'nobody' }
    const account = this.#accounts.get(name)
    if (account === undefined) throw new Error(`There is no account '${name}'`)
    return { kind: 'token', token: account.token }
  }

  #client(name: string, who: Identity): Client {
    const client = this.#clients.get(name) ?? createClient(this.#door.transport, { identity: who })
    this.#clients.set(name, client)
    return client
  }

  async clean(): Promise<void> {
    const kept = new Set([...this.#accounts.values()].map(({ row }) => row['id'] as string))
    let rest = [...this.#schema.entities.values()].filter(
      (entity) => !entity.internal && entity.name !== identity.session && entity.name !== identity.user,
    )
    // References decide what can go first; each round frees something for the next.
    for (let round = 0; rest.length > 0; round++) {
      const failed: typeof rest = []
      for (const entity of rest) {
        await this.#engine.system('deleteMany', { entity: entity.name, filter: {}, all: true }, 'conformance').catch((error: unknown) => {
          if (round > 10) throw error
          failed.push(entity)
        })
      }
      rest = failed
    }
    await this.#engine.system('deleteMany', { entity: identity.user, filter: { id: { notIn: [...kept] } } }, 'conformance')
    for (const [name, { row }] of this.#accounts) if (!kept.has(row['id'] as string)) this.#accounts.delete(name)
  }

  faults(): unknown[] {
    return this.#faults.splice(0)
  }

  async close(): Promise<void> {
    await this.#close()
  }
}
