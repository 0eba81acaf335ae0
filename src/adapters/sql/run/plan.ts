/**
 * How an authorised query runs here: compiled once, remembered by the query object.
 * In charge of answers from raw results; must not know locks or threads.
 */
import type { Aggregate, Answer, Args, Delete, Insert, Operand, Query } from '../../../query/ast.ts'
import type { Entity, Value } from '../../../schema/entity.ts'
import { bindAll, type Compiled, type CompiledInsert, compile, compileInsertion, type PageText, rowDecoder } from '../compile.ts'
import type { Physical } from '../dialect.ts'
import { AfterwardsAggregate, bare, isDecidedAfterwards } from './afterwards.ts'
import { BottomUpDelete, ownLinks } from './bottom-up.ts'
import type { Backend, Channel, Plan, Raw, Text } from './channel.ts'
import { EagerInsert } from './eager.ts'

export type { Backend, Channel, Plan, Raw, Text } from './channel.ts'

/** Insert texts remembered per query, by number of rows. */
const textLimit = 64

export class Plans {
  readonly backend: Backend
  readonly #plans = new WeakMap<Query, Plan>()

  constructor(backend: Backend) {
    this.backend = backend
  }

  of(query: Query): Plan {
    const known = this.#plans.get(query)
    if (known !== undefined) return known
    const plan = planOf(query, this.backend)
    this.#plans.set(query, plan)
    return plan
  }
}

function planOf(query: Query, backend: Backend): Plan {
  if (query.kind === 'insert') {
    const compiled = compileInsertion(query, backend.dialect)
    const insert = new InsertPlan(query, compiled, backend)
    return refers(query) && backend.dialect.unreferenced !== undefined ? new EagerInsert(query, compiled, backend, insert) : insert
  }
  if (query.kind === 'aggregate' && isDecidedAfterwards(query, backend.dialect)) {
    const groups = bare(query)
    return new AfterwardsAggregate(query, new StatementPlan(groups, compile(groups, backend.dialect), backend))
  }
  const statement = new StatementPlan(query, compile(query, backend.dialect), backend)
  const counted = backend.cascadesUncounted && query.kind === 'delete' && query.reach === 'many' && follows(query.entity)
  const plan = counted ? new CountedDelete(query, statement, backend) : statement
  const upwards = query.kind === 'delete' && backend.refusesOrder !== undefined && ownLinks(query.entity).length > 0
  return upwards ? new BottomUpDelete(query, backend, plan) : plan
}

function refers({ entity, fields }: Insert): boolean {
  return fields.some((name) => entity.fields.get(name)?.foreignKey !== undefined)
}

/** May a row of the entity go because another row went? Which one first is the database's own affair. */
function follows({ fields }: Entity): boolean {
  return [...fields.values()].some((field) => field.foreignKey?.onDelete === 'cascade')
}

/** A row that a cascade takes before its turn is not counted by some databases; so the rows are counted first. */
class CountedDelete implements Plan {
  readonly writes = true
  readonly #count: StatementPlan
  readonly #remove: StatementPlan

  constructor({ entity, where }: Delete, remove: StatementPlan, backend: Backend) {
    const count: Aggregate = { kind: 'aggregate', entity, where, groupBy: [], measures: [{ fn: 'count' }], order: [] }
    this.#count = new StatementPlan(count, compile(count, backend.dialect), backend)
    this.#remove = remove
  }

  steps(): number {
    return 2
  }

  async run(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    const { rows } = await this.#count.run(channel, args, deadline)
    await this.#remove.run(channel, args, deadline)
    return { rows: [], affected: rows[0]?.[0] as number }
  }
}

class StatementPlan implements Plan {
  readonly writes: boolean
  readonly #query: Query
  readonly #backend: Backend
  readonly #compiled: Compiled
  readonly #text: Text
  /** Tells the total of a page without rows. */
  readonly #ifEmpty: Text | undefined
  readonly #decode: ReturnType<typeof rowDecoder>

  constructor(query: Query, compiled: Compiled, backend: Backend) {
    this.#query = query
    this.#backend = backend
    this.#compiled = compiled
    this.writes = compiled.answer === 'affected'
    this.#text = { text: compiled.text, rows: !this.writes, quick: query.kind === 'read' && query.reach === 'one' }
    this.#ifEmpty = compiled.page === undefined ? undefined : { text: compiled.page.ifEmpty.text, rows: true }
    this.#decode = rowDecoder(compiled.decode)
  }

  steps(): number {
    return 1
  }

  run(channel: Channel, args: Args, deadline: number | undefined): Answer | Promise<Answer> {
    try {
      const values = bindAll(this.#compiled.binds, args)
      const raw = channel.run(this.#text, values, deadline)
      const again = (): Raw | Promise<Raw> =>
        channel.run(this.#ifEmpty as Text, bindAll((this.#compiled.page as PageText).ifEmpty.binds, args), deadline)
      if (raw instanceof Promise)
        return raw
          .then((result) => this.#answer(result, args, again))
          .catch((error: unknown) => Promise.reject(this.#backend.translate(error, this.#query)))
      return this.#answer(raw, args, again)
    } catch (error) {
      throw this.#backend.translate(error, this.#query)
    }
  }

  #answer(raw: Raw, args: Args, again: () => Raw | Promise<Raw>): Answer | Promise<Answer> {
    if (typeof raw === 'number') return { rows: [], affected: raw }
    const { page } = this.#compiled
    if (page === undefined) return { rows: this.#decode(raw) }
    if (page.headed) return this.#headed(raw)
    const [first] = raw
    if (first !== undefined) {
      const total = Number(first.at(-1))
      for (const row of raw) row.length -= 1
      return { rows: this.#decode(raw), total }
    }
    if (!page.sought && numberOf(page.offset, args) === 0 && (page.limit === undefined || numberOf(page.limit, args) !== 0))
      return { rows: [], total: 0 }
    const both = again()
    return both instanceof Promise ? both.then((rows) => this.#headed(rows)) : this.#headed(both)
  }

  /** One row has the total and nothing else; in one snapshot with the page, which may have got rows meanwhile. */
  #headed(raw: Raw): Answer {
    const all = raw as Physical[][]
    const total = Number(all.find((row) => row.at(-1) !== null)?.at(-1))
    const rows = all.filter((row) => row.at(-1) === null)
    for (const row of rows) row.length -= 1
    return { rows: this.#decode(rows), total }
  }
}

/** A number of the call; 0 where there is none, undefined where it is neither. */
function numberOf(operand: Operand | undefined, args: Args): Value | undefined {
  if (operand === undefined) return 0
  return operand.kind === 'param' ? args.params[operand.index] : operand.kind === 'const' ? operand.value : undefined
}

class InsertPlan implements Plan {
  readonly writes = true
  readonly #query: Query
  readonly #backend: Backend
  readonly #compiled: CompiledInsert
  readonly #texts = new Map<number, Text>()

  constructor(query: Query, compiled: CompiledInsert, backend: Backend) {
    this.#query = query
    this.#backend = backend
    this.#compiled = compiled
  }

  steps(args: Args): number {
    return Math.ceil((args.rows?.length ?? 0) / this.#compiled.chunk)
  }

  run(channel: Channel, args: Args, deadline: number | undefined): Answer | Promise<Answer> {
    const rows = args.rows ?? []
    if (rows.length === 0) return { rows: [], affected: 0 }
    try {
      if (rows.length > this.#compiled.chunk) return this.#chunks(channel, rows, deadline)
      const raw = this.#insert(channel, rows, deadline)
      if (raw instanceof Promise)
        return raw.then(
          (affected) => ({ rows: [], affected: affected as number }),
          (error: unknown) => Promise.reject(this.#backend.translate(error, this.#query)),
        )
      return { rows: [], affected: raw as number }
    } catch (error) {
      throw this.#backend.translate(error, this.#query)
    }
  }

  #insert(channel: Channel, rows: NonNullable<Args['rows']>, deadline: number | undefined): Raw | Promise<Raw> {
    return channel.run(this.#textFor(rows.length), this.#compiled.values(rows), deadline)
  }

  async #chunks(channel: Channel, rows: NonNullable<Args['rows']>, deadline: number | undefined): Promise<Answer> {
    let affected = 0
    try {
      for (let at = 0; at < rows.length; at += this.#compiled.chunk) {
        affected += (await this.#insert(channel, rows.slice(at, at + this.#compiled.chunk), deadline)) as number
      }
    } catch (error) {
      throw this.#backend.translate(error, this.#query)
    }
    return { rows: [], affected }
  }

  #textFor(rows: number): Text {
    const variant = this.#compiled.variant(rows)
    let text = this.#texts.get(variant)
    if (text === undefined) {
      if (this.#texts.size >= textLimit) this.#texts.clear()
      text = { text: this.#compiled.text(rows), rows: false }
      this.#texts.set(variant, text)
    }
    return text
  }
}
