/**
 * What a query costs before it runs: a number that grows with every part, so that no rewriting makes a large query look small.
 * In charge of weights and of the refusal; must not know databases or callers. The unit is about one condition on an indexed field.
 */
import { DBALError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import type { CompareOp, Operand } from './ast.ts'
import type { Checked, Include, Selection } from './request.ts'

/** performance.max_query_complexity of the contract. */
export const defaultMaximum = 1000
/** Pages behind this row are for cursors: a database walks over every row that an offset skips. */
export const largestOffset = 100_000

/** Weights of the shape. An operator that no index helps reads rows for nothing, a relation starts a search of its own. */
export const weights = {
  condition: 1,
  group: 1,
  unindexed: 2,
  insensitive: 2,
  negation: 1,
  relation: 10,
  json: 3,
  sortKey: 2,
  include: 5,
  total: 5,
  groupBy: 5,
  measure: 2,
  tree: 50,
} as const

const operatorWeights: Readonly<Partial<Record<CompareOp, number>>> = { contains: 4, endsWith: 4, startsWith: 1, ne: 1 }

export function operatorWeight(op: CompareOp): number {
  return weights.condition + (operatorWeights[op] ?? 0)
}

/** Rows that one unit pays for: a page of 100 with two includes of 20 is ordinary (205), 100 × 100 × 100 is not (50,505). */
const rowsPerUnit = 20
/** Rows skipped that one unit pays for: the largest offset leaves room for an ordinary page. */
const skippedPerUnit = 125
/** Values of lists that one unit pays for. */
const listedPerUnit = 25

export interface CostPart {
  readonly part: string
  readonly cost: number
}

/** Adds up parts by name while a query is checked. */
export class Costs {
  readonly #parts = new Map<string, number>()

  add(part: string, cost: number): void {
    this.#parts.set(part, (this.#parts.get(part) ?? 0) + cost)
  }

  get parts(): CostPart[] {
    return [...this.#parts].map(([part, cost]) => ({ part, cost }))
  }
}

/**
 * Refuses (VALIDATION_ERROR with cost, maximum and largest part) where shape and values together cost more than `maximum`.
 * `params` are the bound values by index: limits, offsets and lists weigh by what they are.
 */
export function assertCost(checked: Checked, params: readonly Value[], maximum: number): void {
  const parts = valueCost(checked, params)
  let cost = checked.cost
  for (const part of parts) cost += part.cost
  if (cost <= maximum) return
  const all = [...checked.costs, ...parts]
  const largest = all.reduce((most, part) => (part.cost > most.cost ? part : most))
  const whole = Math.ceil(cost)
  const error = `Costs ${whole} where at most ${maximum} are allowed; the largest part is ${largest.part} (${Math.ceil(largest.cost)})`
  throw new DBALError('VALIDATION_ERROR', { fields: [{ field: 'query', error }], cost: whole, maximum, largest: largest.part })
}

/** What depends on values: rows of the page and of its includes, rows skipped, values in lists. */
export function valueCost({ request, slots }: Checked, params: readonly Value[]): CostPart[] {
  const parts: CostPart[] = []
  const listed = listedValues(slots, params)
  if (listed > 0) parts.push({ part: 'lists', cost: listed / listedPerUnit })
  if (request.kind === 'list') {
    const rows = numberOf(request.limit, params)
    const offset = request.offset === undefined ? 0 : numberOf(request.offset, params)
    parts.push({ part: 'limit', cost: rows / rowsPerUnit })
    if (offset > 0) parts.push({ part: 'page', cost: offset / skippedPerUnit + (offset > largestOffset ? 10 * defaultMaximum : 0) })
    includeCost(request.selection, rows, 'include', params, parts)
  } else if (request.kind === 'read' || request.kind === 'create' || request.kind === 'update' || request.kind === 'upsert') {
    includeCost(request.selection, 1, 'include', params, parts)
  }
  return parts
}

function includeCost(selection: Selection, parents: number, path: string, params: readonly Value[], parts: CostPart[]): void {
  for (const include of selection.include) {
    const rows = parents * rowsEach(include, params)
    const name = `${path}.${include.name}`
    parts.push({ part: name, cost: rows / rowsPerUnit })
    includeCost(include.selection, rows, name, params, parts)
  }
}

function rowsEach(include: Include, params: readonly Value[]): number {
  return include.limit === undefined ? 1 : Math.max(1, numberOf(include.limit, params))
}

function numberOf(operand: Operand, params: readonly Value[]): number {
  const value = operand.kind === 'param' ? params[operand.index] : operand.kind === 'const' ? operand.value : undefined
  return typeof value === 'number' ? value : 0
}

function listedValues(slots: Checked['slots'], params: readonly Value[]): number {
  let listed = 0
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]
    const value = params[i]
    if (slot?.use === 'value' && slot.list && Array.isArray(value)) listed += value.length
  }
  return listed
}
