/** Two adapters with the same rows, asked the same things: the first defines the answer. Must not know how questions are made. */
import type { Adapter, Session } from '../../../src/adapter/adapter.ts'
import { ConstraintError } from '../../../src/adapter/adapter.ts'
import { DBALError } from '../../../src/errors/error.ts'
import type { Answer, Args, Query } from '../../../src/query/ast.ts'
import type { Authorized } from '../../../src/query/authorized.ts'
import type { Entity, Schema, Value } from '../../../src/schema/entity.ts'
import { insertOf, minted, rowsOf } from '../../support/queries.ts'
import type { Case } from './random-query.ts'
import { schemaOf, type World } from './random-world.ts'

export interface Difference {
  readonly defined: unknown
  readonly answered: unknown
  /** What the databases said, where they did: for the reader of a failure only. */
  readonly causes: readonly string[]
}

/** What came of it, as plain data. A fault of the query itself is nobody's answer and is thrown. */
async function outcome(run: () => Answer | Promise<Answer>, causes: string[]): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ConstraintError) return { constraint: error.constraint }
    if (!(error instanceof DBALError) || error.code === 'INTERNAL_ERROR') throw error
    causes.push(String(error.cause))
    return { error: error.code }
  }
}

/** How often the other one was asked, and how often it said that it cannot know; only where it may. */
export interface Refusals {
  asked: number
  refused: number
}

export class Oracle {
  readonly schema: Schema
  readonly #definition: Adapter
  readonly #other: Adapter
  readonly #refusals: Refusals | undefined

  private constructor(schema: Schema, definition: Adapter, other: Adapter, refusals: Refusals | undefined) {
    this.#refusals = refusals
    this.schema = schema
    this.#definition = definition
    this.#other = other
  }

  /** Both hold the rows of `world` that the constraints allow; throws where they do not agree on which these are. */
  static async open(world: World, definition: Adapter, other: Adapter, refusals?: Refusals): Promise<Oracle> {
    const oracle = new Oracle(schemaOf(world), definition, other, refusals)
    for (const adapter of [definition, other]) await adapter.prepare(oracle.schema)
    for (const [name, rows] of Object.entries(world.rows)) {
      const entity = oracle.schema.entities.get(name) as Entity
      // All at once, or one by one without the refused ones.
      if (!(await oracle.#insert(entity, rows))) for (const row of rows) await oracle.#insert(entity, [row])
    }
    return oracle
  }

  /** Whether both took the rows. */
  async #insert(entity: Entity, rows: readonly (readonly Value[])[]): Promise<boolean> {
    const defined = await outcome(() => this.#definition.run(insertOf(entity), rowsOf(rows)), [])
    const answered = await outcome(() => this.#other.run(insertOf(entity), rowsOf(rows)), [])
    if (JSON.stringify(defined) === JSON.stringify(answered)) return 'affected' in (defined as object)
    throw new Error(`Insert into ${entity.name} of ${JSON.stringify(rows)}: ${JSON.stringify(defined)}, ${JSON.stringify(answered)}`)
  }

  /** Undefined where both say the same. */
  async ask(
    query: Authorized<Query>,
    args: Args,
    on: { readonly definition: Session; readonly other: Session } = { definition: this.#definition, other: this.#other },
  ): Promise<Difference | undefined> {
    const causes: string[] = []
    const defined = comparable(query, await outcome(() => on.definition.run(query, args), causes))
    const answered = comparable(query, await outcome(() => on.other.run(query, args), causes))
    if (this.#refusals !== undefined) {
      this.#refusals.asked++
      if ((answered as { error?: string }).error === 'CAPABILITY_NOT_SUPPORTED') {
        this.#refusals.refused++
        return undefined
      }
    }
    return JSON.stringify(defined) === JSON.stringify(answered) ? undefined : { defined, answered, causes }
  }

  compare({ query, params, session }: Case<Query>): Promise<Difference | undefined> {
    return this.ask(minted(query), { params, session: new Map(Object.entries(session)) })
  }

  async close(): Promise<void> {
    await this.#definition.close()
    await this.#other.close()
  }
}

/** A tree may come in any order; a read without cells says only how many rows there are; NaN and -0 must not hide in JSON. */
function comparable(query: Query, result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('rows' in result)) return result
  const answer = result as Answer
  const empty = query.kind === 'read' && query.columns.length + query.probes.length === 0
  const rows = empty ? answer.rows.length : answer.rows.map((row) => row.map(marked))
  return { ...answer, rows: query.kind === 'tree' ? (rows as unknown[]).map((row) => JSON.stringify(row)).sort() : rows }
}

function marked(value: Value): unknown {
  return typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value))
    ? `number ${Object.is(value, -0) ? '-0' : value}`
    : canonical(value)
}

/** Members of a json value have no order. */
function canonical(value: Value): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member as Value)]),
  )
}
