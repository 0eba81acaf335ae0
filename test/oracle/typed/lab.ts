/** One backend with the typed schema for many programs in turn. In charge of an empty start for each; must not know what is asked. */
import { isDeepStrictEqual } from 'node:util'
import type { Adapter } from '../../../src/adapter/adapter.ts'
import { createEngine, type Engine } from '../../../src/engine/engine.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { type BackendName, type Home, openBackend } from '../../backends/backends.ts'
import { bare } from '../program/lab.ts'
import type { CallSpec } from '../program/spec.ts'
import { type Answered, answered } from '../program/transcript.ts'
import { now } from '../program/values.ts'
import type { TypedProgram } from './programs.ts'
import { typedPolicy, typedSchema } from './schema.ts'

export interface Difference {
  readonly what: string
  readonly call: CallSpec | undefined
  readonly expected: unknown
  readonly actual: unknown
  /** What the database said, where it did: for the reader of a failure only. */
  readonly causes: readonly string[]
}

const clock = { now: () => Date.parse(now), monotonic: () => performance.now() }

export class TypedLab {
  readonly name: BackendName
  readonly #engine: Engine
  /** Sees what is marked as deleted, too. */
  readonly #below: Engine
  readonly #close: () => Promise<void>
  readonly #causes: string[] = []
  #calls = 0

  private constructor(name: BackendName, home: Home) {
    this.name = name
    const limits = { maxComplexity: Number.POSITIVE_INFINITY }
    const common = { policy: typedPolicy, adapter: home.adapter, clock, limits }
    this.#engine = createEngine({
      ...common,
      schema: typedSchema,
      observe: (seen) => void (seen.kind === 'request' && seen.cause !== undefined && this.#causes.push(told(seen.cause))),
    })
    this.#below = createEngine({ ...common, schema: bare(typedSchema) })
    this.#close = home.close
  }

  /** `spoil` makes an adapter lie on purpose. */
  static async open(name: BackendName, spoil: (adapter: Adapter) => Adapter = (adapter) => adapter): Promise<TypedLab> {
    const home = await openBackend(name)
    try {
      await home.adapter.prepare(typedSchema)
      return new TypedLab(name, { ...home, adapter: spoil(home.adapter) })
    } catch (error) {
      await home.close()
      throw error
    }
  }

  answer(call: CallSpec): Promise<Answered> {
    this.#causes.length = 0
    return answered(call, (method, params, who) => this.#engine.execute({ method, params, requestId: `r${++this.#calls}` }, who))
  }

  /** What went wrong inside since the last call began. */
  get causes(): readonly string[] {
    return this.#causes
  }

  /** Every row of every entity. */
  async dump(): Promise<unknown> {
    const tables: { [entity: string]: unknown } = {}
    for (const name of typedSchema.entities.keys()) {
      const { data } = (await this.#below.system('list', [name, { limit: 100, total: 'none' }], 'look')) as { data: Value }
      tables[name] = sorted(data)
    }
    return tables
  }

  async empty(): Promise<void> {
    // Children before those they refer to.
    for (const name of ['Link', 'Child', 'Node', 'Thing', 'Owner', 'Entry', 'Draft'])
      await this.#below.system('deleteMany', [name, {}, { all: true }], 'begin anew')
  }

  close(): Promise<void> {
    return this.#close()
  }
}

const told = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause === undefined ? (cause.stack ?? cause.message) : `${cause.message}: ${told(cause.cause)}`
}

/** Members of json values have no order. */
function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sorted(inner)]))
}

/** Runs a program on both from nothing; the first difference, or undefined. `seen` is told of every answer. */
export async function compareLabs(
  definition: TypedLab,
  other: TypedLab,
  program: TypedProgram,
  seen: (call: CallSpec, answer: Answered) => void = () => undefined,
): Promise<Difference | undefined> {
  await definition.empty()
  await other.empty()
  for (const call of program.calls) {
    const expected = await definition.answer(call)
    const actual = await other.answer(call)
    seen(call, expected)
    if (!isDeepStrictEqual(comparable(call, expected), comparable(call, actual)))
      return { what: `${other.name} answers otherwise than ${definition.name}`, call, expected, actual, causes: other.causes }
    if (!('error' in expected) || !writes(call)) continue
    const [wanted, tables] = [await definition.dump(), await other.dump()]
    if (!isDeepStrictEqual(tables, wanted))
      return { what: `${other.name} refused, and yet wrote`, call, expected: wanted, actual: tables, causes: other.causes }
  }
  const [wanted, tables] = [await definition.dump(), await other.dump()]
  if (isDeepStrictEqual(tables, wanted)) return undefined
  return { what: `${other.name} wrote otherwise than ${definition.name}`, call: undefined, expected: wanted, actual: tables, causes: [] }
}

const writes = ({ method }: CallSpec): boolean => !['read', 'list', 'count', 'aggregate', 'search'].includes(method)

/** Where rows of a bulk update break several unique keys at once, backends find them in an order of their own, and name the first. */
function comparable(call: CallSpec, answer: Answered): Answered {
  if (!JSON.stringify(call).includes('"updateMany"')) return answer
  if (!('error' in answer) || answer.error.name !== 'CONFLICT') return answer
  const { fields: _, ...details } = (answer.error['details'] ?? {}) as { readonly [name: string]: unknown }
  return { error: { ...answer.error, details } }
}
