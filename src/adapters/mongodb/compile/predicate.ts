/**
 * Predicates as expressions with exactly the tree's three-valued logic: 0 is false, 1 unknown, 2 true.
 * So `and` is the least of its parts, `or` the greatest, and `not` 2 less its part. In charge of meaning; must not know drivers.
 */
import { DBALError } from '../../../errors/error.ts'
import type { CompareOp, Operand, Predicate } from '../../../query/ast.ts'
import type { Value } from '../../../schema/entity.ts'
import { fold } from '../../../schema/fold.ts'
import { commonForm, compareAsTheyAre, encode, type Form, formOf } from '../values/form.ts'
import { foldedExpression, isNullExpression, linked, listValues, literal, member, operandForm, operandIn } from './operand.ts'
import { fieldOf, memberOf, type Scope, type Stage } from './scope.ts'
import { bake, Hole, type Template } from './template.ts'

type Of<K extends Predicate['kind']> = Extract<Predicate, { kind: K }>

const no = literal(0)
const unknown = literal(1)
const yes = literal(2)

export function predicateExpression(scope: Scope, node: Predicate): Template {
  switch (node.kind) {
    case 'and':
      return node.all.length === 0 ? yes : { $min: node.all.map((part) => predicateExpression(scope, part)) }
    case 'or':
      return node.any.length === 0 ? no : { $max: node.any.map((part) => predicateExpression(scope, part)) }
    case 'not':
      return { $subtract: [2, predicateExpression(scope, node.of)] }
    case 'isTrue':
      return { $cond: [{ $eq: [predicateExpression(scope, node.of), 2] }, 2, 0] }
    case 'when':
      return { $cond: [{ $eq: [predicateExpression(scope, node.guard), 2] }, predicateExpression(scope, node.then), 1] }
    case 'compare':
      return compare(scope, node)
    case 'in':
      return within(scope, node)
    case 'isNull':
      return isNullExpression(scope, node.of, predicateExpression)
    case 'keyIn':
      return keyIn(scope, node)
    case 'exists':
      return exists(scope, node)
    case 'inSelect':
      return inSelect(scope, node)
  }
}

/** The forms in which two operands meet. */
export function meeting(a: Form, b: Form): { readonly left: Form; readonly right: Form } {
  if (compareAsTheyAre(a, b)) return { left: a, right: b }
  const form = commonForm(a, b)
  return { left: form, right: form }
}

function compare(scope: Scope, node: Of<'compare'>): Template {
  const { op, left, right } = node
  if (node.insensitive) return compared(op, foldedExpression(scope, left, predicateExpression), foldedExpression(scope, right, predicateExpression))
  const forms = meeting(operandForm(scope, left), operandForm(scope, right))
  if (isPart(op) && forms.left !== 'text') throw new DBALError('INTERNAL_ERROR', {}, { message: 'Only texts have parts' })
  return compared(op, operandIn(scope, left, forms.left, predicateExpression), operandIn(scope, right, forms.right, predicateExpression))
}

export function isPart(op: CompareOp): op is 'contains' | 'startsWith' | 'endsWith' {
  return op === 'contains' || op === 'startsWith' || op === 'endsWith'
}

/** Unknown where one side is null. */
function compared(op: CompareOp, left: Template, right: Template): Template {
  const absent = { $or: [{ $lte: ['$$a', null] }, { $lte: ['$$b', null] }] }
  return { $let: { vars: { a: left, b: right }, in: { $cond: [absent, 1, { $cond: [holds(op), 2, 0] }] } } }
}

/** Of non-null `a` and `b`. Texts are bytes of UTF-8 here, whose order is the order of code points. */
function holds(op: CompareOp): Template {
  switch (op) {
    case 'contains':
      return { $gte: [{ $indexOfBytes: ['$$a', '$$b'] }, 0] }
    case 'startsWith':
      return { $eq: [{ $indexOfBytes: ['$$a', '$$b'] }, 0] }
    case 'endsWith': {
      const from = { $subtract: [{ $strLenBytes: '$$a' }, { $strLenBytes: '$$b' }] }
      return { $and: [{ $gte: [from, 0] }, { $gte: [{ $indexOfBytes: ['$$a', '$$b', { $max: [from, 0] }] }, 0] }] }
    }
    default:
      return { [`$${op}`]: ['$$a', '$$b'] }
  }
}

function within(scope: Scope, node: Of<'in'>): Template {
  const own = node.insensitive ? 'text' : operandForm(scope, node.left)
  const given = node.list.kind === 'param' || node.list.kind === 'const' || node.list.kind === 'session' ? formOf(node.list.type) : own
  const forms = node.insensitive ? { left: own, right: own } : meeting(own, given)
  const left = node.insensitive
    ? foldedExpression(scope, node.left, predicateExpression)
    : operandIn(scope, node.left, forms.left, predicateExpression)
  const fill = bake(left)
  const known = (value: Value): unknown => encode(forms.right, node.insensitive ? fold(String(value)) : value)
  return new Hole((args) => {
    const list = listValues(node.list, args)
    if (list === null) return unknown
    if (list.length === 0) return no
    const members = list.flatMap((value) => (value === null ? [] : [known(value)]))
    const otherwise = members.length < list.length ? 1 : 0
    return among(fill(args), literal(members), otherwise)
  })
}

function among(value: Template, members: Template, otherwise: number): Template {
  return { $let: { vars: { v: value }, in: { $cond: [{ $lte: ['$$v', null] }, 1, { $cond: [{ $in: ['$$v', members] }, 2, otherwise] }] } } }
}

/** Tuples are of the fields' own types. */
function keyIn(scope: Scope, node: Of<'keyIn'>): Template {
  const fields = node.fields.map((name) => fieldOf(scope.entity, name))
  const own = fields.map((field) => member(memberOf(field)))
  return new Hole((args) => {
    const tuples = (listValues(node.list, args) ?? []) as readonly (readonly Value[])[]
    if (tuples.length === 0) return no
    const stored = tuples.map((tuple) => fields.map((field, i) => (tuple[i] === null ? null : encode(formOf(field), tuple[i] as Value))))
    const [single] = own
    if (own.length === 1) {
      const members = stored.flatMap(([value]) => (value === null ? [] : [value]))
      return among(single, literal(members), members.length < tuples.length ? 1 : 0)
    }
    const parts = stored.map((tuple) => ({ $min: tuple.map((value, i) => compared('eq', own[i], literal(value))) }))
    return { $max: parts }
  })
}

/** The rows of a subquery, with the lookups that its own condition needs. */
function filtered(inner: Scope, where: Predicate): readonly Stage[] {
  const match = inner.condition(where)
  return [...inner.take(), { $match: match }]
}

const first = [{ $limit: 1 }, { $project: { _id: 1 } }] as const

function exists(scope: Scope, node: Of<'exists'>): Template {
  const found = scope.lookup(node, () => {
    const inner = scope.inner(node.entity)
    return linked(scope, node.local, node.entity, node.foreign, [...filtered(inner, node.where), ...first])
  })
  return { $cond: [{ $eq: [found, []] }, 0, 2] }
}

/** Three questions: is there an equal one, is there a null, is there any at all? So no list of all values is ever made. */
function inSelect(scope: Scope, node: Of<'inSelect'>): Template {
  const field = fieldOf(node.entity, node.field)
  const theirs: Operand = { kind: 'field', field: node.field }
  const forms = meeting(operandForm(scope, node.left), formOf(field))
  const left = operandIn(scope, node.left, forms.left, predicateExpression)
  const found = scope.lookup({ node }, () => {
    const inner = scope.inner(node.entity)
    const value = operandIn(inner, theirs, forms.right, predicateExpression)
    const plain = forms.right === formOf(field) ? `$${memberOf(field)}` : value
    const equal = { $match: { [memberOf(field)]: { $ne: null }, $expr: { $eq: [plain, '$$v'] } } }
    return { from: node.entity.table, let: { v: left }, pipeline: [equal, ...filtered(inner, node.where), ...first] }
  })
  const some = (extra: readonly Stage[]): string =>
    scope.lookup({ node }, () => ({ from: node.entity.table, pipeline: [...extra, ...filtered(scope.inner(node.entity), node.where), ...first] }))
  const nulls = some([{ $match: { [memberOf(field)]: { $eq: null } } }])
  const any = some([])
  return {
    $switch: {
      branches: [
        { case: { $eq: [any, []] }, then: 0 },
        { case: { $lte: [left, null] }, then: 1 },
        { case: { $ne: [found, []] }, then: 2 },
        { case: { $ne: [nulls, []] }, then: 1 },
      ],
      default: 0,
    },
  }
}
