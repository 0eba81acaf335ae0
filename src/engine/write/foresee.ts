/**
 * Says before a write whether a rule's check can hold for the row that it would make. What certainly cannot be is refused without touching
 * the database: otherwise a unique value taken in a scope that the caller may not enter would answer before the rule does.
 * In charge of what follows from the new values alone; must not know plans or statements.
 */
import type { CompareOp, Operand, Predicate } from '../../query/ast.ts'
import { compareAcross, equalAcross } from '../../schema/across.ts'
import type { Entity, Value, ValueType } from '../../schema/entity.ts'
import { normalise } from '../../schema/field-type.ts'
import type { SessionValues } from '../running.ts'

export interface Foreseen {
  readonly entity: Entity
  readonly session: SessionValues
  /** The value that a field will have; undefined where only the database knows it. */
  value(field: string): Value | undefined
}

/** Which truths a condition may have, as a set of bits: what looks at other rows, or at values that are not known yet, may have any. */
const isTrue = 1
const isFalse = 2
const isUnknown = 4
const any = isTrue | isFalse | isUnknown

export const mayHold = (condition: Predicate, row: Foreseen): boolean => (truths(condition, row) & isTrue) !== 0

function truths(node: Predicate, row: Foreseen): number {
  switch (node.kind) {
    case 'and':
      return node.all.reduce((so, part) => both(so, truths(part, row)), isTrue)
    case 'or':
      return opposite(node.any.reduce((so, part) => both(so, opposite(truths(part, row))), isTrue))
    case 'not':
      return opposite(truths(node.of, row))
    case 'isTrue': {
      const of = truths(node.of, row)
      return (of & isTrue) | ((of & ~isTrue) === 0 ? 0 : isFalse)
    }
    case 'when': {
      const guard = truths(node.guard, row)
      return ((guard & isTrue) === 0 ? 0 : truths(node.then, row)) | ((guard & ~isTrue) === 0 ? 0 : isUnknown)
    }
    case 'compare':
      return node.insensitive === true ? any : compared(node.op, node.left, node.right, row)
    case 'in':
      return node.insensitive === true ? any : listed(node.left, node.list, row)
    case 'isNull': {
      const value = node.of.kind === 'field' ? worth(node.of, row) : undefined
      return value === undefined ? any : value === null ? isTrue : isFalse
    }
    case 'keyIn':
    case 'exists':
    case 'inSelect':
      return any
  }
}

const opposite = (of: number): number => (of & isUnknown) | ((of & isTrue) === 0 ? 0 : isFalse) | ((of & isFalse) === 0 ? 0 : isTrue)

/** False where either is false, true where both are, else unknown. */
function both(a: number, b: number): number {
  const unclear = ((a & isUnknown) !== 0 && (b & ~isFalse) !== 0) || ((b & isUnknown) !== 0 && (a & ~isFalse) !== 0)
  return (a & b & isTrue) | ((a | b) & isFalse) | (unclear ? isUnknown : 0)
}

const truthOf = (holds: boolean): number => (holds ? isTrue : isFalse)

/** Undefined: cannot be told here. A session value that does not fit its type is null, as for a database. */
function worth(operand: Operand, row: Foreseen): Value | undefined {
  switch (operand.kind) {
    case 'field':
      return operand.guard === undefined ? row.value(operand.field) : undefined
    case 'const':
      return operand.value
    case 'session': {
      const fit = normalise(operand.type, row.session.get(operand.name) ?? null)
      return fit.ok ? fit.value : null
    }
    case 'level': {
      const role = worth(operand.of, row)
      return role === undefined ? undefined : typeof role === 'string' ? (operand.levels.get(role) ?? null) : null
    }
    case 'json':
    case 'path':
    case 'param':
      return undefined
  }
}

function typeOf(operand: Operand, { entity }: Foreseen): ValueType | undefined {
  switch (operand.kind) {
    case 'field':
      return entity.fields.get(operand.field)
    case 'const':
    case 'session':
      return operand.type
    case 'level':
      return { type: 'integer' }
    default:
      return undefined
  }
}

function compared(op: CompareOp, left: Operand, right: Operand, row: Foreseen): number {
  const [a, b] = [worth(left, row), worth(right, row)]
  // Unknown beside a null, whatever the other one is.
  if (a === null || b === null) return isUnknown
  const [aType, bType] = [typeOf(left, row), typeOf(right, row)]
  if (a === undefined || b === undefined || aType === undefined || bType === undefined) return any
  switch (op) {
    case 'eq':
      return truthOf(equalAcross(aType, a, bType, b))
    case 'ne':
      return truthOf(!equalAcross(aType, a, bType, b))
    case 'gt':
      return truthOf(compareAcross(aType, a, bType, b) > 0)
    case 'gte':
      return truthOf(compareAcross(aType, a, bType, b) >= 0)
    case 'lt':
      return truthOf(compareAcross(aType, a, bType, b) < 0)
    case 'lte':
      return truthOf(compareAcross(aType, a, bType, b) <= 0)
    default:
      return any
  }
}

/** Lists of rules are literals; a null in one leaves open what is not found in it. */
function listed(left: Operand, list: Operand, row: Foreseen): number {
  const [value, type] = [worth(left, row), typeOf(left, row)]
  if (list.kind !== 'const' || !Array.isArray(list.value) || value === undefined || type === undefined) return any
  const members: readonly Value[] = list.value
  if (members.length === 0) return isFalse
  if (value === null) return isUnknown
  if (members.some((member) => member !== null && equalAcross(type, value, list.type, member))) return isTrue
  return members.includes(null) ? isUnknown : isFalse
}
