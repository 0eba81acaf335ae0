/** Conditions on places inside json fields: `props.color`. Must not know other conditions than those on one place. */
import type { ValueType } from '../../schema/entity.ts'
import { operatorsOf } from '../../schema/field-type.ts'
import { always, type Predicate } from '../ast.ts'
import { and } from '../build.ts'
import { weights } from '../cost.ts'
import type { FilterNode, FilterShape } from '../parse/shape.ts'
import type { Context, Scope } from './context.ts'
import { checkOperator, checkOperators, type Leaf, type Subject } from './operator.ts'

/** By the letter in front of a slot, which parse took from the value. */
const kinds = {
  s: { as: 'string', type: { type: 'text' } },
  n: { as: 'number', type: { type: 'float' } },
  b: { as: 'boolean', type: { type: 'boolean' } },
} as const satisfies Record<string, { as: 'string' | 'number' | 'boolean'; type: ValueType }>

/** Deeper places cannot exist (contract 2.2: json has at most 32 levels). */
const longestPath = 32

/** Each operator compares with values of its own type, so `{gt: 1, ne: 'x'}` asks for a number greater than 1 and a text other than x. */
export function checkJson(context: Context, scope: Scope, name: string, node: FilterNode, path: string): Predicate {
  const [root = '', ...steps] = name.split('.')
  const known = context.field(scope, root)
  if (known === undefined || known.type !== 'json') {
    context.complain(path, 'Unknown field')
    return always
  }
  if (steps.length > longestPath || steps.includes('')) {
    context.complain(path, 'Must be a field and names or positions, with a point between them')
    return always
  }
  context.costs.add('filter', weights.json)
  if (Array.isArray(node)) {
    context.complain(path, 'Must be a value or an object of operators')
    return always
  }
  if (typeof node !== 'object' || node === null)
    return checkOperator(context, subjectOf(root, steps, node as Leaf), 'eq', node as Leaf, path, path, false)
  const { mode, ...operators } = node as FilterShape
  if (Object.keys(operators).length === 0) context.complain(path, 'Must name an operator')
  return and(
    ...Object.entries(operators).map(([operator, value]) => {
      const subject = subjectOf(root, steps, value)
      return checkOperators(context, subject, { ...(mode === undefined ? {} : { mode }), [operator]: value }, path)
    }),
  )
}

function subjectOf(field: string, path: readonly string[], node: FilterNode): Subject {
  const { as, type } = kinds[letterOf(node)]
  return { operand: { kind: 'json', field, path, as }, type, operators: operatorsOf(type.type), indexed: false, label: as }
}

function letterOf(node: FilterNode): keyof typeof kinds {
  const letter = typeof node === 'string' ? node[0] : undefined
  return letter === 'n' || letter === 'b' ? letter : 's'
}
