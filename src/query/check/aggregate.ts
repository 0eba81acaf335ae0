/** Groups and measures. Must not know how databases add up. */
import { meant } from '../../schema/complaint.ts'
import type { Field, ValueType } from '../../schema/entity.ts'
import { isOrdered } from '../../schema/field-type.ts'
import type { AggregateOperand, Having, Measure, Operand } from '../ast.ts'
import { weights } from '../cost.ts'
import type { Direction, FilterNode, FilterShape, Shape } from '../parse/shape.ts'
import type { Request } from '../request.ts'
import { type Context, comparisonType, type Scope, valueType } from './context.ts'
import { checkWhere } from './list.ts'

type Aggregated = Omit<Extract<Request, { kind: 'aggregate' }>, 'entity' | 'operation'>

const functions = ['sum', 'avg', 'min', 'max'] as const
type Fn = (typeof functions)[number]
const numeric: ReadonlySet<string> = new Set(['integer', 'bigint', 'decimal', 'float'])

/** Measure 0 is always the count; the others follow as asked for. */
export function checkAggregate(context: Context, scope: Scope, shape: Shape, maxLimit: number): Aggregated {
  const groupBy = shape.groupBy ?? []
  groupBy.forEach((name, i) => {
    const known = context.known(scope, name, `groupBy[${i}]`)
    if (known !== undefined && !isOrdered(known.type)) context.complain(`groupBy[${i}]`, `Values of type ${known.type} cannot be grouped`)
    context.costs.add('groupBy', weights.groupBy)
  })
  const groups = new Groups(context, scope, groupBy, checkMeasures(context, scope, shape))
  const order = (shape.order ?? []).map(([names, direction]) => ({ by: groups.find(names, `sort.${names.join('.')}`)?.at ?? group(0), direction }))
  return {
    kind: 'aggregate',
    where: checkWhere(context, scope, shape),
    groupBy,
    measures: groups.measures,
    ...(shape.having === undefined ? {} : { having: checkHaving(context, groups, shape.having, 'having') }),
    order: [...order, ...tieBreak(groupBy, order)],
    ...(shape.limit === undefined ? {} : { limit: aggregateLimit(context, shape.limit, maxLimit) }),
    hideCount: shape.hideCount === true,
  }
}

function group(index: number): AggregateOperand {
  return { kind: 'group', index }
}

/** The group fields settle ties, in the direction of the last key, as keys do for rows. */
function tieBreak(groupBy: readonly string[], order: readonly { by: AggregateOperand; direction: Direction }[]) {
  const direction = order.at(-1)?.direction ?? 'asc'
  return groupBy.flatMap((_, i) => (order.some(({ by }) => by.kind === 'group' && by.index === i) ? [] : [{ by: group(i), direction }]))
}

function aggregateLimit(context: Context, slot: number, max: number): Operand {
  return context.fill(slot, { use: 'limit', path: 'limit', default: max, max }, { type: 'integer' })
}

function checkMeasures(context: Context, scope: Scope, shape: Shape): Measure[] {
  const measures: Measure[] = [{ fn: 'count' }]
  for (const fn of functions) {
    shape[fn]?.forEach((name, i) => {
      const path = `${fn}[${i}]`
      const known = context.known(scope, name, path)
      context.costs.add('measures', weights.measure)
      if (known === undefined) return
      if (!measurable(fn, known)) context.complain(path, `Does not apply to ${known.type}`)
      measures.push({ fn, column: { field: name }, type: valueType(known) })
    })
  }
  return measures
}

function measurable(fn: Fn, { type }: Field): boolean {
  return fn === 'sum' || fn === 'avg' ? numeric.has(type) : isOrdered(type)
}

interface Found {
  readonly at: AggregateOperand
  readonly type: ValueType
}

/** What `having` and `sort` may speak of: the group fields, the count and the measures asked for. */
class Groups {
  readonly measures: readonly Measure[]
  readonly #context: Context
  readonly #scope: Scope
  readonly #groupBy: readonly string[]

  constructor(context: Context, scope: Scope, groupBy: readonly string[], measures: readonly Measure[]) {
    this.#context = context
    this.#scope = scope
    this.#groupBy = groupBy
    this.measures = measures
  }

  isGroup(name: string): boolean {
    return this.#groupBy.includes(name)
  }

  find(names: readonly string[], path: string): Found | undefined {
    const [first = '', second] = names
    if (second === undefined) {
      const index = this.#groupBy.indexOf(first)
      const known = index < 0 ? undefined : this.#context.field(this.#scope, first)
      if (known !== undefined) return { at: group(index), type: comparisonType(known) }
      if (first === 'count') return { at: { kind: 'measure', index: 0 }, type: { type: 'integer' } }
    }
    const index = this.measures.findIndex((measure) => measure.fn === first && measure.fn !== 'count' && measure.column.field === second)
    const measure = this.measures[index]
    if (measure !== undefined && measure.fn !== 'count') return { at: { kind: 'measure', index }, type: measuredType(measure) }
    this.#context.complain(path, 'Must be a field of groupBy, count, or a measure that is asked for, such as {sum: {amount: …}}')
    return undefined
  }
}

/** Type of the values that a measure is compared with. A sum outgrows its field: whole numbers are doubles, decimals take all digits. */
function measuredType(measure: Exclude<Measure, { fn: 'count' }>): ValueType {
  const { fn, type } = measure
  if (fn === 'min' || fn === 'max') return comparisonType(type)
  if (fn === 'avg' || type.type === 'integer' || type.type === 'float') return { type: 'float' }
  return type.type === 'decimal' ? { type: 'decimal', precision: 38, scale: type.scale ?? 0 } : type
}

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'gte', 'lt', 'lte'])
const groupOperators: ReadonlySet<string> = new Set([...comparisons, 'in', 'notIn', 'isNull'])

function checkHaving(context: Context, groups: Groups, shape: FilterShape, path: string): Having {
  return { kind: 'and', all: Object.entries(shape).flatMap(([name, node]) => checkMember(context, groups, name, node, `${path}.${name}`)) }
}

function checkMember(context: Context, groups: Groups, name: string, node: FilterNode, path: string): Having[] {
  context.costs.add('having', weights.condition)
  if (name === 'and' || name === 'or' || name === 'not') {
    const list = Array.isArray(node) ? (node as readonly FilterShape[]) : [node as FilterShape]
    const parts = list.map((part, i) => checkHaving(context, groups, part, Array.isArray(node) ? `${path}[${i}]` : path))
    if (name === 'or') return [{ kind: 'or', any: parts }]
    return name === 'and' ? parts : parts.map((of) => ({ kind: 'not', of }))
  }
  if ((functions as readonly string[]).includes(name) && !groups.isGroup(name) && typeof node === 'object' && node !== null) {
    return Object.entries(node).flatMap(([inner, conditions]) => {
      context.costs.add('having', weights.condition)
      return checkConditions(context, groups.find([name, inner], `${path}.${inner}`), conditions, `${path}.${inner}`)
    })
  }
  return checkConditions(context, groups.find([name], path), node, path)
}

function checkConditions(context: Context, found: Found | undefined, node: FilterNode, path: string): Having[] {
  if (found === undefined) return []
  if (node === null) return [{ kind: 'isNull', of: found.at }]
  if (typeof node !== 'object') return compared(context, found, 'eq', node, path)
  const entries = Object.entries(node)
  if (entries.length === 0) context.complain(path, 'Must name an operator')
  return entries.flatMap(([operator, value]: [string, FilterNode]): Having[] => {
    const place = `${path}.${operator}`
    if (operator === 'isNull' && typeof value === 'boolean') return nullness(found, value)
    if (value === null && (operator === 'eq' || operator === 'ne')) return nullness(found, operator === 'eq')
    if (operator === 'in' || operator === 'notIn') return listed(context, found, operator, value, place)
    if (comparisons.has(operator)) return compared(context, found, operator as 'eq', value, place)
    context.complain(place, `Unknown operator${meant(operator, groupOperators)}`)
    return []
  })
}

function nullness({ at }: Found, isNull: boolean): Having[] {
  const having: Having = { kind: 'isNull', of: at }
  return [isNull ? having : { kind: 'not', of: having }]
}

function listed(context: Context, { at, type }: Found, op: 'in' | 'notIn', node: FilterNode, path: string): Having[] {
  if (typeof node !== 'number') {
    context.complain(path, 'Must be a list of values')
    return []
  }
  const list = context.fill(node, { use: 'value', path, type, nullable: false, list: true }, type)
  const having: Having = { kind: 'in', left: at, list }
  return [op === 'in' ? having : { kind: 'not', of: having }]
}

function compared(context: Context, { at, type }: Found, op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', node: FilterNode, path: string): Having[] {
  if (typeof node !== 'number') {
    context.complain(path, 'Must be a value')
    return []
  }
  return [{ kind: 'compare', op, left: at, right: context.value(node, path, type) }]
}
