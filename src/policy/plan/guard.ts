/** Puts the rules of reading into a caller's own predicate: hidden fields are unknown, sub-rows obey their entity's rules. */
import { always, never, type Operand, type Predicate } from '../../query/ast.ts'
import { and, isAlways, not, or, when } from '../../query/build.ts'
import type { Entity } from '../../schema/entity.ts'
import type { Grant, Rights } from '../rights.ts'

/** Where all of these fields may be seen: nowhere if one of them is never shown. */
export function shown(fields: readonly string[], grant: Grant): Predicate {
  const [only, ...others] = fields
  // The grant's own object where there is one field: equal guards are then asked once.
  if (only !== undefined && others.length === 0) return grant.guard(only) ?? never
  return and(...fields.map((name) => grant.guard(name) ?? never))
}

const fieldsOf = (...operands: readonly Operand[]): readonly string[] =>
  operands.flatMap((o) => (o.kind === 'field' || o.kind === 'json' ? [o.field] : o.kind === 'level' ? fieldsOf(o.of) : []))

/**
 * `predicate` over rows of `entity`, as the holder of `grant` may ask it. Every kind that a caller can send is named here;
 * the kinds that only rules may use are refused, so a new kind cannot slip through unguarded.
 */
export function guarded(predicate: Predicate, entity: Entity, grant: Grant, rights: Rights): Predicate {
  const again = (p: Predicate) => guarded(p, entity, grant, rights)
  switch (predicate.kind) {
    case 'and':
      return predicate.all.length === 0 ? always : and(...predicate.all.map(again))
    case 'or':
      return or(...predicate.any.map(again))
    case 'not':
      return not(again(predicate.of))
    case 'isTrue': {
      const of = again(predicate.of)
      return isAlways(of) ? of : { kind: 'isTrue', of }
    }
    case 'compare':
      return when(shown(fieldsOf(predicate.left, predicate.right), grant), predicate)
    case 'in':
      return when(shown(fieldsOf(predicate.left), grant), predicate)
    case 'isNull':
      return when(shown(fieldsOf(predicate.of), grant), predicate)
    case 'keyIn':
      return when(shown(predicate.fields, grant), predicate)
    case 'exists': {
      const target = rights.grant(predicate.entity, 'read')
      const inner = guarded(predicate.where, predicate.entity, target, rights)
      const where = and(target.rows, shown(predicate.foreign, target), inner)
      return when(shown(predicate.local, grant), { ...predicate, where })
    }
    case 'inSelect':
    case 'when':
      throw new TypeError(`A caller's predicate cannot hold '${predicate.kind}'`)
  }
}
