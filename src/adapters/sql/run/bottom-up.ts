/**
 * Deletions of rows that refer to rows of their own table, where the database looks at references row by row and follows cascades to a
 * bounded depth: what is referred to goes last. In charge of that order; must not know connections.
 */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Answer, Args, Delete, Predicate, Query, Read, Update } from '../../../query/ast.ts'
import type { Entity, Field, Value } from '../../../schema/entity.ts'
import { bindAll, type Compiled, compile, rowDecoder } from '../compile.ts'
import type { Physical } from '../dialect.ts'
import { fieldOf } from '../scope.ts'
import type { Backend, Channel, Plan, Text } from './channel.ts'

const savepoint: Text = { text: 'SAVEPOINT dbal_rows', rows: false }
const back: Text = { text: 'ROLLBACK TO SAVEPOINT dbal_rows', rows: false }
/** Keys of one statement. */
const most = 5_000

type Row = readonly Value[]

interface Link {
  readonly field: Field
  readonly target: Field
  readonly cascades: boolean
}

/** Fields that refer to rows of the same entity and do not let go of them by themselves. */
export function ownLinks(entity: Entity): readonly Link[] {
  return [...entity.fields.values()].flatMap((field) => {
    const reference = field.foreignKey
    if (reference?.entity !== entity.name || reference.onDelete === 'set_null') return []
    return [{ field, target: fieldOf(entity, reference.field), cascades: reference.onDelete === 'cascade' }]
  })
}

export class BottomUpDelete implements Plan {
  readonly writes = true
  readonly #query: Delete
  readonly #backend: Backend
  readonly #plain: Plan
  readonly #links: readonly Link[]
  /** What is known of a row: its key, then where each link comes from and what it leads to. */
  readonly #columns: readonly string[]

  constructor(query: Delete, backend: Backend, plain: Plan) {
    this.#query = query
    this.#backend = backend
    this.#plain = plain
    this.#links = ownLinks(query.entity)
    this.#columns = [...query.entity.key, ...this.#links.flatMap(({ field, target }) => [field.name, target.name])]
  }

  steps(args: Args): number {
    return this.#plain.steps(args)
  }

  /** The plain statement; only what it cannot do is done row by row, within a transaction. */
  async run(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    if (channel.within !== true) return this.#plain.run(channel, args, deadline)
    await channel.run(savepoint, [], undefined)
    try {
      return await this.#plain.run(channel, args, deadline)
    } catch (error) {
      if (this.#backend.refusesOrder?.(error) !== true) throw error
      await channel.run(back, [], undefined)
    }
    try {
      return await this.#inOrder(channel, args, deadline)
    } catch (error) {
      // Layers may be gone already, and the transaction may go on.
      await Promise.resolve(channel.run(back, [], undefined)).catch(() => undefined)
      throw error
    }
  }

  async #inOrder(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    const say = (query: Exclude<Query, { kind: 'insert' }>, given: Args) => this.#say(channel, query, given, deadline)
    const chosen = await say(this.#read(this.#query.where), args)
    const { layers, ring } = this.#order(await this.#descend(chosen, say))
    const { entity } = this.#query
    const where: Predicate = { kind: 'keyIn', fields: entity.key, list: { kind: 'param', index: 0, type: this.#typeOf(0) } }
    const each = async (keys: readonly Row[], query: Update | Delete): Promise<void> => {
      for (let at = 0; at < keys.length; at += most) await say(query, listed(keys.slice(at, at + most)))
    }
    const remove: Delete = { kind: 'delete', entity, where, reach: 'many' }
    for (const keys of layers) await each(keys, remove)
    // No row of a ring can go first, so all of them let go of each other before: the schema has a nullable link in every ring.
    const set = this.#links.flatMap(({ field }) =>
      field.nullable ? [{ field: field.name, value: { kind: 'const', value: null, type: field } as const }] : [],
    )
    if (set.length > 0) await each(ring, { kind: 'update', entity, where, set, reach: 'many' })
    await each(ring, remove)
    return { rows: [], affected: chosen.length }
  }

  #typeOf(position: number): Field {
    return fieldOf(this.#query.entity, this.#columns[position] as string)
  }

  #read(where: Predicate): Read {
    const columns = this.#columns.map((field) => ({ field }))
    return { kind: 'read', entity: this.#query.entity, where, columns, probes: [], order: [], total: false, reach: 'many' }
  }

  /** The rows and all that their cascades reach. */
  async #descend(chosen: readonly Row[], say: (query: Read, args: Args) => Promise<readonly Row[]>): Promise<readonly Row[]> {
    const found = new Map(chosen.map((row) => [this.#name(row), row]))
    for (let last = chosen; last.length > 0; ) {
      const next: Row[] = []
      for (const [n, { field, cascades }] of this.#links.entries()) {
        if (!cascades) continue
        const list = { kind: 'param', index: 0, type: field } as const
        const below: Predicate = { kind: 'in', left: { kind: 'field', field: field.name }, list, insensitive: false }
        const targets = last.map((row) => this.#target(row, n)).filter((value) => value !== null)
        for (let at = 0; at < targets.length; at += most)
          for (const row of await say(this.#read(below), listed(targets.slice(at, at + most)))) {
            if (found.has(this.#name(row))) continue
            found.set(this.#name(row), row)
            next.push(row)
          }
      }
      last = next
    }
    return [...found.values()]
  }

  #key(row: Row): Row {
    return row.slice(0, this.#query.entity.key.length)
  }

  #name(row: Row): string {
    return JSON.stringify(this.#key(row))
  }

  #source(row: Row, n: number): Value {
    return row[this.#query.entity.key.length + 2 * n] ?? null
  }

  #target(row: Row, n: number): Value {
    return row[this.#query.entity.key.length + 2 * n + 1] ?? null
  }

  /** Keys in the order of their going: each layer when nothing that is left refers to it, at last rings and what they refer to. */
  #order(rows: readonly Row[]): { readonly layers: readonly (readonly Row[])[]; readonly ring: readonly Row[] } {
    const owners = this.#links.map((_, n) => new Map(rows.map((row) => [this.#target(row, n), row])))
    const ownersOf = (row: Row): readonly Row[] =>
      owners.flatMap((known, n) => {
        const value = this.#source(row, n)
        const owner = value === null ? undefined : known.get(value)
        return owner === undefined || owner === row ? [] : [owner]
      })
    const waiting = new Map<Row, number>(rows.map((row) => [row, 0]))
    for (const row of rows) for (const owner of ownersOf(row)) waiting.set(owner, (waiting.get(owner) as number) + 1)
    const layers: Row[][] = []
    let free = rows.filter((row) => waiting.get(row) === 0)
    while (free.length > 0) {
      layers.push(free.map((row) => this.#key(row)))
      const next: Row[] = []
      for (const row of free) {
        waiting.delete(row)
        for (const owner of ownersOf(row)) {
          const left = (waiting.get(owner) as number) - 1
          waiting.set(owner, left)
          if (left === 0) next.push(owner)
        }
      }
      free = next
    }
    return { layers, ring: [...waiting.keys()].map((row) => this.#key(row)) }
  }

  /** Rows, or none of a statement that gives none. */
  async #say(channel: Channel, query: Exclude<Query, { kind: 'insert' }>, args: Args, deadline: number | undefined): Promise<readonly Row[]> {
    const compiled: Compiled = compile(query, this.#backend.dialect)
    try {
      const raw = await channel.run({ text: compiled.text, rows: compiled.answer === 'rows' }, bindAll(compiled.binds, args), deadline)
      return typeof raw === 'number' ? [] : rowDecoder(compiled.decode)(raw as Physical[][])
    } catch (error) {
      const told = this.#backend.translate(error, this.#query)
      throw told instanceof ConstraintError ? new ConstraintError('restrict', [], error) : told
    }
  }
}

function listed(list: readonly Value[]): Args {
  return { params: [list], session: new Map() }
}
