/** Operators on one operand: which apply, what they mean, how their values are typed. Must not know fields, relations or paths. */
import { meant } from '../../schema/complaint.ts'
import type { ValueType } from '../../schema/entity.ts'
import { type FieldOperator, isText, normalise, operatorsOf } from '../../schema/field-type.ts'
import { always, type CompareOp, type Operand, type Predicate } from '../ast.ts'
import { and, constant, not } from '../build.ts'
import { operatorWeight, weights } from '../cost.ts'
import type { FilterNode, FilterShape } from '../parse/shape.ts'
import type { Context } from './context.ts'

/** What a leaf of the shape is: a slot, null, or a literal that the shape holds (of `isNull`, or a bare value of a field named so). */
export type Leaf = number | string | boolean | null

/** What stands left of an operator. */
export interface Subject {
  readonly operand: Operand
  readonly type: ValueType
  readonly operators: ReadonlySet<FieldOperator>
  readonly indexed: boolean
  /** Name of its type, for complaints. */
  readonly label: string
}

const allOperators: ReadonlySet<string> = operatorsOf('text')

export function checkOperators(context: Context, subject: Subject, node: FilterShape, path: string): Predicate {
  const parts: Predicate[] = []
  const insensitive = checkMode(context, subject, node, path)
  const names = Object.keys(node).filter((name) => name !== 'mode')
  if (names.length === 0) context.complain(path, 'Must name an operator')
  for (const name of names) {
    const value = node[name] as FilterNode
    const place = `${path}.${name}`
    if (!allOperators.has(name)) context.complain(place, `Unknown operator${meant(name, allOperators)}`)
    else if (typeof value === 'object' && value !== null) context.complain(place, 'Must be a value')
    else parts.push(checkOperator(context, subject, name as FieldOperator, value as Leaf, place, path, insensitive))
  }
  return and(...parts)
}

function checkMode(context: Context, subject: Subject, node: FilterShape, path: string): boolean {
  if (!Object.hasOwn(node, 'mode')) return false
  if (node['mode'] !== 'insensitive') context.complain(`${path}.mode`, 'Must be "insensitive"')
  else if (!isText(subject.type.type)) context.complain(`${path}.mode`, `Does not apply to ${subject.label}`)
  return true
}

/** `whole`: where the operand stands; equal to `path` where a bare value stands for `eq`. */
export function checkOperator(
  context: Context,
  subject: Subject,
  operator: FieldOperator,
  node: Leaf,
  path: string,
  whole: string,
  insensitive: boolean,
): Predicate {
  if (operator === 'isNull') return checkNull(context, subject, node, path)
  if (node === null && (operator === 'eq' || operator === 'ne')) return checkNull(context, subject, operator === 'eq', path)
  if (!subject.operators.has(operator)) {
    context.complain(path, path === whole ? `Values of type ${subject.label} cannot be compared` : `Does not apply to ${subject.label}`)
    return always
  }
  if (node === null) {
    context.complain(path, 'Must not be null')
    return always
  }
  context.costs.add('filter', (subject.indexed ? 0 : weights.unindexed) + (insensitive ? weights.insensitive : 0))
  if (operator === 'in' || operator === 'notIn') return checkList(context, subject, operator, node, path, insensitive)
  context.costs.add('filter', operatorWeight(operator))
  const right = checkValue(context, subject.type, node, path)
  return { kind: 'compare', op: operator satisfies CompareOp, left: subject.operand, right, insensitive }
}

function checkNull(context: Context, subject: Subject, node: Leaf, path: string): Predicate {
  if (typeof node !== 'boolean') context.complain(path, 'Must be true or false')
  context.costs.add('filter', weights.condition + (subject.indexed ? 0 : weights.unindexed))
  const predicate: Predicate = { kind: 'isNull', of: subject.operand }
  return node === false ? not(predicate) : predicate
}

function checkList(
  context: Context,
  subject: Subject,
  operator: 'in' | 'notIn',
  node: number | string | boolean,
  path: string,
  insensitive: boolean,
): Predicate {
  context.costs.add('filter', weights.condition + (operator === 'notIn' ? weights.negation : 0))
  const index = slotOf(node)
  if (index === undefined) {
    context.complain(path, 'Must be a list of values')
    return always
  }
  const list = context.fill(index, { use: 'value', path, type: subject.type, nullable: false, list: true }, subject.type)
  const predicate: Predicate = { kind: 'in', left: subject.operand, list, insensitive }
  return operator === 'notIn' ? not(predicate) : predicate
}

function checkValue(context: Context, type: ValueType, node: number | string | boolean, path: string): Operand {
  const index = slotOf(node)
  if (index !== undefined) return context.value(index, path, type)
  const result = normalise(type, node)
  if (!result.ok) context.complain(path, result.error)
  return constant(result.ok ? result.value : null, type)
}

/** Slots below a path into JSON carry the type of their value in front of the number. */
function slotOf(node: number | string | boolean): number | undefined {
  if (typeof node === 'number') return node
  return typeof node === 'string' && /^[snb][0-9]+$/.test(node) ? Number(node.slice(1)) : undefined
}
