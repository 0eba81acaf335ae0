/**
 * Plans the question whether checks would hold for rows that the database refused to take, because a unique value of theirs is taken: the same
 * conditions, with the new values in the places of fields. In charge of that rewriting; must not know when it is asked.
 */
import { always, type Hop, type Operand, type Predicate, type Read } from '../../query/ast.ts'
import { and, constant, not, or, when } from '../../query/build.ts'
import type { Changes } from '../../query/request.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Permit } from '../rights.ts'
import { keyIn, type Making, typeOf } from './layout.ts'
import type { ForeknownPlan, PermitGroup } from './plan.ts'
import { ownFields } from './survive.ts'

/** What cannot be asked without the row, such as a place inside a json document. */
class Unaskable extends Error {}

type Values = (field: string) => Operand | undefined

/** Fields that an update under the group gives new values. */
export const changedBy = (changes: Changes, group: PermitGroup): readonly string[] => [...changes.map((c) => c.field), ...group.presets.keys()]

/** As a member of a plan; see `planForeknown`. */
export function foreknown(
  entity: Entity,
  permits: readonly Permit[],
  given: readonly string[],
  of: 'rows' | 'nothing',
  making: Making,
): { readonly foreknown?: ForeknownPlan } {
  const plan = planForeknown(entity, permits, new Set(given), of, making)
  return plan === undefined ? {} : { foreknown: plan }
}

/**
 * Undefined where every check follows from the new values alone. `given`: fields that get new values; a row that is there has the others
 * (`of` is 'rows': probes of these), and a new one has none (`of` is 'nothing').
 */
function planForeknown(
  entity: Entity,
  permits: readonly Permit[],
  given: ReadonlySet<string>,
  of: 'rows' | 'nothing',
  making: Making,
): ForeknownPlan | undefined {
  if (permits.every((permit) => ownFields(permit.check) !== undefined)) return undefined
  const params = new Map<string, { readonly index: number; readonly operand: Operand }>()
  const value: Values = (name) => {
    if (!given.has(name)) return undefined
    const known = params.get(name) ?? making.params.reserve(typeOf(entity, name))
    params.set(name, known)
    return known.operand
  }
  const probes = permits.map((permit) => asked(permit.check, value))
  const link = of === 'rows' ? keyIn(entity, entity.key, making) : undefined
  const query: Read = {
    kind: 'read',
    entity,
    // The condition names no field of the row any more: whichever is there (one is, the value was taken) can be asked.
    where: link?.where ?? always,
    columns: entity.key.map((field) => ({ field })),
    probes,
    order: [],
    total: false,
    reach: 'many',
    ...(link === undefined ? { limit: constant(1, { type: 'integer' }) } : {}),
  }
  const values = new Map([...params].map(([name, { index }]) => [name, index]))
  return { query: making.mint(query), values, probesAt: entity.key.length, ...(link === undefined ? {} : { keys: link.param }) }
}

/** Always, where the check cannot be asked: then it is not what refuses the row. */
function asked(check: Predicate, value: Values): Predicate {
  try {
    return put(check, value)
  } catch (error) {
    if (error instanceof Unaskable) return always
    throw error
  }
}

function put(node: Predicate, value: Values): Predicate {
  switch (node.kind) {
    case 'and':
      return and(...node.all.map((part) => put(part, value)))
    case 'or':
      return or(...node.any.map((part) => put(part, value)))
    case 'not':
      return not(put(node.of, value))
    case 'isTrue':
      return { kind: 'isTrue', of: put(node.of, value) }
    case 'when':
      return when(put(node.guard, value), put(node.then, value))
    case 'compare':
      return alongPath(node, [node.left, node.right], value, ([left, right]) => ({ ...node, left: left as Operand, right: right as Operand }))
    case 'in':
      return alongPath(node, [node.left], value, ([left]) => ({ ...node, left: left as Operand }))
    case 'isNull':
      return alongPath(node, [node.of], value, ([of]) => ({ kind: 'isNull', of: of as Operand }))
    case 'inSelect':
      return alongPath(node, [node.left], value, ([left]) => ({ ...node, left: left as Operand }))
    case 'exists': {
      const left = linkOf(node.local, value)
      if (left === undefined) return node
      return { kind: 'isTrue', of: { kind: 'inSelect', left, entity: node.entity, field: node.foreign[0] as string, where: node.where } }
    }
    case 'keyIn':
      throw new Unaskable()
  }
}

/** The new value of the one field of a link; undefined where the row itself has the link. */
function linkOf(local: readonly string[], value: Values): Operand | undefined {
  const [only, ...others] = local
  if (others.length === 0) return value(only as string)
  if (local.some((name) => value(name) !== undefined)) throw new Unaskable()
  return undefined
}

/** A leaf with new values for fields; one whose path begins with a new link is asked of the row at the link's end. */
function alongPath(node: Predicate, operands: readonly Operand[], value: Values, make: (operands: readonly Operand[]) => Predicate): Predicate {
  const paths = operands.flatMap((operand) => pathsIn(operand).filter(({ hops }) => linkOf((hops[0] as Hop).local, value) !== undefined))
  const [first, ...others] = paths
  if (first === undefined) return make(operands.map((operand) => substituted(operand, value)))
  if (others.length > 0 || node.kind === 'isNull') throw new Unaskable()
  const [hop, ...rest] = first.hops as [Hop, ...Hop[]]
  const left = linkOf(hop.local, value) as Operand
  const beyond: Operand = rest.length === 0 ? { kind: 'field', field: first.field } : { kind: 'path', hops: rest, field: first.field }
  const where = make(operands.map((operand) => replaced(operand, first, beyond, value)))
  const some = (condition: Predicate): Predicate => ({
    kind: 'inSelect',
    left,
    entity: hop.entity,
    field: hop.foreign[0] as string,
    where: condition,
  })
  return when(or({ kind: 'isTrue', of: some(where) }, { kind: 'isTrue', of: some(not(where)) }), { kind: 'isTrue', of: some(where) })
}

type Path = Extract<Operand, { kind: 'path' }>

const pathsIn = (operand: Operand): readonly Path[] => (operand.kind === 'path' ? [operand] : operand.kind === 'level' ? pathsIn(operand.of) : [])

/** `path` becomes `by`; beside it nothing may speak of the row at hand, which is another one now. */
function replaced(operand: Operand, path: Path, by: Operand, value: Values): Operand {
  if (operand === path) return by
  if (operand.kind === 'level') return { ...operand, of: replaced(operand.of, path, by, value) }
  if (operand.kind !== 'field' && operand.kind !== 'json' && operand.kind !== 'path') return operand
  const known = operand.kind === 'field' ? value(operand.field) : undefined
  if (known === undefined) throw new Unaskable()
  return known
}

function substituted(operand: Operand, value: Values): Operand {
  switch (operand.kind) {
    case 'field':
      return value(operand.field) ?? operand
    case 'level':
      return { ...operand, of: substituted(operand.of, value) }
    case 'json':
      if (value(operand.field) !== undefined) throw new Unaskable()
      return operand
    default:
      return operand
  }
}
