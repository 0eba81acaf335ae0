/** A statement in the making: its binds, aliases and the row at hand. In charge of binding values once and never writing them; knows no driver. */

import { DBALError } from '../../errors/error.ts'
import type { Args } from '../../query/ast.ts'
import type { Entity, Field, Value, ValueType } from '../../schema/entity.ts'
import { normalise } from '../../schema/field-type.ts'
import type { Codec, Dialect, Physical, Shape } from './dialect.ts'

/** Takes one physical value out of a call's arguments. */
export type Bind = (args: Args) => Physical

export interface Finished {
  readonly text: string
  readonly binds: readonly Bind[]
}

export class Statement {
  readonly dialect: Dialect
  readonly binds: Bind[] = []
  /** Whether the statement's own rows are checked against the deadline; those of subqueries always are. */
  readonly checked: boolean
  /** Table that the statement changes. */
  readonly target: string | undefined
  readonly #numbers = new Map<string, string>()
  #aliases = 0

  constructor(dialect: Dialect, checked: boolean, target?: string) {
    this.dialect = dialect
    this.checked = checked
    this.target = target
  }

  /** The placeholder of the value that `key` identifies; equal keys share one. */
  bind(key: string, as: Shape, make: () => Bind): string {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.binds.push(make())
    const placeholder = this.dialect.placeholder(this.binds.length, as)
    this.#numbers.set(key, placeholder)
    return placeholder
  }

  /** The text as a driver takes it, with the values that it binds, in order. */
  finish(text: string): Finished {
    const { positional } = this.dialect
    if (positional === undefined) return { text, binds: this.binds }
    const binds: Bind[] = []
    const ordered = text.replace(positional, (_, n: string) => {
      binds.push(this.binds[Number(n) - 1] as Bind)
      return '?'
    })
    return { text: ordered, binds }
  }

  /** The row of `entity` under an alias of its own. */
  scope(entity: Entity): Scope {
    return { statement: this, entity, alias: `t${this.#aliases++}` }
  }
}

/** The innermost row: whose columns fields name. */
export interface Scope {
  readonly statement: Statement
  readonly entity: Entity
  readonly alias: string
}

export function fieldOf(entity: Entity, name: string): Field {
  const field = entity.fields.get(name)
  if (field === undefined) throw new DBALError('INTERNAL_ERROR', {}, { message: `A query names the unknown field ${name} of ${entity.name}` })
  return field
}

export function columnSql({ statement, entity, alias }: Scope, field: Field): string {
  const { dialect } = statement
  const sql = `${alias}.${dialect.quote(field.column)}`
  return dialect.stored?.(entity.table, field, sql) ?? sql
}

/** `"table" AS t0` */
export function fromSql({ statement, entity, alias }: Scope): string {
  const { quote, readAgain } = statement.dialect
  const table = quote(entity.table)
  return `${readAgain !== undefined && statement.target === entity.table ? readAgain(table) : table} AS ${alias}`
}

/** Column that holds the folded form of an `insensitive` unique field. */
export function shadowColumn(field: Field): string {
  return `${field.column}__fold`
}

type Source =
  | { readonly kind: 'param'; readonly index: number; readonly type: ValueType }
  | { readonly kind: 'const'; readonly value: Value; readonly type: ValueType }
  | { readonly kind: 'session'; readonly name: string; readonly type: ValueType }

/** Identifies the logical value of a source. */
export function sourceKey(source: Source): string {
  switch (source.kind) {
    case 'param':
      return `param ${source.index}`
    case 'const':
      return `const ${source.type.type} ${JSON.stringify(source.value)}`
    case 'session':
      return `session ${source.name} ${JSON.stringify(source.type, ['type', 'precision', 'scale', 'values'])}`
  }
}

/** Reads the logical value. A session's value that does not fit its type is null (query/ast.ts). */
export function reader(source: Source, list = false): (args: Args) => Value {
  switch (source.kind) {
    case 'param': {
      const { index } = source
      return (args) => args.params[index] ?? null
    }
    case 'const': {
      const { value } = source
      return () => value
    }
    case 'session': {
      const { name, type } = source
      const fit = list ? fittedList : fittedScalar
      return (args) => fit(type, args.session.get(name) ?? null)
    }
  }
}

function fittedList(type: ValueType, value: Value): Value {
  if (!Array.isArray(value)) return null
  const list = value.map((element: Value) => fittedScalar(type, element))
  return list.includes(null) ? null : list
}

function fittedScalar(type: ValueType, value: Value): Value {
  const result = normalise(type, value)
  return result.ok ? result.value : null
}

/** Binds a scalar in the form of `codec`; `change` is applied to the logical value first (folding). */
export function bindScalar(statement: Statement, source: Source, codec: Codec, change?: (value: Value) => Value): string {
  const key = `${sourceKey(source)} as ${codec.form}${change === undefined ? '' : ' folded'}`
  return statement.bind(key, codec, () => {
    const read = reader(source)
    if (source.kind === 'const') {
      const value = read({ params: [], session: new Map() })
      const physical = value === null ? null : codec.encode(change === undefined ? value : change(value))
      return () => physical
    }
    if (codec.form === 'text' && change === undefined) return (args) => read(args) as string | null
    return (args) => {
      const value = read(args)
      return value === null ? null : codec.encode(change === undefined ? value : change(value))
    }
  })
}

/** Binds a whole list as one value; null where there is no list. */
export function bindList(statement: Statement, source: Source, form: string, shape: Shape, element: (value: Value) => string): string {
  return statement.bind(`${sourceKey(source)} list ${form}`, shape, () => {
    const read = reader(source, true)
    return (args) => {
      const list = read(args)
      return Array.isArray(list) ? statement.dialect.list(list.map(element)) : null
    }
  })
}
