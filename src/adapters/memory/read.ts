/** Reads: where, order, page, per-group page, total. In charge of which rows an answer holds and what of them; must not know predicates. */
import type { Answer, Column, Operand, Order, Predicate, Read } from '../../query/ast.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { compareValues } from '../../schema/field-type.ts'
import { selected } from './candidates.ts'
import { evaluate } from './evaluate.ts'
import { operandValue, typeOf } from './operand.ts'
import { fieldOf, type Row, valueIn } from './rows/table.ts'
import type { At, Scope } from './scope.ts'

export function runRead(query: Read, scope: Scope): Answer {
  const { entity, seek, partition } = query
  const all = selected(scope, entity, query.where)
  const beyond = seek === undefined ? all : all.filter((row) => evaluate(seek, { scope, entity, row }) === true)
  const ordered = sorted(scope, entity, beyond, query.order)
  const page = partition === undefined ? paged(query, scope, ordered) : pagedWithin(query, scope, ordered, partition)
  const rows = page.map((row) => shaped({ scope, entity, row }, query.columns, query.probes))
  return query.total ? { rows, total: all.length } : { rows }
}

/** Columns, then probes. */
export function shaped(at: At, columns: readonly Column[], probes: readonly Predicate[]): readonly Value[] {
  return [...columns.map((column) => columnValue(at, column)), ...probes.map((probe) => evaluate(probe, at))]
}

/** A copy where it could be changed (json), so that no caller reaches into the store. */
export function columnValue(at: At, column: Column): Value {
  const value = operandValue({ kind: 'field', ...column }, at, evaluate)
  return value !== null && typeof value === 'object' ? structuredClone(value) : value
}

/** Nulls are smallest. Rows that the order leaves equal come in any order. */
function sorted(scope: Scope, entity: Entity, rows: readonly Row[], order: readonly Order[]): readonly Row[] {
  if (order.length === 0) return rows
  const types = order.map((key) => typeOf(key.by, entity))
  const keyed = rows.map((row) => ({ row, keys: order.map((key) => operandValue(key.by, { scope, entity, row }, evaluate)) }))
  keyed.sort((a, b) => {
    scope.visit()
    for (const [i, key] of order.entries()) {
      const difference = compareValues(types[i] as (typeof types)[number], a.keys[i] as Value, b.keys[i] as Value)
      if (difference !== 0) return key.direction === 'asc' ? difference : -difference
    }
    return 0
  })
  return keyed.map((item) => item.row)
}

function paged(query: Read, scope: Scope, rows: readonly Row[]): readonly Row[] {
  const { offset, limit } = bounds(query, scope)
  return rows.slice(offset, offset + limit)
}

/** The page of each group of rows with equal `partition` values (null equals null here), in the order over all. */
function pagedWithin(query: Read, scope: Scope, rows: readonly Row[], partition: readonly string[]): readonly Row[] {
  const { offset, limit } = bounds(query, scope)
  const names = partition.map((name) => fieldOf(query.entity, name).name)
  const seen = new Map<string, number>()
  return rows.filter((row) => {
    const group = JSON.stringify(names.map((name) => valueIn(row, name)))
    const position = seen.get(group) ?? 0
    seen.set(group, position + 1)
    return position >= offset && position < offset + limit
  })
}

function bounds(query: Read, scope: Scope): { readonly offset: number; readonly limit: number } {
  return { offset: numberOf(query.offset, scope) ?? 0, limit: numberOf(query.limit, scope) ?? Number.POSITIVE_INFINITY }
}

/** The number that a limit or an offset holds; undefined where there is none. It is about no row. */
export function numberOf(operand: Operand | undefined, scope: Scope): number | undefined {
  if (operand === undefined) return undefined
  const value = operand.kind === 'param' ? scope.args.params[operand.index] : operand.kind === 'const' ? operand.value : undefined
  return typeof value === 'number' ? value : undefined
}
