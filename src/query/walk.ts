/** Walking and rewriting predicates and operands, total over their kinds. In charge of structure only; must not know what a node means. */
import type { Entity } from '../schema/entity.ts'
import type { Operand, Predicate } from './ast.ts'

/** Called for every node, parents first. `entity` is the one whose row the node is about. */
export interface Visitor {
  predicate?(node: Predicate, entity: Entity): void
  operand?(node: Operand, entity: Entity): void
}

/** Called for every node, after its parts have been rewritten. Answer the node itself to keep it. */
export interface Mapper {
  predicate?(node: Predicate, entity: Entity): Predicate
  operand?(node: Operand, entity: Entity): Operand
}

export function visitPredicate(node: Predicate, entity: Entity, visitor: Visitor): void {
  visitor.predicate?.(node, entity)
  switch (node.kind) {
    case 'and':
      for (const part of node.all) visitPredicate(part, entity, visitor)
      return
    case 'or':
      for (const part of node.any) visitPredicate(part, entity, visitor)
      return
    case 'not':
    case 'isTrue':
      return visitPredicate(node.of, entity, visitor)
    case 'compare':
      visitOperand(node.left, entity, visitor)
      return visitOperand(node.right, entity, visitor)
    case 'in':
      visitOperand(node.left, entity, visitor)
      return visitOperand(node.list, entity, visitor)
    case 'isNull':
      return visitOperand(node.of, entity, visitor)
    case 'keyIn':
      return visitOperand(node.list, entity, visitor)
    case 'exists':
      return visitPredicate(node.where, node.entity, visitor)
    case 'inSelect':
      visitOperand(node.left, entity, visitor)
      return visitPredicate(node.where, node.entity, visitor)
    case 'when':
      visitPredicate(node.guard, entity, visitor)
      return visitPredicate(node.then, entity, visitor)
    default:
      node satisfies never
  }
}

export function visitOperand(node: Operand, entity: Entity, visitor: Visitor): void {
  visitor.operand?.(node, entity)
  switch (node.kind) {
    case 'field':
    case 'json':
      if (node.guard !== undefined) visitPredicate(node.guard, entity, visitor)
      return
    case 'level':
      return visitOperand(node.of, entity, visitor)
    case 'param':
    case 'const':
    case 'session':
    case 'path':
      return
    default:
      node satisfies never
  }
}

/** The tree with `mapper` applied to every node, inner ones first. Parts that did not change are shared with the old tree. */
export function mapPredicate(node: Predicate, entity: Entity, mapper: Mapper): Predicate {
  const mapped = mapParts(node, entity, mapper)
  return mapper.predicate === undefined ? mapped : mapper.predicate(mapped, entity)
}

function mapParts(node: Predicate, entity: Entity, mapper: Mapper): Predicate {
  switch (node.kind) {
    case 'and': {
      const all = mapList(node.all, entity, mapper)
      return all === node.all ? node : { kind: 'and', all }
    }
    case 'or': {
      const any = mapList(node.any, entity, mapper)
      return any === node.any ? node : { kind: 'or', any }
    }
    case 'not':
    case 'isTrue': {
      const of = mapPredicate(node.of, entity, mapper)
      return of === node.of ? node : { kind: node.kind, of }
    }
    case 'compare': {
      const left = mapOperand(node.left, entity, mapper)
      const right = mapOperand(node.right, entity, mapper)
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    case 'in': {
      const left = mapOperand(node.left, entity, mapper)
      const list = mapOperand(node.list, entity, mapper)
      return left === node.left && list === node.list ? node : { ...node, left, list }
    }
    case 'isNull': {
      const of = mapOperand(node.of, entity, mapper)
      return of === node.of ? node : { kind: 'isNull', of }
    }
    case 'keyIn': {
      const list = mapOperand(node.list, entity, mapper)
      return list === node.list ? node : { ...node, list }
    }
    case 'exists': {
      const where = mapPredicate(node.where, node.entity, mapper)
      return where === node.where ? node : { ...node, where }
    }
    case 'inSelect': {
      const left = mapOperand(node.left, entity, mapper)
      const where = mapPredicate(node.where, node.entity, mapper)
      return left === node.left && where === node.where ? node : { ...node, left, where }
    }
    case 'when': {
      const guard = mapPredicate(node.guard, entity, mapper)
      const then = mapPredicate(node.then, entity, mapper)
      return guard === node.guard && then === node.then ? node : { kind: 'when', guard, then }
    }
  }
}

function mapList(list: readonly Predicate[], entity: Entity, mapper: Mapper): readonly Predicate[] {
  const mapped = list.map((part) => mapPredicate(part, entity, mapper))
  return mapped.every((part, i) => part === list[i]) ? list : mapped
}

export function mapOperand(node: Operand, entity: Entity, mapper: Mapper): Operand {
  const mapped = mapOperandParts(node, entity, mapper)
  return mapper.operand === undefined ? mapped : mapper.operand(mapped, entity)
}

function mapOperandParts(node: Operand, entity: Entity, mapper: Mapper): Operand {
  if (node.kind === 'level') {
    const of = mapOperand(node.of, entity, mapper)
    return of === node.of ? node : { ...node, of }
  }
  if ((node.kind === 'field' || node.kind === 'json') && node.guard !== undefined) {
    const guard = mapPredicate(node.guard, entity, mapper)
    return guard === node.guard ? node : { ...node, guard }
  }
  return node
}
