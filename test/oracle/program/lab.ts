/** A database with the schema, rules and rows of a program, behind an engine. In charge of opening it and of seeing all of its rows. */
import type { Adapter, Session } from '../../../src/adapter/adapter.ts'
import { createEngine, type Engine } from '../../../src/engine/engine.ts'
import type { World } from '../../../src/engine/world.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import { loadPolicy } from '../../../src/policy/rules.ts'
import type { Schema, Value } from '../../../src/schema/entity.ts'
import { adapterOf, type BackendName, openBackend } from '../../backends/backends.ts'
import type { Row, Tables } from '../reference/logic.ts'
import { resolve } from './program.ts'
import type { Program, RowSpec } from './spec.ts'
import type { Send } from './transcript.ts'
import { now } from './values.ts'

export type Backend = BackendName

export interface Lab {
  readonly schema: Schema
  readonly send: Send
  /** What a daemon is handed. */
  readonly door: Pick<Engine, 'execute' | 'authenticate'>
  /** What the calls since it was last asked have run in the database: kinds and entities, in order. */
  statements(): string
  /** Whether any statement since it was last asked could change a row. */
  wrote(): boolean
  /** All rows of all entities as they are stored, by key; whatever rules, marks of deletion and times say. */
  dump(): Promise<Tables>
  /** Takes all rows away and puts these in their place. For schemas without `restrict`. */
  refill(rows: readonly RowSpec[], touched?: readonly RowSpec[]): Promise<void>
  close(): Promise<void>
}

const policies = new WeakMap<Schema, Policy>()
const clock = { now: () => Date.parse(now), monotonic: () => performance.now() }

/** The same tables under a schema that hides nothing from the system. */
export function bare(schema: Schema): Schema {
  const entities = [...schema.entities].map(([name, entity]) => {
    const { softDelete: _, ttl: __, ...rest } = entity
    return [name, { ...rest, fields: new Map([...entity.fields].map(([field, f]) => [field, { ...f, neverExposed: false }])) }] as const
  })
  return { ...schema, entities: new Map(entities) }
}

/** `spoil`: makes the engine leak on purpose, by replacing methods of its world. */
export async function openLab(program: Omit<Program, 'calls'>, backend: Backend, spoil?: (world: World) => void): Promise<Lab> {
  const schema = resolve(program)
  const adapter = adapterOf(await openBackend(backend))
  try {
    await adapter.prepare(schema)
    const lab = furnished(schema, adapter, spoil)
    await lab.fill(program.rows)
    return lab
  } catch (error) {
    await adapter.close()
    throw error
  }
}

/** The issuer that daemons in front of a lab believe. */
export const jwt = { issuer: 'oracle', secret: 'a secret of tests, of 32 bytes or more', claims: { team: 'team', rank: 'rank' } }

function furnished(schema: Schema, adapter: Adapter, spoil: ((world: World) => void) | undefined) {
  const policy = policies.get(schema) ?? loadPolicy(schema)
  policies.set(schema, policy)
  const limits = { maxComplexity: Number.POSITIVE_INFINITY }
  const below = createEngine({ schema: bare(schema), policy, adapter, clock, limits })
  const { tapped, statements, wrote } = tap(adapter)
  const engine = createEngine({ schema, policy, adapter: tapped, clock, limits, sessions: { jwt } })
  spoil?.(engine.world())
  const system = (method: string, params: readonly Value[]) => below.system(method, params, 'rows of a program')
  const names = [...schema.entities.keys()]
  const fill = async (rows: readonly RowSpec[]): Promise<void> => {
    for (const name of names) {
      const own = rows.filter(({ entity }) => entity === name).map((spec) => insertable(schema, spec))
      if (own.length > 0) await system('createMany', [name, own])
    }
  }
  let calls = 0
  return {
    schema,
    statements,
    wrote,
    fill,
    door: engine,
    send: (method: string, params: readonly Value[], who: Principal) => engine.execute({ method, params, requestId: `r${++calls}` }, who),
    dump: async () => {
      const tables = new Map<string, readonly Row[]>()
      for (const name of names) {
        const { data } = (await system('list', [name, { limit: 100, total: 'none' }])) as { data: Value }
        tables.set(name, data as unknown as readonly Row[])
      }
      return tables
    },
    refill: async (rows: readonly RowSpec[], touched: readonly RowSpec[] = []) => {
      for (const name of names.toReversed()) await system('deleteMany', [name, {}, { all: true }])
      await fill(rows)
      for (const { entity, row } of touched) await touch(schema, entity, row, (params) => system('updateMany', params))
    },
    close: () => engine.close(),
  }
}

function insertable(schema: Schema, { entity, row }: RowSpec): Value {
  const fields = schema.entities.get(entity)?.fields
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => {
      const field = fields?.get(name)
      return field !== undefined && !field.generated && !field.autoUpdate && field.kept !== 'version'
    }),
  )
}

/** A row written over with what it has. */
async function touch(schema: Schema, name: string, row: RowSpec['row'], update: (params: readonly Value[]) => Promise<Value>): Promise<void> {
  const entity = schema.entities.get(name)
  const free = [...(entity?.fields.values() ?? [])].find(
    (f) => !f.immutable && !f.autoUpdate && f.kept === undefined && entity?.key.includes(f.name) === false && row[f.name] !== undefined,
  )
  if (entity === undefined || free === undefined) return
  await update([name, Object.fromEntries(entity.key.map((key) => [key, row[key] as Value])), { [free.name]: row[free.name] as Value }])
}

/** An adapter that tells what it is asked to run. */
const reads: ReadonlySet<string> = new Set(['read', 'aggregate', 'tree'])

function tap(adapter: Adapter): { readonly tapped: Adapter } & Pick<Lab, 'statements' | 'wrote'> {
  let seen: string[] = []
  let writes = 0
  const session = (inner: Session): Session => ({
    run: (query, args, options) => {
      seen.push(`${query.kind} ${query.entity.name}`)
      if (!reads.has(query.kind)) writes++
      return inner.run(query, args, options)
    },
  })
  const tapped: Adapter = {
    ...session(adapter),
    name: adapter.name,
    capabilities: adapter.capabilities,
    ...(adapter.exclusive === undefined ? {} : { exclusive: adapter.exclusive }),
    transaction: (mode, work, options) =>
      adapter.transaction(mode, (tx) => work({ ...session(tx), savepoint: (inner) => tx.savepoint(inner) }), options),
    prepare: (schema, mode) => adapter.prepare(schema, mode),
    probe: () => adapter.probe(),
    gauges: () => adapter.gauges(),
    close: () => adapter.close(),
  }
  const statements = (): string => {
    const told = seen.join(', ')
    seen = []
    return told
  }
  const wrote = (): boolean => {
    const any = writes > 0
    writes = 0
    return any
  }
  return { tapped, statements, wrote }
}
