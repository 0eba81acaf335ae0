/** Filters: names resolved, groups, relations turned into `exists`. Must not know rules. */
import type { Entity, Field, Relation } from '../../schema/entity.ts'
import { operatorsOf } from '../../schema/field-type.ts'
import { always, type Predicate } from '../ast.ts'
import { and, field, not, or } from '../build.ts'
import { weights } from '../cost.ts'
import type { FilterNode, FilterShape } from '../parse/shape.ts'
import { type Context, comparisonType, type Scope } from './context.ts'
import { checkJson } from './json-path.ts'
import { checkOperator, checkOperators, type Leaf, type Subject } from './operator.ts'

/** All members must hold. `path` is where the filter stands, such as `filter` or `include.posts.filter`. */
export function checkFilter(context: Context, scope: Scope, filter: FilterShape, path: string): Predicate {
  return and(...Object.entries(filter).map(([name, node]) => checkMember(context, scope, name, node, path)))
}

function checkMember(context: Context, scope: Scope, name: string, node: FilterNode, path: string): Predicate {
  const place = `${path}.${name}`
  if (name === 'and' || name === 'or' || name === 'not') return checkGroup(context, scope, name, node as FilterShape | readonly FilterShape[], place)
  if (name.includes('.')) return checkJson(context, scope, name, node, place)
  const known = context.field(scope, name)
  if (known !== undefined) return checkField(context, scope, known, node, place)
  const link = context.relation(scope, name)
  if (link !== undefined) return checkRelation(context, link.relation, link.target, node, place)
  context.complain(place, 'Unknown field')
  return always
}

/** `not` of a list: none of them holds. */
function checkGroup(context: Context, scope: Scope, name: 'and' | 'or' | 'not', node: FilterShape | readonly FilterShape[], path: string): Predicate {
  context.costs.add('filter', weights.group)
  const parts = Array.isArray(node)
    ? node.map((part: FilterShape, i) => {
        context.costs.add('filter', weights.group)
        return checkFilter(context, scope, part, `${path}[${i}]`)
      })
    : [checkFilter(context, scope, node as FilterShape, path)]
  if (name === 'or') return or(...parts)
  return name === 'and' ? and(...parts) : and(...parts.map(not))
}

function checkField(context: Context, scope: Scope, known: Field, node: FilterNode, path: string): Predicate {
  const indexed = isIndexed(scope.entity, known)
  const subject: Subject = { operand: field(known.name), type: comparisonType(known), operators: operatorsOf(known.type), indexed, label: known.type }
  if (Array.isArray(node)) {
    context.complain(path, 'Must be a value or an object of operators')
    return always
  }
  if (typeof node !== 'object' || node === null) return checkOperator(context, subject, 'eq', node as Leaf, path, path, false)
  return checkOperators(context, subject, node as FilterShape, path)
}

const quantifiers = new Set(['some', 'every', 'none'])

function checkRelation(context: Context, relation: Relation, target: Scope, node: FilterNode, path: string): Predicate {
  if (relation.kind === 'one' && node === null) {
    context.costs.add('filter', weights.relation)
    return not(related(context, relation, target.entity, always))
  }
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    context.complain(
      path,
      relation.kind === 'one' ? `Must be an object of conditions on ${target.entity.name}` : 'Must be an object with some, every or none',
    )
    return always
  }
  if (relation.kind === 'one') return exists(context, relation, target, node as FilterShape, path)
  const entries = Object.entries(node as FilterShape)
  if (entries.length === 0) context.complain(path, 'Must be an object with some, every or none')
  return and(...entries.map(([name, inner]) => checkQuantifier(context, relation, target, name, inner, `${path}.${name}`)))
}

function checkQuantifier(context: Context, relation: Relation, target: Scope, name: string, node: FilterNode, path: string): Predicate {
  if (!quantifiers.has(name) || typeof node !== 'object' || node === null || Array.isArray(node)) {
    context.complain(path, quantifiers.has(name) ? 'Must be an object of conditions' : 'Unknown operator; a list takes some, every or none')
    return always
  }
  if (name === 'some') return exists(context, relation, target, node as FilterShape, path)
  context.costs.add('filter', weights.negation)
  if (name === 'none') return not(exists(context, relation, target, node as FilterShape, path))
  // A condition that is unknown for a row does not hold for it, so `every` fails on that row.
  return not(exists(context, relation, target, node as FilterShape, path, (where) => not({ kind: 'isTrue', of: where })))
}

function exists(
  context: Context,
  relation: Relation,
  target: Scope,
  node: FilterShape,
  path: string,
  wrap: (where: Predicate) => Predicate = (where) => where,
): Predicate {
  context.costs.add('filter', weights.relation)
  return related(context, relation, target.entity, wrap(checkFilter(context, target, node, path)))
}

/** Is there a related row for which `where` holds? Many to many goes through the linking entity. */
function related(context: Context, relation: Relation, target: Entity, where: Predicate): Predicate {
  if (relation.through === undefined) return { kind: 'exists', entity: target, local: relation.local, foreign: relation.foreign, where }
  const { entity, local, foreign } = relation.through
  const link = context.schema.entities.get(entity) as Entity
  return {
    kind: 'exists',
    entity: link,
    local: relation.local,
    foreign: local,
    where: { kind: 'exists', entity: target, local: foreign, foreign: relation.foreign, where },
  }
}

/** Does an index (or key, or uniqueness) begin with the field? */
export function isIndexed(entity: Entity, known: Field): boolean {
  return known.index || known.unique !== false || entity.key[0] === known.name || entity.indexes.some((index) => index.fields[0] === known.name)
}
