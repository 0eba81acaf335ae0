/** Forests: from roots to children, level by level. In charge of the walk only. */
import type { Answer, Tree } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'
import { selected } from './candidates.ts'
import { evaluate } from './evaluate.ts'
import { operandValue } from './operand.ts'
import { shaped } from './read.ts'
import { fieldOf, type Row, valueIn } from './rows/table.ts'
import type { Scope } from './scope.ts'

/** Each row is answered once, so that cycles end and a root below another root is not repeated. A hidden parent (guard) is none. */
export function runTree(query: Tree, scope: Scope): Answer {
  const { entity, parent } = query
  const key = fieldOf(entity, entity.key[0] ?? '').name
  const rows = selected(scope, entity, query.where)
  const children = Map.groupBy(rows, (row): Value => operandValue({ kind: 'field', ...parent }, { scope, entity, row }, evaluate))
  const reached = new Set<Row>(rows.filter((row) => evaluate(query.root, { scope, entity, row }) === true))
  // A set that is added to while it is walked is walked to its end.
  for (const row of reached) {
    scope.visit()
    for (const child of children.get(valueIn(row, key)) ?? []) reached.add(child)
  }
  return { rows: [...reached].map((row) => shaped({ scope, entity, row }, query.columns, query.probes)) }
}
