/**
 * Groups and measures as a pipeline, with sums in exact parts that are put together here.
 * In charge of aggregation; must not know how predicates are asked or where pipelines run.
 */
import type { Aggregate, Answer, Args } from '../../../query/ast.ts'
import { compareValues } from '../../../schema/field-type.ts'
import { decode } from '../values/form.ts'
import { keptBy } from './having.ts'
import { scopeOf } from './match.ts'
import { measureParts, type Part } from './measure.ts'
import { guarded } from './operand.ts'
import { predicateExpression } from './predicate.ts'
import { type Found, make, numberOf, type Pipeline, whereStages } from './read.ts'
import { cell, cellType, type Result } from './result.ts'
import { fieldOf, memberOf } from './scope.ts'
import type { Template } from './template.ts'

export interface CompiledAggregate {
  readonly table: string
  readonly groups: (args: Args) => Pipeline
  readonly answer: (found: readonly Found[], args: Args) => Answer
  /** Values of floats travel here to be summed exactly, and there may be too many for one document. */
  readonly bulky: boolean
}

export function compileAggregate(query: Aggregate): CompiledAggregate {
  const { entity } = query
  const scope = scopeOf(entity)
  const where = whereStages(scope, query.where)
  const by: Record<string, Template> = {}
  for (const [i, column] of query.groupBy.entries()) {
    const name = memberOf(fieldOf(entity, column.field))
    by[`g${i}`] = { $ifNull: [guarded(scope, column.guard, `$${name}`, predicateExpression), null] }
  }
  const parts = query.measures.map((measure, i) => measureParts(scope, measure, `m${i}`))
  const values = parts.flatMap((part) => (part.value === undefined ? [] : [[part.name, part.value] as const]))
  const set = values.length === 0 ? [] : [{ $set: Object.fromEntries(values) }]
  const group = { _id: query.groupBy.length === 0 ? null : by, ...Object.assign({}, ...parts.map((part) => part.accumulators)) }
  const stages = make([...where, ...scope.take(), ...set, { $group: group }])
  const early = pushedDown(query, parts)
  return {
    table: entity.table,
    groups: (args) => (early === undefined ? stages(args) : [...stages(args), ...early(args)]),
    answer: (found, args) => answer(query, parts, found, args),
    bulky: parts.some((part) => part.bulky),
  }
}

function answer(query: Aggregate, parts: readonly Part[], found: readonly Found[], args: Args): Answer {
  const all = found.length === 0 && query.groupBy.length === 0 ? [{ _id: null }] : found
  const results = all.map((one: Found): Result => {
    const id = (one['_id'] ?? {}) as Found
    const groups = query.groupBy.map((column, i) => decode(fieldOf(query.entity, column.field), id[`g${i}`]))
    return { groups, measures: parts.map((part) => part.finish(one)) }
  })
  const kept = keptBy(query, results, args)
  kept.sort((a, b) => compareResults(query, a, b))
  const limit = numberOf(query.limit, args) ?? kept.length
  return { rows: kept.slice(0, limit).map((result) => [...result.groups, ...result.measures]) }
}

/**
 * Sorting and cutting in the database, where nothing has to be put together first; the few that come are sorted once more.
 * The order of the groups' values there is their order here: both by code point, number and time.
 */
function pushedDown(query: Aggregate, parts: readonly Part[]): ((args: Args) => Pipeline) | undefined {
  if (query.limit === undefined || query.having !== undefined || query.groupBy.length === 0) return undefined
  const keys: Record<string, 1 | -1> = {}
  for (const { by, direction } of query.order) {
    const name = by.kind === 'group' ? `_id.g${by.index}` : parts[by.index]?.sortable
    if (name === undefined) return undefined
    keys[name] ??= direction === 'asc' ? 1 : -1
  }
  for (const i of query.groupBy.keys()) keys[`_id.g${i}`] ??= 1
  return (args) => {
    const limit = numberOf(query.limit, args)
    return limit === undefined || limit === 0 ? [] : [{ $sort: keys }, { $limit: limit }]
  }
}

/** Groups that the given order leaves equal follow their values, ascending. */
function compareResults(query: Aggregate, a: Result, b: Result): number {
  const byValues = query.groupBy.map((_, index) => ({ by: { kind: 'group', index } as const, direction: 'asc' as const }))
  for (const { by, direction } of [...query.order, ...byValues]) {
    const difference = compareValues(cellType(query, by), cell(a, by), cell(b, by))
    if (difference !== 0) return direction === 'asc' ? difference : -difference
  }
  return 0
}
