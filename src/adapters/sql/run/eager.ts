/**
 * Inserts where the database looks at references row by row, and before it looks at uniques: the answer is that of one look at the end
 * of the statement. In charge of that difference; must not know connections.
 */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Answer, Args, Insert, Update } from '../../../query/ast.ts'
import { and, compare, param } from '../../../query/build.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Arranged } from '../arrange.ts'
import { bindAll, type CompiledInsert, compile } from '../compile.ts'
import { fieldOf } from '../scope.ts'
import type { Backend, Channel, Plan, Text } from './channel.ts'

const savepoint: Text = { text: 'SAVEPOINT dbal_references', rows: false }
const back: Text = { text: 'ROLLBACK TO SAVEPOINT dbal_references', rows: false }

export class EagerInsert implements Plan {
  readonly writes = true
  readonly #query: Insert
  readonly #compiled: CompiledInsert
  readonly #backend: Backend
  readonly #insert: Plan

  constructor(query: Insert, compiled: CompiledInsert, backend: Backend, insert: Plan) {
    this.#query = query
    this.#compiled = compiled
    this.#backend = backend
    this.#insert = insert
  }

  steps(args: Args): number {
    return this.#insert.steps(args) + this.#arranged(args).late.length
  }

  async run(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    const { rows, late } = this.#arranged(args)
    const without = (row: readonly Value[], at: number): readonly Value[] =>
      late.some((link) => link.row === at) ? row.map((value, i) => (late.some((link) => link.row === at && link.position === i) ? null : value)) : row
    try {
      const answer = await this.#insert.run(channel, { ...args, rows: late.length === 0 ? rows : rows.map(without) }, deadline)
      for (const { row, position } of late) await this.#link(channel, rows[row] as readonly Value[], position, deadline)
      return answer
    } catch (error) {
      const refused = error instanceof ConstraintError && error.constraint === 'reference'
      throw refused && channel.within === true ? await this.#unique(channel, rows, deadline, error) : error
    }
  }

  #arranged({ rows = [] }: Args): Arranged {
    return this.#compiled.arrange?.(rows) ?? { rows, late: [] }
  }

  /** Writes what a row of a ring refers to, now that it is there. */
  async #link(channel: Channel, row: readonly Value[], position: number, deadline: number | undefined): Promise<void> {
    const { entity, fields } = this.#query
    const name = fields[position] as string
    const key = entity.key.map((part, i) => compare('eq', { kind: 'field', field: part }, param(i + 1, fieldOf(entity, part))))
    const set = [{ field: name, value: param(0, fieldOf(entity, name)) }]
    const update: Update = { kind: 'update', entity, set, where: and(...key), reach: 'one' }
    const { text, binds } = compile(update, this.#backend.dialect)
    const params = [row[position] as Value, ...entity.key.map((part) => row[fields.indexOf(part)] as Value)]
    try {
      await channel.run({ text, rows: false }, bindAll(binds, { params, session: new Map() }), deadline)
    } catch (error) {
      throw this.#backend.translate(error, this.#query)
    }
  }

  /** Would a unique refuse the rows if references did not? Tried, and undone. */
  async #unique(channel: Channel, rows: readonly (readonly Value[])[], deadline: number | undefined, reference: Error): Promise<Error> {
    const { chunk } = this.#compiled
    const unreferenced = this.#backend.dialect.unreferenced as (text: string) => string
    try {
      await channel.run(savepoint, [], undefined)
      try {
        for (let at = 0; at < rows.length; at += chunk) {
          const some = rows.slice(at, at + chunk)
          await channel.run({ text: unreferenced(this.#compiled.text(some.length)), rows: false }, this.#compiled.values(some), deadline)
        }
      } finally {
        await channel.run(back, [], undefined)
      }
    } catch (error) {
      const told = this.#backend.translate(error, this.#query)
      if (!(told instanceof ConstraintError) || told.constraint === 'unique') return told
    }
    return reference
  }
}
