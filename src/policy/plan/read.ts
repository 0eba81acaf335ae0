/** Plans of everything that only reads. In charge of where row rules and guards go in reads; must not know how they run. */
import type { Aggregate, Column, Operand, Order, Predicate, Read, Tree } from '../../query/ast.ts'
import { and, compare, field, isAlways } from '../../query/build.ts'
import { seekPredicate } from '../../query/cursor.ts'
import type { Match, Request } from '../../query/request.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Grant } from '../rights.ts'
import { guarded, shown } from './guard.ts'
import { guardOrder, Layout, type Making, tieBreak, typeOf } from './layout.ts'
import type { ListPlan, Plan, TreePlan } from './plan.ts'

type Of<K extends Request['kind']> = Extract<Request, { kind: K }>

/** The row that `match` names. Where a field is unique whatever its case, the same folding finds its row: asking for it cannot miss what a second row would collide with. */
export const matching = (match: Match, entity: Entity): Predicate =>
  and(
    ...match.map((m) => {
      const same = compare('eq', field(m.field), m.value)
      return same.kind === 'compare' && entity.fields.get(m.field)?.unique === 'insensitive' ? { ...same, insensitive: true } : same
    }),
  )

const guardedColumn = (name: string, grant: Grant): Column => {
  const guard = shown([name], grant)
  return isAlways(guard) ? { field: name } : { field: name, guard }
}

export function planRead(request: Of<'read'>, grant: Grant, making: Making): Plan {
  const { entity, operation, match } = request
  const layout = new Layout(entity, grant)
  const finish = layout.select(request.selection, making)
  // A key given by the caller finds its row even where the rules show the row without it; other fields are asked as any filter is.
  const asked = operation.kind === 'read' ? matching(match, entity) : guarded(matching(match, entity), entity, grant, making.rights)
  const where = and(asked, grant.rows)
  const query: Read = { kind: 'read', entity, where, columns: layout.columns, probes: layout.probes, order: [], total: false, reach: 'one' }
  const shape = finish(layout.columns.length)
  return { entity, operation, kind: 'read', query: making.mint(query), shape, ...(request.returns === undefined ? {} : { returns: request.returns }) }
}

/** The field whose value an order key compares; keys are always plain fields. */
const orderField = (order: Order): string => (order.by.kind === 'field' ? order.by.field : '')

export function planList(request: Of<'list'>, grant: Grant, making: Making): Plan {
  const { entity, operation } = request
  const layout = new Layout(entity, grant)
  const finish = layout.select(request.selection, making)
  const ties = tieBreak(request.order, entity, grant)
  const order = [...request.order.map((o) => guardOrder(o, grant, entity)), ...ties]
  const typed = (o: Order) => ({ type: typeOf(entity, orderField(o)) })
  // A cursor holds what the order saw, hidden or not: it is sealed.
  const cursor = order.map((o) => ({ column: layout.column(orderField(o), o.by.kind === 'field' ? o.by.guard : undefined), ...typed(o) }))
  const sought =
    request.after === undefined ? [] : [...request.after.values, ...ties.map((o) => making.params.reserve(typeOf(entity, orderField(o))).operand)]
  const query: Read = {
    kind: 'read',
    entity,
    where: and(grant.rows, guarded(request.where, entity, grant, making.rights)),
    columns: layout.columns,
    probes: layout.probes,
    order,
    limit: request.limit,
    total: request.total,
    reach: 'many',
    ...(request.offset === undefined ? {} : { offset: request.offset }),
    ...(request.after === undefined ? {} : { seek: seekPredicate(order, sought, (i) => mayBeNull(order[i] as Order, entity)) }),
  }
  const list: ListPlan = {
    query: making.mint(query),
    shape: finish(layout.columns.length),
    limit: request.limit,
    total: request.total,
    cursor,
    ...(request.offset === undefined ? {} : { offset: request.offset }),
    ...(request.after === undefined ? {} : { after: { cursor: request.after.cursor, values: sought.map(paramIndex) } }),
  }
  return { entity, operation, kind: 'list', ...list }
}

/** Guarded keys read as null where they are hidden. */
const mayBeNull = (order: Order, entity: Entity): boolean =>
  order.by.kind !== 'field' || order.by.guard !== undefined || entity.fields.get(order.by.field)?.nullable !== false

export const paramIndex = (operand: Operand): number => (operand.kind === 'param' ? operand.index : -1)

export function planCount(request: Of<'count'>, grant: Grant, making: Making): Plan {
  const { entity, operation } = request
  const where = and(grant.rows, guarded(request.where, entity, grant, making.rights))
  const query: Aggregate = { kind: 'aggregate', entity, where, groupBy: [], measures: [{ fn: 'count' }], order: [] }
  return { entity, operation, kind: 'count', query: making.mint(query) }
}

export function planAggregate(request: Of<'aggregate'>, grant: Grant, making: Making): Plan {
  const { entity, operation, having, limit } = request
  const query: Aggregate = {
    kind: 'aggregate',
    entity,
    where: and(grant.rows, guarded(request.where, entity, grant, making.rights)),
    groupBy: request.groupBy.map((name) => guardedColumn(name, grant)),
    measures: request.measures.map((m) => (m.fn === 'count' ? m : { ...m, column: guardedColumn(m.column.field, grant) })),
    order: request.order,
    ...(having === undefined ? {} : { having }),
    ...(limit === undefined ? {} : { limit }),
  }
  return { entity, operation, kind: 'aggregate', query: making.mint(query), hideCount: request.hideCount }
}

export function planTree(request: Of<'tree'>, grant: Grant, making: Making): Plan {
  const { entity, operation } = request
  const links = operation.tree as NonNullable<typeof operation.tree>
  const layout = new Layout(entity, grant)
  const finish = layout.select(request.selection, making)
  const key = layout.column(entity.key[0] as string)
  const parent = layout.column(links.parent)
  const order = layout.column(links.order, shown([links.order], grant))
  const scope = guarded(matching(request.scope, entity), entity, grant, making.rights)
  const where = and(grant.rows, shown([links.parent], grant), scope)
  const query: Tree = {
    kind: 'tree',
    entity,
    where,
    root: { kind: 'isNull', of: field(links.parent) },
    parent: { field: links.parent },
    columns: layout.columns,
    probes: layout.probes,
  }
  const target = scopeTarget(request, making)
  const tree: TreePlan = {
    query: making.mint(query),
    shape: finish(layout.columns.length),
    key,
    parent,
    order,
    ...(target === undefined ? {} : { scope: target }),
  }
  return { entity, operation, kind: 'tree', tree }
}

/** The row that all of a tree belongs to must be visible: an absent page is not an empty tree. */
function scopeTarget(request: Of<'tree'>, making: Making): TreePlan['scope'] {
  const [first] = request.scope
  const reference = first === undefined ? undefined : request.entity.fields.get(first.field)?.foreignKey
  if (first === undefined || reference === undefined) return undefined
  const entity = making.rights.schema.entities.get(reference.entity) as Entity
  const grant = making.rights.grant(entity, 'read')
  const where = and(compare('eq', field(reference.field), first.value), grant.rows)
  const query: Read = { kind: 'read', entity, where, columns: [{ field: reference.field }], probes: [], order: [], total: false, reach: 'one' }
  return making.mint(query)
}
