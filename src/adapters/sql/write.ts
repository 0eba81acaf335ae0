/** Insert, update and delete. In charge of set-based writes and shadow columns; must not know transactions or drivers. */

import { DBALError } from '../../errors/error.ts'
import type { Delete, Insert, SetValue, Update } from '../../query/ast.ts'
import type { Field, Value } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import { type Arranged, referredFirst } from './arrange.ts'
import type { Codec, Dialect, Physical } from './dialect.ts'
import { foldedSql, isSource, operandSql } from './operand.ts'
import { predicateSql, whereSql } from './predicate.ts'
import { conditions } from './read.ts'
import { bindList, bindScalar, columnSql, fieldOf, type Scope, Statement, shadowColumn } from './scope.ts'

export interface CompiledWrite {
  readonly text: string
  readonly statement: Statement
}

export interface CompiledInsert {
  /** Rows that one statement takes at most. */
  readonly chunk: number
  /** The order in which the rows can be written; absent where any will do. */
  readonly arrange?: (rows: readonly (readonly Value[])[]) => Arranged
  /** Numbers of rows with the same answer have the same text. */
  variant(rows: number): number
  /** The statement for so many rows. */
  text(rows: number): string
  /** What the statement for these rows binds. */
  values(rows: readonly (readonly Value[])[]): Physical[]
}

/** Rows of one statement where their number does not matter to it: a list this long is still read at once. */
const longestList = 50_000

export function compileInsert(query: Insert, dialect: Dialect): CompiledInsert {
  const fields = query.fields.map((name) => fieldOf(query.entity, name))
  const codecs = fields.map((field) => dialect.codec(field))
  const shadows = fields.flatMap((field, i) => (field.unique === 'insensitive' ? [i] : []))
  const forms = [...codecs, ...shadows.map((i) => codecs[i] as Codec)]
  const columns = [...fields.map((field) => field.column), ...shadows.map((i) => shadowColumn(fields[i] as Field))].map((name) => dialect.quote(name))
  const table = dialect.quote(query.entity.table)
  const head = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `
  const given = givenOf(query, fields, dialect)
  const lists = dialect.insertLists?.(table, columns, forms, given)
  const chunk = lists === undefined ? Math.floor(dialect.maxBinds / columns.length) : longestList
  if (chunk === 0) throw new DBALError('INTERNAL_ERROR', {}, { message: `${query.entity.name} has more fields than one statement takes` })
  const whole = (row: readonly Value[]): readonly Value[] =>
    shadows.length === 0 ? row : [...row, ...shadows.map((i) => (typeof row[i] === 'string' ? fold(row[i]) : null))]
  const arrange = dialect.unreferenced === undefined ? undefined : referredFirst(query)
  return {
    chunk,
    ...(arrange === undefined ? {} : { arrange }),
    variant: (rows) => (lists === undefined || rows === 1 ? rows : 2),
    text: (rows) => (lists === undefined || rows === 1 ? head + rowsSql(dialect, forms, rows, given) : lists),
    values(rows) {
      const all = rows.map(whole)
      if (lists === undefined || rows.length === 1) return all.flatMap((row) => forms.map((codec, i) => physical(codec, row[i] ?? null)))
      return forms.map((codec, i) => dialect.list(all.map((row) => element(codec, row[i] ?? null))))
    },
  }
}

function element(codec: Codec, value: Value): string {
  return value === null ? 'null' : codec.element(value)
}

function physical(codec: Codec, value: Value): Physical {
  return value === null ? null : codec.encode(value)
}

/** What each column is given of its value; shadow columns, behind the fields, are always DBAL's own. */
type Given = (i: number, sql: string) => string

function givenOf({ entity }: Insert, fields: readonly Field[], dialect: Dialect): Given | undefined {
  const ways = fields.map((field) => dialect.given?.(entity.table, field))
  return ways.some((way) => way !== undefined) ? (i, sql) => ways[i]?.(sql) ?? sql : undefined
}

function rowsSql(dialect: Dialect, codecs: readonly Codec[], rows: number, given: Given = (_, sql) => sql): string {
  let n = 0
  const row = (): string => `(${codecs.map((codec, i) => given(i, dialect.placeholderInOrder(++n, codec))).join(', ')})`
  return Array.from({ length: rows }, row).join(', ')
}

export function compileUpdate(query: Update, dialect: Dialect): CompiledWrite {
  const statement = new Statement(dialect, query.reach === 'many', query.entity.table)
  const scope = statement.scope(query.entity)
  const sets = query.set.flatMap(({ field: name, value }) => setSql(scope, fieldOf(query.entity, name), value))
  // Nothing to set still has to count the rows of `where`.
  if (sets.length === 0) {
    const key = dialect.quote(fieldOf(query.entity, query.entity.key[0] as string).column)
    sets.push(`${key} = ${scope.alias}.${key}`)
  }
  const where = whereSql(scope, conditions(scope, query.where))
  return { text: dialect.update(dialect.quote(query.entity.table), scope.alias, sets.join(', '), where), statement }
}

function setSql(scope: Scope, field: Field, value: SetValue): string[] {
  const { dialect } = scope.statement
  const column = dialect.quote(field.column)
  const given = (sql: string): string => dialect.given?.(scope.entity.table, field)?.(sql) ?? sql
  if (value.kind === 'increment') return [`${column} = ${given(`${columnSql(scope, field)} + 1`)}`]
  if (value.kind === 'position') return [`${column} = ${given(positionSql(scope, value.list))}`]
  const set = [
    `${column} = ${given(isSource(value) ? bindScalar(scope.statement, value, dialect.codec(field)) : operandSql(scope, value, predicateSql))}`,
  ]
  if (field.unique === 'insensitive') set.push(`${dialect.quote(shadowColumn(field))} = ${foldedSql(scope, value, predicateSql)}`)
  return set
}

function positionSql(scope: Scope, list: Extract<SetValue, { kind: 'position' }>['list']): string {
  const { statement, entity } = scope
  const key = fieldOf(entity, entity.key[0] as string)
  const codec = statement.dialect.codec(key)
  if (list.kind !== 'param' && list.kind !== 'const')
    throw new DBALError('INTERNAL_ERROR', {}, { message: 'A position is taken in a param or const' })
  const bound = bindList(statement, list, `${codec.form} ${key.type}`, { list: codec }, (value) => codec.element(value))
  return statement.dialect.positionIn(columnSql(scope, key), bound, codec)
}

export function compileDelete(query: Delete, dialect: Dialect): CompiledWrite {
  const statement = new Statement(dialect, query.reach === 'many', query.entity.table)
  const table = dialect.quote(query.entity.table)
  const aliased = statement.scope(query.entity)
  const scope = dialect.unaliasedDelete === true ? { ...aliased, alias: table } : aliased
  const where = whereSql(scope, conditions(scope, query.where))
  return { text: dialect.remove(table, scope.alias, where), statement }
}
