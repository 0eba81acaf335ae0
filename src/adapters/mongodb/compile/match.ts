/**
 * Predicates as conditions of `$match`, which can use indexes: the documents for which a predicate is true, or those for which it is
 * false. In charge of saying so exactly; what has no plain condition is asked as an expression.
 */
import type { CompareOp, Operand, Predicate } from '../../../query/ast.ts'
import type { Entity, Value } from '../../../schema/entity.ts'
import { fold } from '../../../schema/fold.ts'
import { compareAsTheyAre, encode, type Form, formOf } from '../values/form.ts'
import { isSource, listValues, type Source, sourceValue } from './operand.ts'
import { isPart, predicateExpression } from './predicate.ts'
import { fieldOf, foldedMember, hasFolded, memberOf, Scope } from './scope.ts'
import { Hole, type Template } from './template.ts'

/** Chooses every document, and none. */
export const everything: Template = Object.freeze({})
export const nothing: Template = Object.freeze({ $expr: false })

export function scopeOf(entity: Entity): Scope {
  return new Scope(entity, truthOf)
}

export function truthOf(scope: Scope, node: Predicate): Template {
  switch (node.kind) {
    case 'and':
      return all(node.all.map((part) => truthOf(scope, part)))
    case 'or':
      return any(node.any.map((part) => truthOf(scope, part)))
    case 'not':
      return falsityOf(scope, node.of)
    case 'isTrue':
      return truthOf(scope, node.of)
    case 'when':
      return all([truthOf(scope, node.guard), truthOf(scope, node.then)])
    default:
      return leaf(scope, node, true) ?? asked(scope, node, 2)
  }
}

export function falsityOf(scope: Scope, node: Predicate): Template {
  switch (node.kind) {
    case 'and':
      return any(node.all.map((part) => falsityOf(scope, part)))
    case 'or':
      return all(node.any.map((part) => falsityOf(scope, part)))
    case 'not':
      return truthOf(scope, node.of)
    case 'isTrue':
      return { $nor: [truthOf(scope, node.of)] }
    case 'when':
      return all([truthOf(scope, node.guard), falsityOf(scope, node.then)])
    default:
      return leaf(scope, node, false) ?? asked(scope, node, 0)
  }
}

function asked(scope: Scope, node: Predicate, truth: 0 | 2): Template {
  return { $expr: { $eq: [predicateExpression(scope, node), truth] } }
}

function all(parts: readonly Template[]): Template {
  const needed = parts.filter((part) => part !== everything)
  if (needed.length === 0) return everything
  return needed.length === 1 ? needed[0] : { $and: needed }
}

function any(parts: readonly Template[]): Template {
  if (parts.length === 0) return nothing
  return parts.length === 1 ? parts[0] : { $or: parts }
}

/** A plain condition on one member, where the predicate has one. */
function leaf(scope: Scope, node: Predicate, truth: boolean): Template | undefined {
  switch (node.kind) {
    case 'compare':
      return compareLeaf(scope, node, truth)
    case 'in':
      return inLeaf(scope, node, truth)
    case 'isNull':
      return isNullLeaf(scope, node.of, truth)
    case 'keyIn':
      return truth ? keyInLeaf(scope, node) : undefined
    default:
      return undefined
  }
}

interface Place {
  readonly member: string
  readonly form: Form
  readonly guard: Predicate | undefined
}

/** The member that holds the operand, folded or not. */
function placeOf(scope: Scope, node: Operand, insensitive: boolean): Place | undefined {
  if (node.kind !== 'field') return undefined
  const field = fieldOf(scope.entity, node.field)
  if (!insensitive) return { member: memberOf(field), form: formOf(field), guard: node.guard }
  return hasFolded(field) ? { member: foldedMember(field), form: 'text', guard: node.guard } : undefined
}

/** Where the guard is not true the comparison is unknown, so neither true nor false. */
function behind(scope: Scope, place: Place, condition: Template): Template {
  return place.guard === undefined ? condition : all([truthOf(scope, place.guard), condition])
}

/** The form in which a source meets a stored value as it is. Any number can be written as `digits`, any time as text. */
function formFor(stored: Form, given: Form): Form | undefined {
  if (compareAsTheyAre(stored, given)) return given
  if (stored === 'digits' && (given === 'int' || given === 'long' || given === 'double')) return 'digits'
  return stored === 'text' && given === 'time' ? 'text' : undefined
}

const opposite: Readonly<Record<string, CompareOp>> = { eq: 'ne', ne: 'eq', gt: 'lte', gte: 'lt', lt: 'gte', lte: 'gt' }

function compareLeaf(scope: Scope, node: Extract<Predicate, { kind: 'compare' }>, truth: boolean): Template | undefined {
  const place = placeOf(scope, node.left, node.insensitive)
  const { right } = node
  if (place === undefined || !isSource(right)) return undefined
  const form = node.insensitive ? 'text' : formFor(place.form, formOf(right.type))
  if (form === undefined || (isPart(node.op) && (node.op !== 'startsWith' || !truth || form !== 'text'))) return undefined
  const op = truth ? node.op : (opposite[node.op] as CompareOp)
  const condition = new Hole((args) => {
    const value = givenValue(right, args, node.insensitive)
    if (value === null) return nothing
    return { [place.member]: conditionOn(op, encode(form, value)) }
  })
  return behind(scope, place, condition)
}

const givenValue = (source: Source, args: Parameters<typeof sourceValue>[1], insensitive: boolean): Value => {
  const value = sourceValue(source, args)
  return insensitive && value !== null ? fold(String(value)) : value
}

function conditionOn(op: CompareOp, value: unknown): Readonly<Record<string, unknown>> {
  if (op === 'ne') return { $nin: [value, null] }
  if (op !== 'startsWith') return { [`$${op}`]: value }
  const end = successor(value as string)
  return end === undefined ? { $gte: value } : { $gte: value, $lt: end }
}

/** The least text behind all that begin with `text`; undefined where there is none. */
export function successor(text: string): string | undefined {
  const points = [...text]
  while (points.length > 0) {
    const last = (points.pop() as string).codePointAt(0) as number
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}

function inLeaf(scope: Scope, node: Extract<Predicate, { kind: 'in' }>, truth: boolean): Template | undefined {
  const place = placeOf(scope, node.left, node.insensitive)
  const { list } = node
  if (place === undefined || !isSource(list)) return undefined
  const form = node.insensitive ? 'text' : formFor(place.form, formOf(list.type))
  if (form === undefined) return undefined
  const condition = new Hole((args) => {
    const values = listValues(list, args)
    if (values === null) return nothing
    const known = values.flatMap((value) => (value === null ? [] : [encode(form, node.insensitive ? fold(String(value)) : value)]))
    if (truth) return known.length === 0 ? nothing : { [place.member]: { $in: known } }
    return known.length < values.length ? nothing : { [place.member]: { $nin: [...known, null] } }
  })
  const present = behind(scope, place, condition)
  if (truth) return present
  // In an empty list is false whatever the value, and whether or not there is one.
  const empty = new Hole((args) => (listValues(list, args)?.length === 0 ? everything : nothing))
  return { $or: [empty, present] }
}

function isNullLeaf(scope: Scope, node: Operand, truth: boolean): Template | undefined {
  const place = placeOf(scope, node, false)
  if (place === undefined) return undefined
  if (truth) return place.guard === undefined ? { [place.member]: { $eq: null } } : undefined
  return behind(scope, place, { [place.member]: { $ne: null } })
}

function keyInLeaf(scope: Scope, node: Extract<Predicate, { kind: 'keyIn' }>): Template {
  const fields = node.fields.map((name) => fieldOf(scope.entity, name))
  const members = fields.map(memberOf)
  const forms = fields.map(formOf)
  return new Hole((args) => {
    const tuples = ((listValues(node.list, args) ?? []) as readonly (readonly Value[])[]).filter((tuple) => !tuple.includes(null))
    if (tuples.length === 0) return nothing
    const stored = tuples.map((tuple) => tuple.map((value, i) => encode(forms[i] as Form, value)))
    return amongTuples(members, stored)
  })
}

/** Alternatives that the server's planner weighs one by one; beyond so many it would plan for longer than it searches. */
const mostAlternatives = 100

/** Documents whose members are one of the tuples of stored values, none of which is null. */
export function amongTuples(members: readonly string[], tuples: readonly (readonly unknown[])[]): Readonly<Record<string, unknown>> {
  const [first = ''] = members
  if (members.length === 1) return { [first]: { $in: tuples.map(([value]) => value) } }
  if (tuples.length <= mostAlternatives)
    return { $or: tuples.map((tuple) => Object.fromEntries(tuple.map((value, i) => [members[i] as string, { $eq: value }]))) }
  const own = members.map((member) => `$${member}`)
  return { [first]: { $in: tuples.map(([value]) => value) }, $expr: { $in: [own, { $literal: tuples }] } }
}
