/** Three-valued logic over plain rows, as contract 4 and 6.2 say it. In charge of single conditions; must not know rules or callers' shapes. */
import type { Operand, Predicate } from '../../../src/query/ast.ts'
import type { Entity, Field, Value, ValueType } from '../../../src/schema/entity.ts'
import { compareValues, normalise } from '../../../src/schema/field-type.ts'
import { fold } from '../../../src/schema/fold.ts'

export type Truth = boolean | null
export type Row = Readonly<Record<string, Value>>
export type Tables = ReadonlyMap<string, readonly Row[]>

export const and = (parts: readonly Truth[]): Truth => (parts.includes(false) ? false : parts.includes(null) ? null : true)
export const or = (parts: readonly Truth[]): Truth => (parts.includes(true) ? true : parts.includes(null) ? null : false)
export const not = (of: Truth): Truth => (of === null ? null : !of)

/** One operator of contract 4 between a value and what it is compared with. */
export function compare(type: ValueType, op: string, a: Value, b: Value, insensitive = false): Truth {
  if (op === 'isNull') return (a === null) === b
  if (b === null && (op === 'eq' || op === 'ne')) return (a === null) === (op === 'eq')
  if (op === 'in')
    return (b as readonly Value[]).length === 0 ? false : or((b as readonly Value[]).map((one) => compare(type, 'eq', a, one, insensitive)))
  if (op === 'notIn') return not(compare(type, 'in', a, b, insensitive))
  if (a === null || b === null) return null
  const [x, y] = insensitive ? [fold(String(a)), fold(String(b))] : [a, b]
  if (op === 'contains') return String(x).includes(String(y))
  if (op === 'startsWith') return String(x).startsWith(String(y))
  if (op === 'endsWith') return String(x).endsWith(String(y))
  const order = compareValues(type, x, y)
  return { eq: order === 0, ne: order !== 0, gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[op] as boolean
}

export interface Scene {
  readonly tables: Tables
  session(name: string): Value
  /** Not deleted and not past its time: other rows do not exist, not even for a rule. */
  live(entity: Entity, row: Row): boolean
  /** Of the caller's tenant, where the rule is bound to it: all that its sub-selects find. */
  near(entity: Entity, row: Row): boolean
}

/** An expression of a rule about one row. Rules see all fields, and rows whatever the rights of their roles. */
export function holds(p: Predicate, row: Row, entity: Entity, scene: Scene): Truth {
  const again = (part: Predicate) => holds(part, row, entity, scene)
  const value = (of: Operand) => valueOf(of, row, scene)
  switch (p.kind) {
    case 'and':
      return and(p.all.map(again))
    case 'or':
      return or(p.any.map(again))
    case 'not':
      return not(again(p.of))
    case 'isNull':
      return value(p.of) === null
    case 'compare':
      // `= null` of a session value is unknown here, not a question for null.
      return value(p.left) === null || value(p.right) === null ? null : compare(typeOf(p.left, p.right, entity), p.op, value(p.left), value(p.right))
    case 'in': {
      const list = value(p.list)
      return list === null ? null : compare(typeOf(p.left, p.list, entity), 'in', value(p.left), list)
    }
    case 'inSelect': {
      const found = (scene.tables.get(p.entity.name) ?? [])
        .filter((other) => scene.live(p.entity, other) && scene.near(p.entity, other) && holds(p.where, other, p.entity, scene) === true)
        .map((other) => other[p.field] ?? null)
      const left = value(p.left)
      const type = p.entity.fields.get(p.field) as Field
      return found.length === 0 ? false : or(found.map((one) => (left === null || one === null ? null : compareValues(type, left, one) === 0)))
    }
    default:
      throw new TypeError(`An expression has no '${p.kind}'`)
  }
}

function typeOf(left: Operand, right: Operand, entity: Entity): ValueType {
  if (left.kind === 'field') return entity.fields.get(left.field) as Field
  if (left.kind === 'path') return left.hops.at(-1)?.entity.fields.get(left.field) as Field
  if (left.kind === 'level') return { type: 'integer' }
  return right.kind === 'field' || right.kind === 'path' || right.kind === 'level' ? typeOf(right, left, entity) : (left as { type: ValueType }).type
}

function valueOf(of: Operand, row: Row, scene: Scene): Value {
  switch (of.kind) {
    case 'field':
      return row[of.field] ?? null
    case 'const':
      return of.value
    case 'session': {
      const fit = normalise(of.type, scene.session(of.name))
      return fit.ok ? fit.value : null
    }
    case 'level':
      return of.levels.get(String(valueOf(of.of, row, scene))) ?? null
    case 'path': {
      let at: Row | undefined = row
      for (const { entity, local, foreign } of of.hops) {
        const link: readonly Value[] = local.map((name) => at?.[name] ?? null)
        at = link.includes(null)
          ? undefined
          : (scene.tables.get(entity.name) ?? []).find((other) => foreign.every((name, i) => other[name] === link[i]) && scene.live(entity, other))
      }
      return at?.[of.field] ?? null
    }
    default:
      throw new TypeError(`An expression has no '${of.kind}'`)
  }
}
