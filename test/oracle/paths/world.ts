/**
 * One schema and its rows in four versions: as they are, without what is hidden, with other hidden values, without invisible rows.
 * In charge of opening engines on them; must not know what is asked.
 */
import { createEngine, type Engine } from '../../../src/engine/engine.ts'
import { loadPolicy } from '../../../src/policy/rules.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { parseSchema } from '../../../src/schema/parse.ts'
import { createPasswords } from '../../../src/session/password.ts'
import { type BackendName, openBackend } from '../../backends/backends.ts'
import { bare } from '../program/lab.ts'
import { type Spoil, spoilRules } from '../program/leaks.ts'
import { principals, rolesText } from '../program/spec.ts'
import { type Answered, answered, type Send } from '../program/transcript.ts'
import { now } from '../program/values.ts'

/** `whole` is the one to compare with: in the others something is not there, or otherwise, that the caller may not see. */
export const versions = ['whole', 'withoutHidden', 'otherValues', 'withoutInvisible'] as const
export type Version = (typeof versions)[number]

/** A user: sees open rows, and of them what is not hidden; `note` in one of them only. */
export const caller = 1

const shown = ['id', 'title', 'mark', 'open', 'details', 'place', 'shelf', 'upId', 'boxId', 'size']
const writable = shown.filter((name) => name !== 'open')

const schemaText = (hidden: boolean): string => {
  const only = (text: string): string => (hidden ? text : '')
  return `
entity: Vault
fields:
  id: { type: string, primary: true }
  title: { type: string, default: "" }
acl: { read: { god: true } }
---
entity: Crate
fields:
  id: { type: string, primary: true }
  title: { type: string, default: "" }
acl: { read: { public: true } }
---
entity: Box
fields:
  id: { type: string, primary: true }
  title: { type: string, default: "" }
  open: { type: boolean, default: true }
  ${only('secret: { type: string, nullable: true }')}
acl:
  rules:
    - { role: [user], operations: [read], row_level_filter: "open = true", readable_fields: [id, title, open] }
---
entity: Doc
${only('versioned: true')}
fields:
  id: { type: string, primary: true }
  title: { type: string, default: "" }
  mark: { type: string, nullable: true, unique: true }
  size: { type: integer, default: 0 }
  open: { type: boolean, default: true }
  details: { type: json, default: {} }
  place: { type: integer, default: 0 }
  shelf: { type: string, default: s }
  upId: { type: string, nullable: true, foreign_key: { entity: Doc, on_delete: cascade } }
  boxId: { type: string, nullable: true, foreign_key: { entity: Box, on_delete: cascade } }
  note: { type: string, nullable: true }
  ${only('secret: { type: string, nullable: true, unique: true }')}
  ${only('weight: { type: integer, nullable: true }')}
  ${only('sealed: { type: json, nullable: true }')}
  ${only('vaultId: { type: string, nullable: true, foreign_key: { entity: Vault, on_delete: set_null } }')}
  ${only('crateId: { type: string, nullable: true, foreign_key: { entity: Crate, on_delete: set_null } }')}
acl:
  rules:
    - { role: [user], operations: [create], readable_fields: [${shown}], writable_fields: [${shown}] }
    - { role: [user], operations: [read, delete], row_level_filter: "open = true", readable_fields: [${shown}] }
    - { role: [user], operations: [read], row_level_filter: "open = true AND mark = 'm3'", readable_fields: [${shown}, note] }
    - { role: [user], operations: [update], row_level_filter: "open = true", writable_fields: [${writable.filter((name) => name !== 'id')}] }
---
entity: Login
fields:
  id: { type: string, primary: true }
  name: { type: string, required: true, unique: true }
  open: { type: boolean, required: true }
  hash: { type: string, nullable: true }
security: { never_expose: [hash] }
acl:
  rules:
    - { role: [user], operations: [read, put, try], row_level_filter: "open = true" }
`
}

const operationsText = (hidden: boolean): string => `
entity: Doc
operations:
  byMark: { kind: find_by, by: [mark], input: { required: [mark], optional: [select, include] } }
  byShelf: { kind: list_by, by: [shelf], input: { required: [shelf] } }
  getTree: { kind: tree, tree: { parent: upId, order: place, scope: shelf }, input: { required: [shelf] } }
  arrange: { kind: reorder, tree: { parent: upId, order: place, scope: shelf }, input: { required: [ids] } }
  shift: { kind: move, tree: { parent: upId, order: place, scope: shelf }, input: { required: [id, upId, place] } }
  setByMark: { kind: update_by, by: [mark], input: { required: [mark], optional: [title, boxId, upId] } }
  dropByMark: { kind: delete_by, by: [mark], input: { required: [mark] } }
  ${
    hidden
      ? `bySecret: { kind: find_by, by: [secret], input: { required: [secret] } }
  listBySecret: { kind: list_by, by: [secret], input: { required: [secret] } }
  setBySecret: { kind: update_by, by: [secret], input: { required: [secret], optional: [title] } }
  dropBySecret: { kind: delete_by, by: [secret], input: { required: [secret] } }`
      : ''
  }
---
entity: Login
operations:
  put: { kind: set_secret, secret: { identity: name, hash: hash }, input: { required: [name, password] } }
  try: { kind: verify_secret, secret: { identity: name, hash: hash }, input: { required: [name, password] } }
`

/** Whose password it is does not matter. */
export const password = 'correct horse battery'
const hash = await createPasswords().hash(password)

type Rows = Readonly<Record<string, readonly { readonly [field: string]: Value }[]>>

/** Rows of the entities, those that are referred to first. `dh` and `bh` are invisible to the caller; `dh` stands among the children of `d1`. */
function rows(version: Version): Rows {
  const hidden = version !== 'withoutHidden'
  const other = version === 'otherValues'
  const invisible = version !== 'withoutInvisible'
  const secrets = (secret: string, weight: number, vaultId: string, crateId: string): { readonly [field: string]: Value } =>
    hidden ? { secret, weight, sealed: { a: secret }, vaultId, crateId } : {}
  const docs: Rows[string] = [
    {
      id: 'd1',
      title: 'one',
      mark: 'm1',
      size: 3,
      note: other ? 'n8' : 'n1',
      boxId: 'b1',
      details: { a: 1 },
      ...(other ? secrets('t2', 9, 'v2', 'c2') : secrets('s1', 1, 'v1', 'c1')),
    },
    {
      id: 'd2',
      title: 'two',
      mark: 'm2',
      size: 1,
      note: other ? 'n75' : 'n9',
      upId: 'd1',
      place: 0,
      ...(other ? secrets('t1', 1, 'v1', 'c1') : secrets('s2', 2, 'v2', 'c2')),
    },
    ...(invisible
      ? [
          {
            id: 'dh',
            title: 'three or so',
            mark: 'mh',
            open: false,
            size: 7,
            note: 'n7',
            upId: 'd1',
            boxId: 'b1',
            place: 1,
            ...secrets('sh', 3, 'v1', 'c1'),
          },
        ]
      : []),
    {
      id: 'd3',
      title: 'four',
      mark: 'm3',
      size: 2,
      note: 'n5',
      upId: 'd1',
      place: 2,
      ...(other ? secrets('a0', 0, 'v2', 'c2') : secrets('s3', 4, 'v1', 'c1')),
    },
  ]
  return {
    Vault: ['v1', 'v2'].map((id) => ({ id, title: id })),
    Crate: ['c1', 'c2'].map((id) => ({ id, title: id })),
    Box: [
      { id: 'b1', title: 'box', ...(hidden ? { secret: other ? 't' : 's' } : {}) },
      ...(invisible ? [{ id: 'bh', title: 'shut', open: false }] : []),
    ],
    Doc: docs,
    Login: [{ id: 'l1', name: 'ann', open: true, hash }, ...(invisible ? [{ id: 'lh', name: 'eve', open: false, hash }] : [])],
  }
}

/** A call, and where it says how it goes on: the second page with other options. */
export interface Asked {
  readonly method: string
  readonly params: readonly Value[]
  readonly pages?: number
  /** Options of the page after the first one. */
  readonly then?: { readonly [option: string]: Value }
}

/** Leaves the tables alone, whatever comes of it. */
export const isReading = ({ method, params }: Asked): boolean =>
  /^(read|list|search|count|aggregate|byMark|byShelf|getTree|bySecret|listBySecret)$/.test(method === 'call' ? String(params[1]) : method)

/** Ways for a call to come in. */
export const carriers = ['alone', 'in a transaction', 'in an interactive transaction'] as const
export type Carrier = (typeof carriers)[number]

/** Every rule is forgotten: whoever asks sees and writes all there is. */
export const lawless: Spoil = (world) => {
  const open = world.policy.rules[0]
  if (open === undefined) throw new Error('No rule to open')
  const { readable: _, writable: __, reason: ___, ...rest } = open
  const all = { kind: 'and', all: [] } as const
  const permit = { ...rest, effect: 'permit', rows: all, check: all, presets: new Map() } as const
  spoilRules(() => [permit])(world)
}

export class PathsLab {
  readonly #engine: Engine
  readonly #below: Engine
  readonly #version: Version
  readonly #close: () => Promise<void>
  /** Open transactions are bound to it. */
  readonly #connection = new AbortController().signal
  #calls = 0
  #stored = ''
  #fresh = false

  private constructor(version: Version, engine: Engine, below: Engine, close: () => Promise<void>) {
    this.#version = version
    this.#engine = engine
    this.#below = below
    this.#close = close
  }

  static async open(backend: BackendName, version: Version, spoil?: Spoil): Promise<PathsLab> {
    const hidden = version !== 'withoutHidden'
    const files = [
      { path: 'roles.yaml', text: rolesText },
      { path: 'entities/all.yaml', text: schemaText(hidden) },
      { path: 'operations/all.ops.yaml', text: operationsText(hidden) },
    ]
    const schema = parseSchema(files, {})
    const policy = loadPolicy(schema)
    const { adapter, close } = await openBackend(backend)
    await adapter.prepare(schema)
    const clock = { now: () => Date.parse(now), monotonic: () => performance.now() }
    const engine = createEngine({ schema, policy, adapter, clock })
    spoil?.(engine.world())
    const lab = new PathsLab(version, engine, createEngine({ schema: bare(schema), policy, adapter, clock }), close)
    await lab.fill()
    return lab
  }

  /** The rows that the version begins with, and no others. */
  async fill(): Promise<void> {
    if (this.#fresh) return
    const given = rows(this.#version)
    for (const name of Object.keys(given).toReversed()) await this.#below.system('deleteMany', [name, {}, { all: true }], 'begin anew')
    for (const [name, list] of Object.entries(given)) for (const row of list) await this.#below.system('create', [name, row], 'begin anew')
    this.#stored = await this.dump()
    this.#fresh = true
  }

  /** Are the tables as `fill` left them? */
  async untouched(): Promise<boolean> {
    return (await this.dump()) === this.#stored
  }

  /** All that is stored, as text. */
  async dump(): Promise<string> {
    const tables: Value[] = []
    for (const name of Object.keys(rows('whole'))) tables.push(await this.#below.system('list', [name, { limit: 100 }], 'look'))
    return JSON.stringify(tables)
  }

  /** The answer of tables that are as they were filled. */
  async answer(asked: Asked, carrier: Carrier): Promise<Answered> {
    await this.fill()
    const answer = await this.#asked(asked, carrier)
    if (!('error' in answer)) this.#fresh = isReading(asked)
    return answer
  }

  async #asked(asked: Asked, carrier: Carrier): Promise<Answered> {
    const send = this.#sending(carrier)
    const first = await answered(
      { who: caller, method: asked.method, params: asked.params, ...(asked.pages === undefined ? {} : { pages: asked.pages }) },
      send,
    )
    if (asked.then === undefined) return first
    const page = await this.#plain(asked.method, asked.params)
    const cursor = page.ok ? (page.result as { nextCursor?: string }).nextCursor : undefined
    const place = asked.method === 'call' ? 2 : asked.method === 'search' ? 2 : 1
    const next = asked.params.map((param, i) => (i === place ? { ...(param as object), ...asked.then, after: cursor ?? '' } : param))
    return answered({ who: caller, method: asked.method, params: next as Value[] }, send)
  }

  close(): Promise<void> {
    return this.#close()
  }

  #plain(method: string, params: readonly Value[], transaction?: string) {
    const call = {
      method,
      params,
      requestId: `r${++this.#calls}`,
      connection: this.#connection,
      ...(transaction === undefined ? {} : { transaction }),
    }
    return this.#engine.execute(call, principals[caller] as (typeof principals)[number])
  }

  #sending(carrier: Carrier): Send {
    switch (carrier) {
      case 'alone':
        return (method, params) => this.#plain(method, params)
      case 'in a transaction':
        return async (method, params) => {
          const reply = await this.#plain('transaction', [[{ method, params }]])
          return reply.ok ? { ...reply, result: (reply.result as readonly Value[])[0] as Value } : reply
        }
      case 'in an interactive transaction':
        return async (method, params) => {
          const begun = await this.#plain('begin', [])
          if (!begun.ok) throw begun.error
          const { transaction } = begun.result as { transaction: string }
          const reply = await this.#plain(method, params, transaction)
          await this.#plain(reply.ok ? 'commit' : 'rollback', [], transaction)
          if (reply.ok) return reply
          // Each has an id of its own, which its errors name.
          const { transaction: _, ...details } = reply.error.toPublic().details ?? {}
          return { ok: false, error: { toPublic: () => ({ ...reply.error.toPublic(), details }) } }
        }
    }
  }
}
