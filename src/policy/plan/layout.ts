/** Lays out the columns and probes of a read so that each row can be shaped for one caller. Must not know statements or calls. */
import type { Column, Operand, Order, Predicate, Read } from '../../query/ast.ts'
import type { Mint } from '../../query/authorized.ts'
import { and, field, isAlways } from '../../query/build.ts'
import type { Selection } from '../../query/request.ts'
import type { Entity, ValueType } from '../../schema/entity.ts'
import type { Grant, Rights } from '../rights.ts'
import { guarded, shown } from './guard.ts'
import type { IncludePlan, Shape, ShapedField } from './plan.ts'

/** Hands out the params that the engine fills, behind the caller's own. */
export class Params {
  #next: number
  constructor(taken: number) {
    this.#next = taken
  }
  get count(): number {
    return this.#next
  }
  reserve(type: ValueType): { readonly index: number; readonly operand: Operand } {
    const index = this.#next++
    return { index, operand: { kind: 'param', index, type } }
  }
}

export interface Making {
  readonly rights: Rights
  readonly params: Params
  readonly mint: Mint
}

/** The fields that link two entities are keys: their type is that of the first. */
export const typeOf = (entity: Entity, field: string): ValueType => entity.fields.get(field) ?? { type: 'string' }

/** `fields` of the row are one of the tuples that the engine will put into a new param. */
export function keyIn(entity: Entity, fields: readonly string[], making: Making): { readonly where: Predicate; readonly param: number } {
  const { index, operand } = making.params.reserve(typeOf(entity, fields[0] as string))
  return { where: { kind: 'keyIn', fields, list: operand }, param: index }
}

export class Layout {
  readonly entity: Entity
  readonly grant: Grant
  readonly columns: Column[] = []
  readonly probes: Predicate[] = []

  constructor(entity: Entity, grant: Grant) {
    this.entity = entity
    this.grant = grant
  }

  /** Position of a column: raw for the engine's own use, guarded where it may reach the caller. */
  column(field: string, guard?: Predicate): number {
    const wanted = guard === undefined || isAlways(guard) ? undefined : guard
    const found = this.columns.findIndex((c) => c.field === field && c.guard === wanted)
    if (found >= 0) return found
    return this.columns.push(wanted === undefined ? { field } : { field, guard: wanted }) - 1
  }

  /** Number of a probe. */
  probe(predicate: Predicate): number {
    const found = this.probes.indexOf(predicate)
    return found >= 0 ? found : this.probes.push(predicate) - 1
  }

  /** Columns, guards and sub-reads of a selection; `finish` when all columns are known. */
  select(selection: Selection, making: Making): (probesAt: number) => Shape {
    const fields = selection.fields.map((name): ShapedField => {
      const guard = shown([name], this.grant)
      const column = this.column(name, guard)
      return isAlways(guard) ? { name, column } : { name, column, guard: this.probe(guard) }
    })
    const includes = selection.include.map((include) => this.#include(include, making))
    return (probesAt) => ({ fields, includes, probesAt })
  }

  #include(include: Selection['include'][number], making: Making): IncludePlan {
    const { relation, target } = include
    const guard = shown(relation.local, this.grant)
    const local = relation.local.map((name) => this.column(name, guard))
    const own = isAlways(guard) ? {} : { guard: this.probe(guard) }
    const grant = making.rights.grant(target, 'read')
    const layout = new Layout(target, grant)
    const finish = layout.select(include.selection, making)
    const foreign = relation.foreign.map((name) => layout.column(name))
    const link = keyIn(target, relation.foreign, making)
    const seen = shown(relation.foreign, grant)
    const where = and(link.where, grant.rows, seen, guarded(include.where, target, grant, making.rights))
    const order = [...include.order.map((o) => guardOrder(o, grant, target)), ...tieBreak(include.order, target, grant)]
    const perParent = include.limit !== undefined && relation.through === undefined
    const read: Read = {
      kind: 'read',
      entity: target,
      where,
      columns: layout.columns,
      probes: layout.probes,
      order,
      total: false,
      reach: 'many',
      ...(perParent ? { limit: include.limit, partition: relation.foreign } : {}),
    }
    return {
      name: include.name,
      many: relation.kind === 'many',
      local,
      ...own,
      query: making.mint(read),
      keys: link.param,
      foreign,
      shape: finish(layout.columns.length),
      ...(relation.through === undefined ? {} : { through: throughPlan(relation.through, making) }),
      ...(include.limit === undefined ? {} : { limit: include.limit }),
    }
  }
}

/** The link rows of a many-to-many relation obey their own entity's rules. */
function throughPlan(
  through: { entity: string; local: readonly string[]; foreign: readonly string[] },
  making: Making,
): NonNullable<IncludePlan['through']> {
  const entity = making.rights.schema.entities.get(through.entity) as Entity
  const grant = making.rights.grant(entity, 'read')
  const layout = new Layout(entity, grant)
  const local = through.local.map((name) => layout.column(name))
  const foreign = through.foreign.map((name) => layout.column(name))
  const link = keyIn(entity, through.local, making)
  const read: Read = {
    kind: 'read',
    entity,
    where: and(link.where, grant.rows, shown([...through.local, ...through.foreign], grant)),
    columns: layout.columns,
    probes: [],
    order: [],
    total: false,
    reach: 'many',
  }
  return { query: making.mint(read), keys: link.param, local, foreign }
}

/** Sorting by a hidden field sees null. A key that is never shown still settles ties: without it no order would be total. */
export function guardOrder(order: Order, grant: Grant, entity: Entity): Order {
  const { by } = order
  if (by.kind !== 'field' && by.kind !== 'json') return order
  if (grant.guard(by.field) === undefined && entity.key.includes(by.field)) return order
  const guard = shown([by.field], grant)
  return isAlways(guard) ? order : { by: { ...by, guard }, direction: order.direction }
}

/**
 * Where a key field may be hidden, its order sees null like any other; rows that are then equal still need an order of their own, which
 * the true key gives. Cursors carry it, and are sealed.
 */
export function tieBreak(order: readonly Order[], entity: Entity, grant: Grant): readonly Order[] {
  if (isAlways(shown(entity.key, grant))) return []
  const direction = order.at(-1)?.direction ?? 'asc'
  return entity.key.map((name) => ({ by: field(name), direction }))
}
