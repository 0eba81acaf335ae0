/**
 * Groups chosen and put in order here, where the database gives measures that become numbers only when they are decoded.
 * In charge of the same having, order and limit that a database would have applied; must not know connections.
 */
import type { Aggregate, AggregateOperand, Answer, Args, Having } from '../../../query/ast.ts'
import { compareAcross, equalAcross } from '../../../schema/across.ts'
import type { Value, ValueType } from '../../../schema/entity.ts'
import { compareValues } from '../../../schema/field-type.ts'
import type { Dialect } from '../dialect.ts'
import { isSource } from '../operand.ts'
import { fieldOf, reader } from '../scope.ts'
import type { Channel, Plan } from './channel.ts'

type Row = readonly Value[]
type Truth = boolean | null

/** Does the order or the condition of groups ask for a measure that the database does not know? */
export function isDecidedAfterwards({ measures, order, having }: Aggregate, dialect: Dialect): boolean {
  const open = measures.map((measure) => {
    if (measure.fn !== 'sum' && measure.fn !== 'avg') return false
    return dialect[measure.fn]('x', measure.type).undecided === true
  })
  const asks = ({ kind, index }: AggregateOperand): boolean => kind === 'measure' && open[index] === true
  const within = (node: Having): boolean => {
    switch (node.kind) {
      case 'and':
        return node.all.some(within)
      case 'or':
        return node.any.some(within)
      case 'not':
        return within(node.of)
      case 'in':
      case 'compare':
        return asks(node.left)
      case 'isNull':
        return false
    }
  }
  return order.some(({ by }) => asks(by)) || (having !== undefined && within(having))
}

/** The query with nothing but its groups and measures. */
export function bare({ having: _, limit: __, ...query }: Aggregate): Aggregate {
  return { ...query, order: [] }
}

export class AfterwardsAggregate implements Plan {
  readonly writes = false
  readonly #query: Aggregate
  readonly #groups: Plan

  /** `groups`: the plan of the bare query. */
  constructor(query: Aggregate, groups: Plan) {
    this.#query = query
    this.#groups = groups
  }

  steps(): number {
    return 1
  }

  async run(channel: Channel, args: Args, deadline: number | undefined): Promise<Answer> {
    const { having, limit } = this.#query
    const { rows } = await this.#groups.run(channel, args, deadline)
    const kept = having === undefined ? [...rows] : rows.filter((row) => this.#truth(having, row, args) === true)
    kept.sort((a, b) => this.#compare(a, b))
    const most = limit !== undefined && isSource(limit) ? reader(limit)(args) : null
    return { rows: most === null ? kept : kept.slice(0, Number(most)) }
  }

  #cell(row: Row, { kind, index }: AggregateOperand): Value {
    return row[kind === 'group' ? index : this.#query.groupBy.length + index] ?? null
  }

  #type({ kind, index }: AggregateOperand): ValueType {
    const { entity, groupBy, measures } = this.#query
    if (kind === 'group') return fieldOf(entity, groupBy[index]?.field ?? '')
    const measure = measures[index]
    if (measure === undefined || measure.fn === 'count' || measure.fn === 'avg') return { type: 'float' }
    return measure.fn === 'sum' && measure.type.type === 'integer' ? { type: 'float' } : measure.type
  }

  /** Groups that the given order leaves equal follow their values, ascending. */
  #compare(a: Row, b: Row): number {
    const rest = this.#query.groupBy.map((_, index) => ({ by: { kind: 'group', index } as const, direction: 'asc' as const }))
    for (const { by, direction } of [...this.#query.order, ...rest]) {
      const difference = compareValues(this.#type(by), this.#cell(a, by), this.#cell(b, by))
      if (difference !== 0) return direction === 'asc' ? difference : -difference
    }
    return 0
  }

  #truth(node: Having, row: Row, args: Args): Truth {
    switch (node.kind) {
      case 'and':
        return all(node.all.map((part) => this.#truth(part, row, args)))
      case 'or':
        return not(all(node.any.map((part) => not(this.#truth(part, row, args)))))
      case 'not':
        return not(this.#truth(node.of, row, args))
      case 'isNull':
        return this.#cell(row, node.of) === null
      case 'in': {
        const left = this.#cell(row, node.left)
        const list = isSource(node.list) ? reader(node.list, true)(args) : null
        if (!isSource(node.list) || !Array.isArray(list)) return null
        if (left === null) return list.length === 0 ? false : null
        const { type } = node.list
        return list.some((value: Value) => holds('eq', this.#type(node.left), left, type, value))
      }
      case 'compare': {
        const left = this.#cell(row, node.left)
        const right = isSource(node.right) ? reader(node.right)(args) : null
        if (left === null || right === null || !isSource(node.right)) return null
        return holds(node.op, this.#type(node.left), left, node.right.type, right)
      }
    }
  }
}

function holds(op: Extract<Having, { kind: 'compare' }>['op'], aType: ValueType, a: Value, bType: ValueType, b: Value): boolean {
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
  }
}

function not(truth: Truth): Truth {
  return truth === null ? null : !truth
}

function all(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(null) ? null : true
}
