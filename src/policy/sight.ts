/**
 * What a rule's own look at other rows sees: rows that exist, and inside a tenant those of that tenant.
 * In charge of that rewriting only; must not know roles, grants or calls.
 */
import type { Hop, Operand, Predicate } from '../query/ast.ts'
import { always } from '../query/ast.ts'
import { and, compare, field, isAlways, not, or, session, when } from '../query/build.ts'
import { mapPredicate } from '../query/walk.ts'
import type { Entity, Field } from '../schema/entity.ts'
import { typeOf } from './expression/families.ts'

/** Rows that exist for anybody: not soft-deleted, not past their time. */
export function live(entity: Entity): Predicate {
  const parts: Predicate[] = []
  if (entity.softDelete !== undefined) parts.push({ kind: 'isNull', of: field(entity.softDelete) })
  if (entity.ttl !== undefined) {
    const now = session('context.now', { type: 'datetime' })
    parts.push(or({ kind: 'isNull', of: field(entity.ttl.field) }, compare('gt', field(entity.ttl.field), now)))
  }
  return and(...parts)
}

/** Rows of the caller's tenant; all of them where the entity has none. */
export function ofTenant(entity: Entity): Predicate {
  if (entity.tenant === undefined) return always
  return compare('eq', field(entity.tenant), session('context.tenantId', typeOf(entity.fields.get(entity.tenant) as Field)))
}

/**
 * A rule's condition on rows of `entity`, as it is asked. Rules look past the rights of their roles, yet not at rows that are
 * deleted or past their time: a sub-select leaves them out, and a path ends before them as it does at a missing link.
 * `bound`: the row at hand is of the caller's tenant, so sub-selects stay in it too; otherwise another tenant's rows could
 * give (or take) rights here. Rules of entities without tenants, and rules across tenants, see all tenants.
 */
export function sighted(predicate: Predicate, entity: Entity, bound: boolean): Predicate {
  return mapPredicate(predicate, entity, {
    predicate: (node) => {
      switch (node.kind) {
        case 'inSelect': {
          const where = and(live(node.entity), bound ? ofTenant(node.entity) : always, node.where)
          return where === node.where ? alongPaths(node, [node.left]) : alongPaths({ ...node, where }, [node.left])
        }
        case 'compare':
          return alongPaths(node, [node.left, node.right])
        case 'in':
          return alongPaths(node, [node.left])
        case 'isNull': {
          const there = reached([node.of])
          return isAlways(there) ? node : or(node, not(there))
        }
        default:
          return node
      }
    },
  })
}

/** Unknown where a path ends at a row that is not there any more. */
const alongPaths = (node: Predicate, operands: readonly Operand[]): Predicate => when(reached(operands), node)

const reached = (operands: readonly Operand[]): Predicate =>
  and(...operands.map((o) => (o.kind === 'path' ? linked(o.hops) : o.kind === 'level' ? reached([o.of]) : always)))

/** Every row along the way that could be deleted or past its time is live. */
function linked(hops: readonly Hop[]): Predicate {
  const [first, ...rest] = hops
  if (first === undefined) return always
  const where = and(live(first.entity), linked(rest))
  return isAlways(where) ? always : { kind: 'exists', entity: first.entity, local: first.local, foreign: first.foreign, where }
}
