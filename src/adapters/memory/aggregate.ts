/** Groups and measures. In charge of aggregation; must not know how rows are found or sums are kept exact. */
import type { Aggregate, AggregateOperand, Answer, Having, Measure } from '../../query/ast.ts'
import type { Value, ValueType } from '../../schema/entity.ts'
import { compareValues } from '../../schema/field-type.ts'
import { selected } from './candidates.ts'
import { and, evaluate, holds, not, type Truth } from './evaluate.ts'
import { listValues, operandValue, typeOf } from './operand.ts'
import { columnValue, numberOf } from './read.ts'
import { fieldOf } from './rows/table.ts'
import type { At, Scope } from './scope.ts'
import { averageOf, sumOf } from './sum.ts'

interface Group {
  readonly values: readonly Value[]
  readonly members: At[]
}

/** A row of the answer, with the groups' values and the measures apart. */
interface Result {
  readonly groups: readonly Value[]
  readonly measures: readonly Value[]
}

/** Groups that the given order leaves equal (all, where none is given) follow their group values, ascending. */
export function runAggregate(query: Aggregate, scope: Scope): Answer {
  const { having } = query
  const results = groupsOf(query, scope).map((group) => ({
    groups: group.values,
    measures: query.measures.map((measure) => measured(measure, group.members)),
  }))
  const kept = having === undefined ? results : results.filter((result) => havingTruth(query, having, result, scope) === true)
  kept.sort((a, b) => compareResults(query, a, b))
  const limit = numberOf(query.limit, scope) ?? kept.length
  return { rows: kept.slice(0, limit).map((result) => [...result.groups, ...result.measures]) }
}

/** Null is a group of its own. Without groupBy there is one group, even of no rows. */
function groupsOf(query: Aggregate, scope: Scope): readonly Group[] {
  const { entity } = query
  const groups = new Map<string, Group>()
  if (query.groupBy.length === 0) groups.set('[]', { values: [], members: [] })
  for (const row of selected(scope, entity, query.where)) {
    const at = { scope, entity, row }
    const values = query.groupBy.map((column) => columnValue(at, column))
    const name = JSON.stringify(values)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { values, members: [at] })
    else group.members.push(at)
  }
  return [...groups.values()]
}

function measured(measure: Measure, members: readonly At[]): Value {
  if (measure.fn === 'count') return members.length
  const { column, type } = measure
  const values = members.map((at) => columnValue(at, column)).filter((value) => value !== null)
  if (values.length === 0) return null
  switch (measure.fn) {
    case 'sum':
      return sumOf(type, values)
    case 'avg':
      return averageOf(type, values)
    case 'min':
      return values.reduce((least, value) => (compareValues(type, value, least) < 0 ? value : least))
    case 'max':
      return values.reduce((greatest, value) => (compareValues(type, value, greatest) > 0 ? value : greatest))
  }
}

function cell(result: Result, operand: AggregateOperand): Value {
  return (operand.kind === 'group' ? result.groups : result.measures)[operand.index] ?? null
}

function cellType(query: Aggregate, operand: AggregateOperand): ValueType {
  if (operand.kind === 'group') return fieldOf(query.entity, query.groupBy[operand.index]?.field ?? '')
  const measure = query.measures[operand.index]
  if (measure === undefined || measure.fn === 'count' || measure.fn === 'avg') return { type: 'float' }
  return measure.fn === 'sum' && measure.type.type === 'integer' ? { type: 'float' } : measure.type
}

function havingTruth(query: Aggregate, node: Having, result: Result, scope: Scope): Truth {
  switch (node.kind) {
    case 'and':
      return and(node.all, (part) => havingTruth(query, part, result, scope))
    case 'or':
      return not(and(node.any, (part) => not(havingTruth(query, part, result, scope))))
    case 'not':
      return not(havingTruth(query, node.of, result, scope))
    case 'isNull':
      return cell(result, node.of) === null
    case 'in': {
      const [left, list] = [cell(result, node.left), listValues(node.list, scope)]
      if (list === null) return null
      if (left === null) return list.length === 0 ? false : null
      return list.some((value) => holds('eq', cellType(query, node.left), left, typeOf(node.list, query.entity), value))
    }
    case 'compare': {
      const left = cell(result, node.left)
      const right = operandValue(node.right, { scope, entity: query.entity, row: new Map() }, evaluate)
      if (left === null || right === null) return null
      return holds(node.op, cellType(query, node.left), left, typeOf(node.right, query.entity), right)
    }
  }
}

function compareResults(query: Aggregate, a: Result, b: Result): number {
  const byValues = query.groupBy.map((_, index) => ({ by: { kind: 'group', index } as const, direction: 'asc' as const }))
  for (const { by, direction } of [...query.order, ...byValues]) {
    const difference = compareValues(cellType(query, by), cell(a, by), cell(b, by))
    if (difference !== 0) return direction === 'asc' ? difference : -difference
  }
  return 0
}
