/** Predicates as SQL conditions with exactly the tree's three-valued logic. In charge of meaning; must not know statements or drivers. */

import { DBALError } from '../../errors/error.ts'
import type { CompareOp, Operand, Predicate } from '../../query/ast.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import { type Codec, type Dialect, meeting, type Typed } from './dialect.ts'
import { codecOf, foldedSql, isNullSql, isSource, linkSql, operandIn, operandSql, pair } from './operand.ts'
import { bindList, columnSql, fieldOf, fromSql, type Scope } from './scope.ts'
import { chosen } from './truth.ts'

/** The condition, in parentheses wherever it is more than one term. */
export function predicateSql(scope: Scope, node: Predicate): string {
  switch (node.kind) {
    case 'and':
      return joined(scope, node.all, 'AND', scope.statement.dialect.yes)
    case 'or':
      return joined(scope, node.any, 'OR', scope.statement.dialect.no)
    case 'not':
      return `(NOT ${predicateSql(scope, node.of)})`
    case 'compare':
      return `(${compareSql(scope, node)})`
    case 'in':
      return `(${inSql(scope, node)})`
    case 'isNull':
      return `(${isNullSql(scope, node.of, predicateSql)})`
    case 'keyIn':
      return `(${keyInSql(scope, node)})`
    case 'exists':
      return existsSql(scope, node)
    case 'inSelect':
      return `(${inSelectSql(scope, node)})`
    case 'when':
      return `(CASE WHEN ${predicateSql(scope, node.guard)} THEN ${predicateSql(scope, node.then)} END)`
    case 'isTrue':
      return `(${scope.statement.dialect.isTrue(predicateSql(scope, node.of))})`
  }
}

/** The condition where it chooses rows: true of the same ones, though it may be false of some of which the predicate is unknown. */
export function choiceSql(scope: Scope, node: Predicate): string {
  const { dialect, checked } = scope.statement
  // Where the statement is about one row, a list for it alone would be longer than the way from it.
  return predicateSql(scope, chosen(node, dialect.listsSubqueries === true && checked))
}

/** Balanced, because a database counts the depth of an expression and a long chain without parentheses is as deep as long. */
function joined(scope: Scope, parts: readonly Predicate[], word: 'AND' | 'OR', empty: string): string {
  if (parts.length === 0) return empty
  return balanced(
    parts.map((part) => predicateSql(scope, part)),
    word,
  )
}

function balanced(parts: readonly string[], word: string): string {
  if (parts.length === 1) return parts[0] as string
  if (parts.length <= 32) return `(${parts.join(` ${word} `)})`
  const half = parts.length >> 1
  return `(${balanced(parts.slice(0, half), word)} ${word} ${balanced(parts.slice(half), word)})`
}

type Compare = Extract<Predicate, { kind: 'compare' }>

function compareSql(scope: Scope, node: Compare): string {
  const { dialect } = scope.statement
  if (node.insensitive) {
    const [left, right] = [foldedSql(scope, node.left, predicateSql), foldedSql(scope, node.right, predicateSql)]
    return compared(dialect, node.op, left, right, dialect.codec({ type: 'text' }))
  }
  const { left, right, codec } = pair(scope, node.left, node.right, predicateSql)
  return compared(dialect, node.op, left, right, codec)
}

/** `codec` is that of the left side. */
export function compared(dialect: Dialect, op: CompareOp, left: string, right: string, codec: Codec): string {
  const ordered = (): string => dialect.ordered?.(left, codec) ?? left
  switch (op) {
    case 'eq':
      return dialect.equal?.(left, right) ?? `${left} = ${right}`
    case 'ne':
      return `${left} <> ${right}`
    case 'gt':
      return `${ordered()} > ${right}`
    case 'gte':
      return `${ordered()} >= ${right}`
    case 'lt':
      return `${ordered()} < ${right}`
    case 'lte':
      return `${ordered()} <= ${right}`
    case 'contains':
      return dialect.contains(left, right)
    case 'startsWith':
      return dialect.startsWith(left, right)
    case 'endsWith':
      return dialect.endsWith(left, right)
  }
}

function inSql(scope: Scope, node: Extract<Predicate, { kind: 'in' }>): string {
  const { statement } = scope
  const list = listSource(node.list)
  const own = codecOf(scope, node.left)
  const given = statement.dialect.codec(list.type)
  const met = own.takes === given.form ? own : (meeting(statement.dialect, own, given) ?? given)
  const codec = node.insensitive ? statement.dialect.codec({ type: 'text' }) : met
  const form = `${codec.form} ${list.type.type}${node.insensitive ? ' folded' : ''}`
  const element = node.insensitive ? foldedElement(codec) : (value: Value) => codec.element(value)
  const placeholder = bindList(statement, list, form, { list: codec }, element)
  const left = node.insensitive
    ? foldedSql(scope, node.left, predicateSql)
    : meeting(statement.dialect, own, codec) === undefined
      ? operandSql(scope, node.left, predicateSql)
      : operandIn(scope, node.left, codec, predicateSql)
  const test = statement.dialect.inList(left, placeholder, codec)
  // Only a session's list can be null: its members are not known, so neither is the answer.
  return list.kind === 'session' ? `CASE WHEN ${placeholder} IS NOT NULL THEN ${test} END` : test
}

/** Is what stands left one of a list? In the form in which both are exact. */
export function within(scope: Scope, left: Typed, node: Operand): string {
  const { statement } = scope
  const list = listSource(node)
  const given = statement.dialect.codec(list.type)
  const codec = left.codec.takes === given.form ? left.codec : (meeting(statement.dialect, left.codec, given) ?? given)
  const placeholder = bindList(statement, list, `${codec.form} ${list.type.type}`, { list: codec }, (value) => codec.element(value))
  const widened = left.codec.form !== codec.form && meeting(statement.dialect, left.codec, codec) !== undefined
  return statement.dialect.inList(widened ? left.codec.wide(left.sql) : left.sql, placeholder, codec)
}

const foldedElement =
  (codec: Codec) =>
  (value: Value): string =>
    codec.element(fold(String(value)))

function listSource(node: Operand): Extract<Operand, { kind: 'param' | 'const' | 'session' }> {
  if (isSource(node)) return node
  throw new DBALError('INTERNAL_ERROR', {}, { message: `A list must be a param, const or session, not ${node.kind}` })
}

function keyInSql(scope: Scope, node: Extract<Predicate, { kind: 'keyIn' }>): string {
  const { statement, entity } = scope
  const fields = node.fields.map((name) => fieldOf(entity, name))
  const codecs = fields.map((field) => statement.dialect.codec(field))
  const single = codecs[0]
  const tuple = (value: Value): string => {
    const parts = value as readonly Value[]
    if (codecs.length === 1) return elementOf(single as Codec, parts[0] as Value)
    return statement.dialect.tuple(codecs.map((codec, i) => elementOf(codec, parts[i] as Value)))
  }
  const form = `keys ${codecs.map((codec) => codec.form).join(' ')}`
  const list = bindList(statement, listSource(node.list), form, codecs.length === 1 ? { list: single as Codec } : 'tuples', tuple)
  return statement.dialect.keysIn(
    fields.map((field) => columnSql(scope, field)),
    list,
    codecs,
  )
}

const elementOf = (codec: Codec, value: Value): string => (value === null ? 'null' : codec.element(value))

function existsSql(scope: Scope, node: Extract<Predicate, { kind: 'exists' }>): string {
  const inner = scope.statement.scope(node.entity)
  const parts = [linkSql(scope, node.local, inner, node.foreign), choiceSql(inner, node.where)].filter(
    (part) => part !== '' && part !== scope.statement.dialect.yes,
  )
  return `EXISTS (SELECT 1 FROM ${fromSql(inner)}${innerWhere(inner, parts, pinned(node.entity, node.foreign))})`
}

function inSelectSql(scope: Scope, node: Extract<Predicate, { kind: 'inSelect' }>): string {
  const inner = scope.statement.scope(node.entity)
  const field: Operand = { kind: 'field', field: node.field }
  const [own, given] = [codecOf(scope, node.left), codecOf(inner, field)]
  const codec = meeting(scope.statement.dialect, own, given)
  const left = codec === undefined ? operandSql(scope, node.left, predicateSql) : operandIn(scope, node.left, codec, predicateSql)
  const column = codec === undefined ? operandSql(inner, field, predicateSql) : operandIn(inner, field, codec, predicateSql)
  const where = choiceSql(inner, node.where)
  return `${left} IN (SELECT ${column} FROM ${fromSql(inner)}${innerWhere(inner, where === scope.statement.dialect.yes ? [] : [where], false)})`
}

/** ` WHERE …` of the statement itself, with the deadline first, so that it is asked of every row visited. */
export function whereSql(scope: Scope, parts: readonly string[]): string {
  return clause(scope, parts, scope.statement.checked)
}

/** As `whereSql`, of a subquery: it may visit many rows even where the statement is about one, unless a key names its row. */
function innerWhere(scope: Scope, parts: readonly string[], byKey: boolean): string {
  return clause(scope, parts, !byKey)
}

function clause(scope: Scope, parts: readonly string[], checked: boolean): string {
  const { deadline } = scope.statement.dialect
  const all = checked && deadline !== undefined ? [deadline, ...parts] : parts
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`
}

function pinned(entity: Entity, fields: readonly string[]): boolean {
  return entity.key.every((name) => fields.includes(name))
}
