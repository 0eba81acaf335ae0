/** Operands as expressions, each with the form of what it yields; null for no value. In charge of where a value comes from; must not know pipelines. */
import { DBALError } from '../../../errors/error.ts'
import type { Args, Hop, Operand, Predicate } from '../../../query/ast.ts'
import type { Value } from '../../../schema/entity.ts'
import { normalise } from '../../../schema/field-type.ts'
import { fold } from '../../../schema/fold.ts'
import { encode, type Form, formOf } from '../values/form.ts'
import { storedKey } from '../values/json.ts'
import { sortableExpression } from '../values/sortable.ts'
import { fieldOf, foldedMember, hasFolded, memberOf, type Scope } from './scope.ts'
import { Hole, type Template } from './template.ts'

/** Compiles a predicate about the row of a scope to 0, 1 or 2; handed in, so that predicates may use operands and operands predicates. */
export type Emit = (scope: Scope, node: Predicate) => Template

export type Source = Extract<Operand, { kind: 'param' | 'const' | 'session' }>

export function isSource(node: Operand): node is Source {
  return node.kind === 'param' || node.kind === 'const' || node.kind === 'session'
}

/** A session value that does not fit its type is null; others are normalised already. */
export function sourceValue(node: Source, args: Args): Value {
  switch (node.kind) {
    case 'param':
      return args.params[node.index] ?? null
    case 'const':
      return node.value
    case 'session': {
      const result = normalise(node.type, args.session.get(node.name) ?? null)
      return result.ok ? result.value : null
    }
  }
}

/** The members of a list, or null where there is none: no array, or a session's array with a member that does not fit. */
export function listValues(node: Operand, args: Args): readonly Value[] | null {
  if (!isSource(node)) throw new DBALError('INTERNAL_ERROR', {}, { message: `A list must be a param, const or session, not ${node.kind}` })
  const list = node.kind === 'session' ? (args.session.get(node.name) ?? null) : sourceValue(node, args)
  if (!Array.isArray(list)) return null
  if (node.kind !== 'session') return list as readonly Value[]
  const members = list.map((member: Value) => {
    const result = normalise(node.type, member)
    return result.ok ? result.value : null
  })
  return members.includes(null) ? null : members
}

export function literal(value: unknown): Template {
  return { $literal: value }
}

/** A bound value. */
export function bound(node: Source, form: Form, change?: (value: Value) => Value): Template {
  return new Hole((args) => {
    const value = sourceValue(node, args)
    return literal(value === null ? null : encode(form, change === undefined ? value : change(value)))
  })
}

const jsonForms = { string: 'text', number: 'double', boolean: 'bool' } as const

export function operandForm(scope: Scope, node: Operand): Form {
  switch (node.kind) {
    case 'field':
      return formOf(fieldOf(scope.entity, node.field))
    case 'param':
    case 'const':
    case 'session':
      return formOf(node.type)
    case 'level':
      return 'int'
    case 'path':
      return formOf(fieldOf((node.hops.at(-1) as Hop).entity, node.field))
    case 'json':
      return jsonForms[node.as]
  }
}

/** The operand in its own form. */
export function operandExpression(scope: Scope, node: Operand, emit: Emit): Template {
  switch (node.kind) {
    case 'field':
      return guarded(scope, node.guard, member(memberOf(fieldOf(scope.entity, node.field))), emit)
    case 'param':
    case 'const':
    case 'session':
      return bound(node, formOf(node.type))
    case 'level':
      return level(scope, node, emit)
    case 'path':
      return path(scope, node, (last) => memberOf(last))
    case 'json':
      return guarded(scope, node.guard, typed(jsonAt(memberOf(fieldOf(scope.entity, node.field)), node.path), node.as), emit)
  }
}

/** The operand in `form`, which is its own or one that `commonForm` gave. */
export function operandIn(scope: Scope, node: Operand, form: Form, emit: Emit): Template {
  if (isSource(node)) return bound(node, form)
  const own = operandForm(scope, node)
  const expression = operandExpression(scope, node, emit)
  if (own === form) return expression
  return form === 'digits' ? sortableExpression(expression) : { $dateToString: { date: expression, format: '%Y-%m-%dT%H:%M:%S.%LZ', onNull: null } }
}

/** The operand folded: what is stored beside a text, a bound value folded before it is bound. Nothing in the database folds as `fold` does. */
export function foldedExpression(scope: Scope, node: Operand, emit: Emit): Template {
  if (isSource(node)) return bound(node, 'text', (value) => fold(String(value)))
  if (node.kind === 'json' && node.as === 'string') {
    const { field: name, path: steps, guard } = node
    const field = fieldOf(scope.entity, name)
    return guarded(scope, guard, typed(jsonAt(memberOf(field), steps, foldedMember(field)), 'string'), emit)
  }
  const field = node.kind === 'field' ? fieldOf(scope.entity, node.field) : node.kind === 'path' ? lastField(node) : undefined
  if (field !== undefined && hasFolded(field)) {
    if (node.kind === 'path') return path(scope, node, (last) => foldedMember(last))
    return guarded(scope, (node as Extract<Operand, { kind: 'field' }>).guard, member(foldedMember(field)), emit)
  }
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', { hint: 'MongoDB compares text fields without case, and no other values; leave mode out' })
}

function lastField(node: Extract<Operand, { kind: 'path' }>): ReturnType<typeof fieldOf> {
  return fieldOf((node.hops.at(-1) as Hop).entity, node.field)
}

/** 2 where the operand has no value, else 0; of a json operand only where nothing or JSON null is at its path. */
export function isNullExpression(scope: Scope, node: Operand, emit: Emit): Template {
  if (node.kind !== 'json') return { $cond: [{ $lte: [operandExpression(scope, node, emit), null] }, 2, 0] }
  const missing = { $lte: [jsonAt(memberOf(fieldOf(scope.entity, node.field)), node.path), null] }
  if (node.guard === undefined) return { $cond: [missing, 2, 0] }
  return { $cond: [{ $and: [{ $eq: [emit(scope, node.guard), 2] }, { $not: [missing] }] }, 0, 2] }
}

export function guarded(scope: Scope, guard: Predicate | undefined, expression: Template, emit: Emit): Template {
  return guard === undefined ? expression : { $cond: [{ $eq: [emit(scope, guard), 2] }, expression, null] }
}

export function member(name: string): Template {
  return { $ifNull: [`$${name}`, null] }
}

function level(scope: Scope, node: Extract<Operand, { kind: 'level' }>, emit: Emit): Template {
  const { of, levels } = node
  if (isSource(of)) {
    return new Hole((args) => {
      const role = sourceValue(of, args)
      return literal(typeof role === 'string' ? (levels.get(role) ?? null) : null)
    })
  }
  if (levels.size === 0) return literal(null)
  const branches = [...levels].map(([role, value]) => ({ case: { $eq: ['$$role', literal(role)] }, then: literal(value) }))
  return { $let: { vars: { role: operandExpression(scope, of, emit) }, in: { $switch: { branches, default: null } } } }
}

/** Nothing equals null, in particular not the null of another row. */
export function present(names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, { $ne: null }]))
}

function path(scope: Scope, node: Extract<Operand, { kind: 'path' }>, memberName: (field: ReturnType<typeof fieldOf>) => string): Template {
  const [hop, ...rest] = node.hops as readonly [Hop, ...Hop[]]
  // Each meaning of one node is a lookup of its own.
  const found = scope.lookup({ node }, () => {
    const inner = scope.inner(hop.entity)
    const v = rest.length === 0 ? member(memberName(fieldOf(hop.entity, node.field))) : path(inner, { ...node, hops: rest }, memberName)
    return linked(scope, hop.local, hop.entity, hop.foreign, [...inner.take(), { $limit: 1 }, { $project: { _id: 0, v } }])
  })
  return { $ifNull: [{ $arrayElemAt: [`${found}.v`, 0] }, null] }
}

/** A lookup of the rows whose `foreign` fields equal this row's `local` ones; the first pair is what an index finds them by. */
export function linked(
  scope: Scope,
  local: readonly string[],
  entity: Scope['entity'],
  foreign: readonly string[],
  pipeline: readonly unknown[],
): Readonly<Record<string, Template>> {
  const from = entity.table
  if (foreign.length === 0) return { from, pipeline }
  const theirs = foreign.map((name) => memberOf(fieldOf(entity, name)))
  const own = local.map((name) => memberOf(fieldOf(scope.entity, name)))
  const match: Record<string, Template> = { ...present(theirs) }
  const rest = own.slice(1)
  const vars = Object.fromEntries(rest.map((name, i) => [`l${i}`, member(name)]))
  if (rest.length > 0) match['$expr'] = { $and: rest.map((_, i) => ({ $eq: [`$${theirs[i + 1]}`, `$$l${i}`] })) }
  return {
    from,
    localField: own[0],
    foreignField: theirs[0],
    ...(rest.length > 0 ? { let: vars } : {}),
    pipeline: [{ $match: match }, ...pipeline],
  }
}

/** The largest index that the database takes; there are fewer members in a document. */
const lastIndex = 2 ** 31 - 1

/** An all-digit step is an index and means an array; any other is a member and means an object. */
function jsonAt(name: string, steps: readonly string[], folded?: string): Template {
  let found: Template = folded === undefined ? member(name) : { $ifNull: [`$${folded}`, `$${name}`, null] }
  for (const step of steps) {
    const index = /^[0-9]+$/.test(step) ? Number(step) : undefined
    if (index !== undefined && index > lastIndex) return null
    const [fits, next] =
      index === undefined
        ? [{ $eq: [{ $type: '$$at' }, 'object'] }, { $getField: { field: literal(storedKey(step)), input: '$$at' } }]
        : [{ $isArray: '$$at' }, { $arrayElemAt: ['$$at', index] }]
    found = { $let: { vars: { at: found }, in: { $cond: [fits, next, null] } } }
  }
  return found
}

function typed(found: Template, as: 'string' | 'number' | 'boolean'): Template {
  const fits = as === 'number' ? { $isNumber: '$$found' } : { $eq: [{ $type: '$$found' }, as === 'string' ? 'string' : 'bool'] }
  return { $let: { vars: { found }, in: { $cond: [fits, '$$found', null] } } }
}
