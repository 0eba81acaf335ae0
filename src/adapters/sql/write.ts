/** Insert, update and delete. In charge of set-based writes and shadow columns; must not know transactions or drivers. */

import { DBALError } from '../../errors/error.ts'
import type { Delete, Insert, SetValue, Update } from '../../query/ast.ts'
import type { Field, Value } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import type { Codec, Dialect, Physical } from './dialect.ts'
import { foldedSql, operandSql } from './operand.ts'
import { predicateSql, whereSql } from './predicate.ts'
import { conditions } from './read.ts'
import { bindList, columnSql, fieldOf, type Scope, Statement, shadowColumn } from './scope.ts'

export interface CompiledWrite {
  readonly text: string
  readonly statement: Statement
}

export interface CompiledInsert {
  /** Rows that one statement takes at most. */
  readonly chunk: number
  /** The statement for so many rows. */
  text(rows: number): string
  /** Physical values of one row, appended to `into`. */
  bind(row: readonly Value[], into: Physical[]): void
}

export function compileInsert(query: Insert, dialect: Dialect): CompiledInsert {
  const fields = query.fields.map((name) => fieldOf(query.entity, name))
  const codecs = fields.map((field) => dialect.codec(field))
  const shadows = fields.flatMap((field, i) => (field.unique === 'insensitive' ? [i] : []))
  const forms = [...codecs, ...shadows.map((i) => codecs[i] as Codec)]
  const columns = [...fields.map((field) => field.column), ...shadows.map((i) => shadowColumn(fields[i] as Field))]
  const head = `INSERT INTO ${dialect.quote(query.entity.table)} (${columns.map((name) => dialect.quote(name)).join(', ')}) VALUES `
  const chunk = Math.floor(dialect.maxBinds / columns.length)
  if (chunk === 0) throw new DBALError('INTERNAL_ERROR', {}, { message: `${query.entity.name} has more fields than one statement takes` })
  return {
    chunk,
    text: (rows) => head + rowsSql(dialect, forms, rows),
    bind(row, into) {
      for (let i = 0; i < codecs.length; i++) into.push(physical(codecs[i] as Codec, row[i] ?? null))
      for (const i of shadows) into.push(typeof row[i] === 'string' ? fold(row[i]) : null)
    },
  }
}

function physical(codec: Codec, value: Value): Physical {
  return value === null ? null : codec.encode(value)
}

function rowsSql(dialect: Dialect, codecs: readonly Codec[], rows: number): string {
  let n = 0
  const row = (): string => `(${Array.from({ length: codecs.length }, (_, i) => dialect.placeholderInOrder(++n, codecs[i] as Codec)).join(', ')})`
  return Array.from({ length: rows }, row).join(', ')
}

export function compileUpdate(query: Update, dialect: Dialect): CompiledWrite {
  const statement = new Statement(dialect, query.reach === 'many')
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
  if (value.kind === 'increment') return [`${column} = ${columnSql(scope, field)} + 1`]
  if (value.kind === 'position') return [`${column} = ${positionSql(scope, value.list)}`]
  const set = [`${column} = ${operandSql(scope, value, predicateSql)}`]
  if (field.unique === 'insensitive') set.push(`${dialect.quote(shadowColumn(field))} = ${foldedSql(scope, value, predicateSql)}`)
  return set
}

function positionSql(scope: Scope, list: Extract<SetValue, { kind: 'position' }>['list']): string {
  const { statement, entity } = scope
  const key = fieldOf(entity, entity.key[0] as string)
  const codec = statement.dialect.codec(key)
  if (list.kind !== 'param' && list.kind !== 'const')
    throw new DBALError('INTERNAL_ERROR', {}, { message: 'A position is taken in a param or const' })
  const bound = bindList(statement, list, `${codec.form} ${key.type}`, (value) => codec.element(value))
  return statement.dialect.positionIn(columnSql(scope, key), bound, codec)
}

export function compileDelete(query: Delete, dialect: Dialect): CompiledWrite {
  const statement = new Statement(dialect, query.reach === 'many')
  const scope = statement.scope(query.entity)
  const where = whereSql(scope, conditions(scope, query.where))
  return { text: dialect.remove(dialect.quote(query.entity.table), scope.alias, where), statement }
}
