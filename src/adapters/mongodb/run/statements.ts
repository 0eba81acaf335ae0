/** Queries compiled once, remembered by the query object, and run over a channel. In charge of answers; must not know transactions. */
import { DBALError } from '../../../errors/error.ts'
import type { Answer, Args, Query } from '../../../query/ast.ts'
import { type CompiledAggregate, compileAggregate } from '../compile/aggregate.ts'
import { type CompiledRead, type CompiledTree, compileRead, compileTree, totalMember } from '../compile/read.ts'
import { type CompiledWrite, compileWrite } from '../write/statement.ts'
import type { Channel } from './channel.ts'
import { isTooLarge } from './failure.ts'

export type Reading = Extract<Query, { kind: 'read' | 'aggregate' | 'tree' }>
export type Writing = Exclude<Query, Reading>

export function isWriting(query: Query): query is Writing {
  return query.kind === 'insert' || query.kind === 'update' || query.kind === 'delete'
}

/** Compiled queries of one adapter. */
export class Statements {
  readonly #reads = new WeakMap<Query, (channel: Channel, args: Args) => Promise<Answer>>()
  readonly #writes = new WeakMap<Query, CompiledWrite>()

  read(query: Reading): (channel: Channel, args: Args) => Promise<Answer> {
    const known = this.#reads.get(query)
    if (known !== undefined) return known
    const made = reader(query)
    this.#reads.set(query, made)
    return made
  }

  write(query: Writing): CompiledWrite {
    const known = this.#writes.get(query)
    if (known !== undefined) return known
    const made = compileWrite(query)
    this.#writes.set(query, made)
    return made
  }
}

function reader(query: Reading): (channel: Channel, args: Args) => Promise<Answer> {
  switch (query.kind) {
    case 'read': {
      const compiled = compileRead(query)
      return (channel, args) => runRead(compiled, channel, args)
    }
    case 'aggregate': {
      const compiled = compileAggregate(query)
      return (channel, args) => runAggregate(compiled, channel, args)
    }
    case 'tree': {
      const compiled: CompiledTree = compileTree(query)
      return async (channel, args) => compiled.answer(await channel.find(compiled.table, compiled.rows(args)))
    }
  }
}

/** The total comes behind the page, in one command; a transaction takes no such command and needs none, for it has its snapshot. */
async function runRead(compiled: CompiledRead, channel: Channel, args: Args): Promise<Answer> {
  const { table, count, row } = compiled
  const page = compiled.page(args)
  if (count === undefined) return { rows: (await channel.find(table, page)).map(row) }
  if (channel.inTransaction) {
    const found = await channel.find(table, page)
    const [counted] = await channel.find(table, count(args))
    return { rows: found.map(row), total: Number(counted?.[totalMember] ?? 0) }
  }
  const found = await channel.find(table, [...page, { $unionWith: { coll: table, pipeline: count(args) } }])
  const last = found.at(-1)
  if (last === undefined || !(totalMember in last)) return { rows: found.map(row), total: 0 }
  return { rows: found.slice(0, -1).map(row), total: Number(last[totalMember]) }
}

async function runAggregate(compiled: CompiledAggregate, channel: Channel, args: Args): Promise<Answer> {
  try {
    return compiled.answer(await channel.find(compiled.table, compiled.groups(args)), args)
  } catch (error) {
    if (!compiled.bulky || !(error instanceof DBALError) || !isTooLarge(error.cause)) throw error
    const hint = 'MongoDB adds floats with an error of its own, so they are added here, and these are too many; narrow the filter or use decimal'
    throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint }, { cause: error })
  }
}
