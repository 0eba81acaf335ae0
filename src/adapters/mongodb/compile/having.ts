/** Which groups are kept. In charge of conditions on finished groups, in three-valued logic; must not know documents. */

import { DBALError } from '../../../errors/error.ts'
import type { Aggregate, Args, Having, Operand } from '../../../query/ast.ts'
import type { Value, ValueType } from '../../../schema/entity.ts'
import { compareText } from '../../../schema/fold.ts'
import { commonForm, formOf } from '../values/form.ts'
import { sortable } from '../values/sortable.ts'
import { isSource, listValues, sourceValue } from './operand.ts'
import { cell, cellType, type Result } from './result.ts'

export function keptBy(query: Aggregate, results: readonly Result[], args: Args): Result[] {
  const { having } = query
  return having === undefined ? [...results] : results.filter((result) => truth(query, having, result, args) === true)
}

type Truth = boolean | null

const not = (of: Truth): Truth => (of === null ? null : !of)

function every(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(null) ? null : true
}

function truth(query: Aggregate, node: Having, result: Result, args: Args): Truth {
  switch (node.kind) {
    case 'and':
      return every(node.all.map((part) => truth(query, part, result, args)))
    case 'or':
      return not(every(node.any.map((part) => not(truth(query, part, result, args)))))
    case 'not':
      return not(truth(query, node.of, result, args))
    case 'isNull':
      return cell(result, node.of) === null
    case 'in': {
      const [left, list] = [cell(result, node.left), listValues(node.list, args)]
      if (list === null || !isSource(node.list)) return null
      if (left === null) return list.length === 0 ? false : null
      const { type } = node.list
      return list.some((value) => compareLogical(cellType(query, node.left), left, type, value) === 0)
    }
    case 'compare': {
      const left = cell(result, node.left)
      const { value: right, type } = rightOf(node.right, args)
      if (left === null || right === null) return null
      const order = compareLogical(cellType(query, node.left), left, type, right)
      return holds(node.op, order)
    }
  }
}

function rightOf(node: Operand, args: Args): { readonly value: Value; readonly type: ValueType } {
  if (isSource(node)) return { value: sourceValue(node, args), type: node.type }
  if (node.kind !== 'level' || !isSource(node.of))
    throw new DBALError('INTERNAL_ERROR', {}, { message: 'A group is compared with values of the call only' })
  const role = sourceValue(node.of, args)
  return { value: typeof role === 'string' ? (node.levels.get(role) ?? null) : null, type: { type: 'integer' } }
}

function holds(op: Extract<Having, { kind: 'compare' }>['op'], order: number): boolean {
  switch (op) {
    case 'eq':
      return order === 0
    case 'ne':
      return order !== 0
    case 'gt':
      return order > 0
    case 'gte':
      return order >= 0
    case 'lt':
      return order < 0
    case 'lte':
      return order <= 0
  }
}

/** Texts of all kinds compare as text, numbers of all kinds as numbers, doubles by their shortest decimal text. */
function compareLogical(aType: ValueType, a: Value, bType: ValueType, b: Value): number {
  const [left, right] = [formOf(aType), formOf(bType)]
  if (left !== right) commonForm(left, right)
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  const exact = typeof a === 'number' || typeof b === 'number' || left === 'long' || left === 'digits'
  if (!exact) return compareText(a as string, b as string)
  const [x, y] = [sortable(String(a)), sortable(String(b))]
  return x < y ? -1 : x > y ? 1 : 0
}
