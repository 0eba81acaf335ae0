/** Operands as SQL expressions, each with the codec of what it yields. In charge of where a value comes from; must not know statements. */
import type { Hop, Operand, Predicate } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import { type Codec, meeting } from './dialect.ts'
import { bindScalar, columnSql, fieldOf, fromSql, reader, type Scope, shadowColumn, sourceKey } from './scope.ts'

/** Compiles a predicate about the row of a scope; handed in, so that predicates may use operands and operands predicates. */
export type EmitPredicate = (scope: Scope, node: Predicate) => string

type Source = Extract<Operand, { kind: 'param' | 'const' | 'session' }>

export function isSource(node: Operand): node is Source {
  return node.kind === 'param' || node.kind === 'const' || node.kind === 'session'
}

/** The codec in which an operand comes by itself. */
export function codecOf(scope: Scope, node: Operand): Codec {
  const { dialect } = scope.statement
  switch (node.kind) {
    case 'field':
      return dialect.codec(fieldOf(scope.entity, node.field))
    case 'param':
    case 'const':
    case 'session':
      return dialect.codec(node.type)
    case 'level':
      return dialect.codec({ type: 'integer' })
    case 'path':
      return dialect.codec(fieldOf((node.hops.at(-1) as Hop).entity, node.field))
    case 'json':
      return dialect.codec({ type: node.as === 'number' ? 'float' : node.as === 'boolean' ? 'boolean' : 'text' })
  }
}

/** The operand in its own form. */
export function operandSql(scope: Scope, node: Operand, emit: EmitPredicate): string {
  switch (node.kind) {
    case 'field':
      return guarded(scope, node.guard, columnSql(scope, fieldOf(scope.entity, node.field)), emit)
    case 'param':
    case 'const':
    case 'session':
      return bindScalar(scope.statement, node, codecOf(scope, node))
    case 'level':
      return levelSql(scope, node, emit)
    case 'path':
      return pathSql(scope, node)
    case 'json': {
      const column = columnSql(scope, fieldOf(scope.entity, node.field))
      return guarded(scope, node.guard, scope.statement.dialect.json(column, jsonPath(scope, node.path, node.as), node.as, node.path), emit)
    }
  }
}

/** The operand in `codec`, which is its own one or that of a meeting. */
export function operandIn(scope: Scope, node: Operand, codec: Codec, emit: EmitPredicate): string {
  if (isSource(node)) return bindScalar(scope.statement, node, codec)
  const own = codecOf(scope, node)
  const sql = operandSql(scope, node, emit)
  return own.form === codec.form ? sql : own.wide(sql)
}

/** Both sides in forms that compare exactly, and the form of the left one. */
export function pair(
  scope: Scope,
  left: Operand,
  right: Operand,
  emit: EmitPredicate,
): { readonly left: string; readonly right: string; readonly codec: Codec } {
  const [a, b] = [codecOf(scope, left), codecOf(scope, right)]
  if (isSource(right) && a.takes === b.form) return { left: operandSql(scope, left, emit), right: bindScalar(scope.statement, right, a), codec: a }
  if (isSource(left) && b.takes === a.form) return { left: bindScalar(scope.statement, left, b), right: operandSql(scope, right, emit), codec: b }
  const codec = meeting(scope.statement.dialect, a, b)
  if (codec === undefined) return { left: operandSql(scope, left, emit), right: operandSql(scope, right, emit), codec: a }
  return { left: operandIn(scope, left, codec, emit), right: operandIn(scope, right, codec, emit), codec }
}

const foldValue = (value: Value): Value => fold(String(value))

/** The operand folded: a field's shadow column where it has one, a bound value folded before it is bound. */
export function foldedSql(scope: Scope, node: Operand, emit: EmitPredicate): string {
  const { dialect } = scope.statement
  if (isSource(node)) return bindScalar(scope.statement, node, codecOf(scope, node), foldValue)
  if (node.kind === 'field') {
    const field = fieldOf(scope.entity, node.field)
    if (field.unique === 'insensitive') return guarded(scope, node.guard, `${scope.alias}.${dialect.quote(shadowColumn(field))}`, emit)
  }
  return dialect.fold(operandSql(scope, node, emit))
}

/** True where the operand has no value; of a json operand only where nothing or JSON null is at its path. */
export function isNullSql(scope: Scope, node: Operand, emit: EmitPredicate): string {
  if (node.kind !== 'json') return `${operandSql(scope, node, emit)} IS NULL`
  const column = columnSql(scope, fieldOf(scope.entity, node.field))
  const missing = scope.statement.dialect.jsonMissing(column, jsonPath(scope, node.path, undefined), node.path)
  return node.guard === undefined ? missing : `CASE WHEN ${emit(scope, node.guard)} THEN ${missing} ELSE ${scope.statement.dialect.yes} END`
}

export function guarded(scope: Scope, guard: Predicate | undefined, sql: string, emit: EmitPredicate): string {
  return guard === undefined ? sql : `CASE WHEN ${emit(scope, guard)} THEN ${sql} END`
}

function jsonPath(scope: Scope, path: readonly string[], as: 'string' | 'number' | 'boolean' | undefined): string {
  const text = scope.statement.dialect.jsonPath(path, as)
  return scope.statement.bind(`json path ${text}`, 'json', () => () => text)
}

/** A bound role name becomes its level before it is bound; a role in a row is looked up among bound pairs. */
function levelSql(scope: Scope, node: Extract<Operand, { kind: 'level' }>, emit: EmitPredicate): string {
  const { statement } = scope
  const { of, levels } = node
  if (isSource(of)) {
    const key = `${sourceKey(of)} level ${JSON.stringify([...levels])}`
    const codec = codecOf(scope, node)
    return statement.bind(key, codec, () => {
      const read = reader(of)
      return (args) => {
        const role = read(args)
        const level = typeof role === 'string' ? levels.get(role) : undefined
        return level === undefined ? null : codec.encode(level)
      }
    })
  }
  if (levels.size === 0) return 'NULL'
  const cases = [...levels].map(([role, level]) => {
    const name = bindScalar(statement, { kind: 'const', value: role, type: { type: 'string' } }, statement.dialect.codec({ type: 'string' }))
    const value = bindScalar(statement, { kind: 'const', value: level, type: { type: 'integer' } }, statement.dialect.codec({ type: 'integer' }))
    return `WHEN ${name} THEN ${value}`
  })
  return `CASE ${operandSql(scope, of, emit)} ${cases.join(' ')} END`
}

/** Links as a scalar subquery: no row along the way is null. */
function pathSql(scope: Scope, node: Extract<Operand, { kind: 'path' }>): string {
  let from = ''
  let where = ''
  let at = scope
  for (const hop of node.hops) {
    const next = scope.statement.scope(hop.entity)
    const linked = linkSql(at, hop.local, next, hop.foreign)
    if (from === '') {
      from = fromSql(next)
      where = linked
    } else {
      from += ` JOIN ${fromSql(next)} ON ${linked}`
    }
    at = next
  }
  return `(SELECT ${columnSql(at, fieldOf(at.entity, node.field))} FROM ${from} WHERE ${where})`
}

/** `inner.foreign = outer.local AND …` */
export function linkSql(outer: Scope, local: readonly string[], inner: Scope, foreign: readonly string[]): string {
  return local
    .map((name, i) => {
      const [left, right] = [columnSql(inner, fieldOf(inner.entity, foreign[i] as string)), columnSql(outer, fieldOf(outer.entity, name))]
      return inner.statement.dialect.equal?.(left, right) ?? `${left} = ${right}`
    })
    .join(' AND ')
}
