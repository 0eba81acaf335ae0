/** What an operand is worth for one row, and of which type. In charge of operands; handed the evaluation of guards, so that it knows no predicate. */
import { DBALError } from '../../errors/error.ts'
import type { Hop, Operand, Predicate } from '../../query/ast.ts'
import type { Entity, Value, ValueType } from '../../schema/entity.ts'
import { normalise } from '../../schema/field-type.ts'
import { fieldOf, valueIn } from './rows/table.ts'
import type { At, Scope } from './scope.ts'

export type Evaluate = (node: Predicate, at: At) => boolean | null

const jsonTypes = { string: { type: 'text' }, number: { type: 'float' }, boolean: { type: 'boolean' } } as const

export function typeOf(node: Operand, entity: Entity): ValueType {
  switch (node.kind) {
    case 'field':
      return fieldOf(entity, node.field)
    case 'param':
    case 'const':
    case 'session':
      return node.type
    case 'level':
      return { type: 'integer' }
    case 'path':
      return fieldOf((node.hops.at(-1) as Hop).entity, node.field)
    case 'json':
      return jsonTypes[node.as]
  }
}

export function operandValue(node: Operand, at: At, evaluate: Evaluate): Value {
  switch (node.kind) {
    case 'field':
      return shows(node.guard, at, evaluate) ? valueIn(at.row, fieldOf(at.entity, node.field).name) : null
    case 'param':
    case 'const':
    case 'session':
      return sourceValue(node, at.scope)
    case 'level': {
      const role = operandValue(node.of, at, evaluate)
      return typeof role === 'string' ? (node.levels.get(role) ?? null) : null
    }
    case 'path':
      return pathValue(node.hops, node.field, at)
    case 'json': {
      const found = shows(node.guard, at, evaluate) ? jsonAt(valueIn(at.row, fieldOf(at.entity, node.field).name), node.path) : null
      return typeof found === node.as ? found : null
    }
  }
}

/** Missing is null; at a json path only what is missing or JSON null, whatever type the operand asks for. */
export function isNull(node: Operand, at: At, evaluate: Evaluate): boolean {
  if (node.kind !== 'json') return operandValue(node, at, evaluate) === null
  return !shows(node.guard, at, evaluate) || jsonAt(valueIn(at.row, fieldOf(at.entity, node.field).name), node.path) === null
}

function shows(guard: Predicate | undefined, at: At, evaluate: Evaluate): boolean {
  return guard === undefined || evaluate(guard, at) === true
}

type Source = Extract<Operand, { kind: 'param' | 'const' | 'session' }>

export function isSource(node: Operand): node is Source {
  return node.kind === 'param' || node.kind === 'const' || node.kind === 'session'
}

/** A session value that does not fit its type is null; others are normalised already. */
export function sourceValue(node: Source, scope: Scope): Value {
  switch (node.kind) {
    case 'param':
      return scope.args.params[node.index] ?? null
    case 'const':
      return node.value
    case 'session':
      return fitted(node.type, scope.args.session.get(node.name) ?? null)
  }
}

function fitted(type: ValueType, value: Value): Value {
  const result = normalise(type, value)
  return result.ok ? result.value : null
}

/** The members of a list, or null where there is none: no array, or a session's array with a member that does not fit. */
export function listValues(node: Operand, scope: Scope): readonly Value[] | null {
  if (!isSource(node)) throw new DBALError('INTERNAL_ERROR', {}, { message: `A list must be a param, const or session, not ${node.kind}` })
  const list = node.kind === 'session' ? (scope.args.session.get(node.name) ?? null) : sourceValue(node, scope)
  if (!Array.isArray(list)) return null
  if (node.kind !== 'session') return list as readonly Value[]
  const members = list.map((member: Value) => fitted(node.type, member))
  return members.includes(null) ? null : members
}

/** Through the one row that each hop leads to; null where there is none. */
function pathValue(hops: readonly Hop[], field: string, at: At): Value {
  let { entity, row } = at
  for (const hop of hops) {
    at.scope.visit()
    const [next] = at.scope.world.table(hop.entity).lookup(
      hop.foreign,
      hop.local.map((name) => valueIn(row, fieldOf(entity, name).name)),
    )
    if (next === undefined) return null
    row = next
    entity = hop.entity
  }
  return valueIn(row, fieldOf(entity, field).name)
}

/** An all-digit step is an index and means an array; any other is a member and means an object. */
function jsonAt(value: Value, path: readonly string[]): Value {
  let found: Value = value
  for (const step of path) {
    if (found === null || typeof found !== 'object') return null
    found = /^[0-9]+$/.test(step) ? element(found, Number(step)) : member(found, step)
  }
  return found
}

function element(value: object, index: number): Value {
  return Array.isArray(value) ? ((value as readonly Value[])[index] ?? null) : null
}

function member(value: object, name: string): Value {
  return !Array.isArray(value) && Object.hasOwn(value, name) ? ((value as { readonly [key: string]: Value })[name] as Value) : null
}
