/**
 * Conditions that choose rows, where unknown is as good as false: written so that a database may start from the rows of a subquery
 * instead of asking for each row. In charge of which forms select the same rows; must not know statements or drivers.
 */
import type { Hop, Operand, Predicate } from '../../query/ast.ts'
import type { Entity } from '../../schema/entity.ts'
import { isSource } from './operand.ts'

/**
 * The same rows: paths become `exists`, and what only tells false from unknown goes. A `not` stays as it is, because there the two differ.
 * `listing`: few rows of a subquery, found by an index, are listed once instead of being looked for from each row.
 */
export function chosen(node: Predicate, listing: boolean): Predicate {
  return listing ? listed(simple(node)) : simple(node)
}

function simple(node: Predicate): Predicate {
  switch (node.kind) {
    case 'and':
      return { kind: 'and', all: gathered(node.all.map(simple), 'and') }
    case 'or':
      return { kind: 'or', any: gathered(node.any.map(simple), 'or') }
    case 'isTrue':
      return simple(node.of)
    case 'when':
      return simple({ kind: 'and', all: [node.guard, node.then] })
    case 'exists':
      return { ...node, where: simple(node.where) }
    case 'not':
      return node.of.kind === 'isNull' ? inward(node) : node
    case 'compare':
    case 'in':
    case 'inSelect':
      return inward(node)
    default:
      return node
  }
}

function listed(node: Predicate): Predicate {
  switch (node.kind) {
    case 'and':
      return { kind: 'and', all: node.all.map(listed) }
    case 'or':
      return { kind: 'or', any: node.any.map(listed) }
    case 'exists': {
      const { entity, local, foreign } = node
      const where = listed(node.where)
      const [from, field] = [local[0], foreign[0]]
      if (from === undefined || field === undefined || local.length > 1 || !isSelective(entity, where)) return { ...node, where }
      return { kind: 'inSelect', left: { kind: 'field', field: from }, entity, field, where }
    }
    default:
      return node
  }
}

type Exists = Extract<Predicate, { kind: 'exists' }>

/** A comparison at the end of a path is true for no row, or for the one that the path leads to. */
function inward(node: Predicate): Predicate {
  const hop = firstHop(node)
  if (hop === undefined) return node
  const shorter = (operand: Operand): Operand => {
    if (operand.kind === 'level') return { ...operand, of: shorter(operand.of) }
    if (operand.kind !== 'path') return operand
    const hops = operand.hops.slice(1)
    return hops.length === 0 ? { kind: 'field', field: operand.field } : { ...operand, hops }
  }
  const { entity, local, foreign } = hop
  return { kind: 'exists', entity, local, foreign, where: inward(withOperands(node, shorter)) }
}

/** The first link of all paths of a comparison; undefined where they part, where there are none, or where another value of the row is asked too. */
function firstHop(node: Predicate): Hop | undefined {
  let hop: Hop | undefined
  let whole = true
  withOperands(node, (operand) => {
    const of = operand.kind === 'level' ? operand.of : operand
    if (isSource(of)) return operand
    const [first] = of.kind === 'path' ? of.hops : []
    whole &&= first !== undefined && (hop === undefined || isSame(hop, first))
    hop = first
    return operand
  })
  return whole ? hop : undefined
}

function withOperands(node: Predicate, change: (operand: Operand) => Operand): Predicate {
  switch (node.kind) {
    case 'compare':
      return { ...node, left: change(node.left), right: change(node.right) }
    case 'in':
    case 'inSelect':
      return { ...node, left: change(node.left) }
    case 'not':
      return { ...node, of: withOperands(node.of, change) }
    case 'isNull':
      return { ...node, of: change(node.of) }
    default:
      return node
  }
}

/** Questions to one and the same row are one subquery. Of many rows, each question may mean another one. */
function gathered(parts: readonly Predicate[], kind: 'and' | 'or'): readonly Predicate[] {
  const kept: Predicate[] = []
  for (const part of parts) {
    const at =
      part.kind === 'exists' && isUnique(part.entity, part.foreign) ? kept.findIndex((other) => other.kind === 'exists' && isSame(other, part)) : -1
    const other = kept[at] as Exists | undefined
    if (other === undefined) kept.push(part)
    else kept[at] = { ...other, where: simple(joined(kind, [other.where, (part as Exists).where])) }
  }
  return kept
}

/** What is of the kind already is taken apart, so that three questions are not one in another. */
function joined(kind: 'and' | 'or', parts: readonly Predicate[]): Predicate {
  if (kind === 'and') return { kind, all: parts.flatMap((part) => (part.kind === 'and' ? part.all : [part])) }
  return { kind, any: parts.flatMap((part) => (part.kind === 'or' ? part.any : [part])) }
}

function isUnique(entity: Entity, fields: readonly string[]): boolean {
  return (
    entity.key.every((name) => fields.includes(name)) ||
    (entity.tenant === undefined && fields.some((name) => entity.fields.get(name)?.unique === 'exact'))
  )
}

function isSame(a: Hop | Exists, b: Hop | Exists): boolean {
  return a.entity === b.entity && String(a.local) === String(b.local) && String(a.foreign) === String(b.foreign)
}

/** Whether an index leads to the rows of a condition, so that listing them is cheaper than asking about each row that refers to them. */
export function isSelective(entity: Entity, where: Predicate): boolean {
  switch (where.kind) {
    case 'and':
      return where.all.some((part) => isSelective(entity, part))
    case 'or':
      return where.any.length > 0 && where.any.every((part) => isSelective(entity, part))
    case 'compare':
      return (
        where.op === 'eq' &&
        !where.insensitive &&
        [where.left, where.right].some((side, i, both) => isIndexed(entity, side) && isSource(both[1 - i] as Operand))
      )
    case 'in':
      return !where.insensitive && isIndexed(entity, where.left)
    case 'keyIn':
      return true
    case 'inSelect':
      // As listed above it, or as a rule says it: how many it lists is not known, but an index leads from them.
      return isIndexed(entity, where.left) && isSelective(where.entity, where.where)
    default:
      return false
  }
}

function isIndexed(entity: Entity, operand: Operand): boolean {
  return operand.kind === 'field' && operand.guard === undefined && hasIndex(entity, operand.field)
}

function hasIndex(entity: Entity, name: string): boolean {
  const field = entity.fields.get(name)
  if (field === undefined) return false
  return (
    field.index ||
    field.unique === 'exact' ||
    field.foreignKey !== undefined ||
    entity.key[0] === name ||
    entity.indexes.some(({ fields }) => fields[0] === name)
  )
}
