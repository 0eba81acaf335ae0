/**
 * Whether a predicate holds for a row: true, false or null (unknown). This file defines what predicates mean on every backend.
 * In charge of three-valued logic; must not know statements.
 */
import { DBALError } from '../../errors/error.ts'
import type { CompareOp, Operand, Predicate } from '../../query/ast.ts'
import { compareAcross, equalAcross } from '../../schema/across.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { fold } from '../../schema/fold.ts'
import { isNull, listValues, operandValue, typeOf } from './operand.ts'
import { fieldOf, signature, valueIn } from './rows/table.ts'
import type { At } from './scope.ts'

export type Truth = boolean | null
type Of<K extends Predicate['kind']> = Extract<Predicate, { kind: K }>

export function evaluate(node: Predicate, at: At): Truth {
  switch (node.kind) {
    case 'and':
      return and(node.all, (part) => evaluate(part, at))
    case 'or':
      return not(and(node.any, (part) => not(evaluate(part, at))))
    case 'not':
      return not(evaluate(node.of, at))
    case 'isTrue':
      return evaluate(node.of, at) === true
    case 'when':
      return evaluate(node.guard, at) === true ? evaluate(node.then, at) : null
    case 'compare':
      return compare(node, at)
    case 'in':
      return isIn(node, at)
    case 'isNull':
      return isNull(node.of, at, evaluate)
    case 'keyIn':
      return keyIn(node, at)
    case 'exists':
      return exists(node, at)
    case 'inSelect':
      return inSelect(node, at)
  }
}

export function not(truth: Truth): Truth {
  return truth === null ? null : !truth
}

/** False where one part is false, else unknown where one is unknown, else true. */
export function and<T>(parts: readonly T[], truthOf: (part: T) => Truth): Truth {
  let result: Truth = true
  for (const part of parts) {
    const truth = truthOf(part)
    if (truth === false) return false
    if (truth === null) result = null
  }
  return result
}

function valueAt(node: Operand, at: At): Value {
  return operandValue(node, at, evaluate)
}

function compare(node: Of<'compare'>, at: At): Truth {
  const left = valueAt(node.left, at)
  const right = valueAt(node.right, at)
  if (left === null || right === null) return null
  if (node.insensitive) return holds(node.op, text, fold(String(left)), text, fold(String(right)))
  return holds(node.op, typeOf(node.left, at.entity), left, typeOf(node.right, at.entity), right)
}

const text: ValueType = { type: 'text' }

/** Of two non-null values. INTERNAL_ERROR for operators that their types do not have. */
export function holds(op: CompareOp, aType: ValueType, a: Value, bType: ValueType, b: Value): boolean {
  switch (op) {
    case 'eq':
      return equalAcross(aType, a, bType, b)
    case 'ne':
      return !equalAcross(aType, a, bType, b)
    case 'gt':
      return compareAcross(aType, a, bType, b) > 0
    case 'gte':
      return compareAcross(aType, a, bType, b) >= 0
    case 'lt':
      return compareAcross(aType, a, bType, b) < 0
    case 'lte':
      return compareAcross(aType, a, bType, b) <= 0
    case 'contains':
      return textOf(a).includes(textOf(b))
    case 'startsWith':
      return textOf(a).startsWith(textOf(b))
    case 'endsWith':
      return textOf(a).endsWith(textOf(b))
  }
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value
  throw new DBALError('INTERNAL_ERROR', {}, { message: 'Only texts have parts' })
}

/** In no list (null): unknown. In an empty list: false, also for null. */
function isIn(node: Of<'in'>, at: At): Truth {
  const { scope } = at
  const list = scope.once(node, () => {
    const values = listValues(node.list, scope)
    return node.insensitive ? (values?.map((value) => fold(String(value))) ?? null) : values
  })
  if (list === null) return null
  const left = valueAt(node.left, at)
  if (node.insensitive) return among(text, left === null ? null : fold(String(left)), text, list)
  return among(typeOf(node.left, at.entity), left, typeOf(node.list, at.entity), list)
}

/** SQL's IN: where nothing is equal, a null on either side leaves it unknown. */
function among(type: ValueType, value: Value, listType: ValueType, list: readonly Value[]): Truth {
  if (list.length === 0) return false
  if (value === null) return null
  if (list.some((member) => member !== null && equalAcross(type, value, listType, member))) return true
  return list.includes(null) ? null : false
}

/** Tuples are of the fields' own types, so equal values are identical ones. */
function keyIn(node: Of<'keyIn'>, at: At): Truth {
  const { scope, entity, row } = at
  const tuples = scope.once(node, () => {
    const all = (listValues(node.list, scope) ?? []) as readonly (readonly Value[])[]
    return { all, whole: new Set(all.map(signature)), partial: all.filter((tuple) => tuple.includes(null)) }
  })
  const own = node.fields.map((name) => valueIn(row, fieldOf(entity, name).name))
  const mark = signature(own)
  if (mark !== undefined && tuples.whole.has(mark)) return true
  const unsure = mark === undefined ? tuples.all : tuples.partial
  return unsure.some((tuple) => own.every((value, i) => value === null || tuple[i] === null || value === tuple[i])) ? null : false
}

function exists(node: Of<'exists'>, at: At): boolean {
  const { scope, entity, row } = at
  const links = node.local.map((name) => valueIn(row, fieldOf(entity, name).name))
  const table = scope.world.table(node.entity)
  for (const other of node.foreign.length === 0 ? table.rows() : table.lookup(node.foreign, links)) {
    scope.visit()
    if (evaluate(node.where, { scope, entity: node.entity, row: other }) === true) return true
  }
  return false
}

function inSelect(node: Of<'inSelect'>, at: At): Truth {
  const { scope } = at
  const list = scope.once(node, () => {
    const found: Value[] = []
    for (const row of scope.world.table(node.entity).rows()) {
      scope.visit()
      if (evaluate(node.where, { scope, entity: node.entity, row }) === true) found.push(valueIn(row, fieldOf(node.entity, node.field).name))
    }
    return found
  })
  return among(typeOf(node.left, at.entity), valueAt(node.left, at), fieldOf(node.entity, node.field), list)
}
