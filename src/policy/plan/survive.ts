/** Says when a rule's check needs no second look: the write touched nothing that it depends on. Pure. */
import type { Operand, Predicate } from '../../query/ast.ts'
import { isAlways } from '../../query/build.ts'
import type { Permit } from '../rights.ts'

/** Fields that a predicate reads of its own row; undefined where it also looks at other rows. */
export function ownFields(predicate: Predicate): ReadonlySet<string> | undefined {
  const fields = new Set<string>()
  return collect(predicate, fields) ? fields : undefined
}

function operand(o: Operand, fields: Set<string>): boolean {
  switch (o.kind) {
    case 'field':
    case 'json':
      fields.add(o.field)
      return o.guard === undefined || collect(o.guard, fields)
    case 'level':
      return operand(o.of, fields)
    case 'path':
      return false
    default:
      return true
  }
}

function collect(p: Predicate, fields: Set<string>): boolean {
  switch (p.kind) {
    case 'and':
      return p.all.every((part) => collect(part, fields))
    case 'or':
      return p.any.every((part) => collect(part, fields))
    case 'not':
    case 'isTrue':
      return collect(p.of, fields)
    case 'when':
      return collect(p.guard, fields) && collect(p.then, fields)
    case 'compare':
      return operand(p.left, fields) && operand(p.right, fields)
    case 'in':
      return operand(p.left, fields) && operand(p.list, fields)
    case 'isNull':
      return operand(p.of, fields)
    case 'keyIn':
      for (const name of p.fields) fields.add(name)
      return true
    case 'exists':
    case 'inSelect':
      return false
  }
}

/**
 * Does the permit's check hold after a write of `touched` wherever its row filter held before? True where the check is the
 * row filter itself and reads only untouched fields of its own row; false means: ask again.
 */
export function survives(permit: Permit, touched: ReadonlySet<string>): boolean {
  if (isAlways(permit.check)) return true
  if (permit.rule !== undefined && permit.rule.check !== permit.rule.rows) return false
  const fields = ownFields(permit.check)
  return fields !== undefined && [...fields].every((name) => !touched.has(name))
}
