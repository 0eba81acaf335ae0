/** Predicates as text for people: explain, golden files, debugging. Not SQL and not parsed again; must not know values of callers. */
import type { Operand, Order, Predicate } from './ast.ts'

const signs = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
} as const

/** One line. Params print as `?0`, session values as `$user.id`, constants as JSON, steps into JSON quoted unless plain. */
export function printPredicate(node: Predicate): string {
  switch (node.kind) {
    case 'and':
      return node.all.length === 0 ? 'always' : joined(node.all, ' and ')
    case 'or':
      return node.any.length === 0 ? 'never' : joined(node.any, ' or ')
    case 'not':
      return `not ${nested(node.of)}`
    case 'isTrue':
      return `${nested(node.of)} is true`
    case 'compare':
      return `${printOperand(node.left)} ${signs[node.op]} ${printOperand(node.right)}${node.insensitive ? ' (insensitive)' : ''}`
    case 'in':
      return `${printOperand(node.left)} in ${printOperand(node.list)}${node.insensitive ? ' (insensitive)' : ''}`
    case 'isNull':
      return `${printOperand(node.of)} is null`
    case 'keyIn':
      return `(${node.fields.join(', ')}) in ${printOperand(node.list)}`
    case 'exists': {
      const links = node.foreign.map((name, i) => `${name} = outer ${node.local[i]}`).join(' and ')
      return `exists ${node.entity.name} (${links}) where ${nested(node.where)}`
    }
    case 'inSelect':
      return `${printOperand(node.left)} in (select ${node.field} from ${node.entity.name} where ${printPredicate(node.where)})`
    case 'when':
      return `when ${nested(node.guard)} then ${nested(node.then)}`
  }
}

function joined(parts: readonly Predicate[], word: string): string {
  return parts.map(nested).join(word)
}

function nested(node: Predicate): string {
  const text = printPredicate(node)
  const simple = node.kind === 'compare' || node.kind === 'in' || node.kind === 'isNull' || text === 'always' || text === 'never'
  return simple ? text : `(${text})`
}

export function printOperand(node: Operand): string {
  switch (node.kind) {
    case 'field':
      return guarded(node.field, node.guard)
    case 'param':
      return `?${node.index}`
    case 'const':
      return JSON.stringify(node.value)
    case 'session':
      return `$${node.name}`
    case 'level':
      return `level(${printOperand(node.of)})`
    case 'path':
      return [...node.hops.map((hop) => `${hop.local.join('+')}→${hop.entity.name}`), node.field].join('.')
    case 'json':
      return guarded(`${[node.field, ...node.path.map(printStep)].join('.')}::${node.as}`, node.guard)
  }
}

function printStep(step: string): string {
  return /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step)
}

function guarded(text: string, guard: Predicate | undefined): string {
  return guard === undefined ? text : `[${text} if ${printPredicate(guard)}]`
}

export function printOrder(order: readonly Order[]): string {
  return order.map((key) => `${printOperand(key.by)} ${key.direction}`).join(', ')
}
