/** From a query tree to one statement: text, binds and decoders. In charge of choosing the compiler by kind; must not know drivers. */
import type { Aggregate, Args, Delete, Insert, Query, Read, Tree, Update } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'
import { compileAggregate } from './aggregate.ts'
import type { Dialect, Physical } from './dialect.ts'
import { type CompiledRead, compileRead, type Decoder, type PageText } from './read.ts'
import type { Bind } from './scope.ts'
import { compileTree } from './tree.ts'
import { type CompiledInsert, compileDelete, compileInsert, compileUpdate } from './write.ts'

export type { PageText } from './read.ts'
export type { CompiledInsert } from './write.ts'

export interface Compiled {
  readonly text: string
  readonly binds: readonly Bind[]
  /** By position; undefined where the physical value is the logical one. */
  readonly decode: readonly (Decoder | undefined)[]
  readonly answer: 'rows' | 'affected'
  /** A page with its total; see `PageText`. */
  readonly page?: PageText
}

/** Everything but an insert, whose text depends on the number of rows (`compileInsertion`). Pure; call once per query object. */
export function compile(query: Exclude<Query, Insert>, dialect: Dialect): Compiled {
  switch (query.kind) {
    case 'read':
      return rows(compileRead(query satisfies Read, dialect))
    case 'aggregate':
      return rows(compileAggregate(query satisfies Aggregate, dialect))
    case 'tree':
      return rows(compileTree(query satisfies Tree, dialect))
    case 'update':
      return affected(compileUpdate(query satisfies Update, dialect))
    case 'delete':
      return affected(compileDelete(query satisfies Delete, dialect))
  }
}

export function compileInsertion(query: Insert, dialect: Dialect): CompiledInsert {
  return compileInsert(query, dialect)
}

function rows(read: CompiledRead): Compiled {
  const { text, statement, decode } = read
  return { ...statement.finish(text), decode, answer: 'rows', ...(read.page === undefined ? {} : { page: read.page }) }
}

function affected(write: ReturnType<typeof compileUpdate>): Compiled {
  return { ...write.statement.finish(write.text), decode: [], answer: 'affected' }
}

/** The values of a call, by placeholder. */
export function bindAll(binds: readonly Bind[], args: Args): Physical[] {
  const values = new Array<Physical>(binds.length)
  for (let i = 0; i < binds.length; i++) values[i] = (binds[i] as Bind)(args)
  return values
}

/** Turns physical rows into logical ones in place; positions without a decoder are left as they are. */
export function rowDecoder(decode: readonly (Decoder | undefined)[]): (rows: Physical[][]) => readonly (readonly Value[])[] {
  const steps = decode.flatMap((decoder, at) => (decoder === undefined ? [] : [{ at, decoder }]))
  return (rows) => {
    for (const { at, decoder } of steps) {
      for (const row of rows) {
        const value = row[at] as Physical
        if (value !== null) (row as unknown[])[at] = decoder(value)
      }
    }
    // An answer without columns has rows without cells; the statement had to select one.
    if (decode.length === 0) for (const row of rows) row.length = 0
    return rows as unknown as readonly (readonly Value[])[]
  }
}
