/** Finished groups: their values, and of which type each is. In charge of naming a place in them; must not know documents. */
import type { Aggregate, AggregateOperand, Measure } from '../../../query/ast.ts'
import type { Value, ValueType } from '../../../schema/entity.ts'
import { fieldOf } from './scope.ts'

/** A row of the answer, with the groups' values and the measures apart. */
export interface Result {
  readonly groups: readonly Value[]
  readonly measures: readonly Value[]
}

export function cell(result: Result, operand: AggregateOperand): Value {
  return (operand.kind === 'group' ? result.groups : result.measures)[operand.index] ?? null
}

/** Sums of integers and all averages are doubles. */
export function cellType(query: Aggregate, operand: AggregateOperand): ValueType {
  if (operand.kind === 'group') return fieldOf(query.entity, query.groupBy[operand.index]?.field ?? '')
  const measure: Measure | undefined = query.measures[operand.index]
  if (measure === undefined || measure.fn === 'count' || measure.fn === 'avg') return { type: 'float' }
  return measure.fn === 'sum' && measure.type.type === 'integer' ? { type: 'float' } : measure.type
}
