/** The rows that `where` selects. In charge of finding them without a scan where a key is pinned; changes no answer. */
import type { Operand, Predicate } from '../../query/ast.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { evaluate } from './evaluate.ts'
import { isSource, listValues, sourceValue } from './operand.ts'
import { fieldOf, type Row } from './rows/table.ts'
import type { Scope } from './scope.ts'

/** Rows of `entity` for which `where` is true. */
export function selected(scope: Scope, entity: Entity, where: Predicate): Row[] {
  const rows: Row[] = []
  for (const row of candidates(scope, entity, where)) {
    scope.visit()
    if (evaluate(where, { scope, entity, row }) === true) rows.push(row)
  }
  return rows
}

/** Rows outside of the answer cannot satisfy `where`. */
function candidates(scope: Scope, entity: Entity, where: Predicate): Iterable<Row> {
  const table = scope.world.table(entity)
  for (const part of necessary(where)) {
    const pin = pinned(scope, entity, part)
    if (pin !== undefined && table.indexed(pin.fields)) return union(pin.tuples.map((values) => table.lookup(pin.fields, values)))
  }
  return table.rows()
}

/** Parts that must be true where `node` is. */
function necessary(node: Predicate): readonly Predicate[] {
  switch (node.kind) {
    case 'and':
      return node.all.flatMap(necessary)
    case 'isTrue':
      return necessary(node.of)
    case 'when':
      return [...necessary(node.then), ...necessary(node.guard)]
    default:
      return [node]
  }
}

interface Pin {
  readonly fields: readonly string[]
  readonly tuples: readonly (readonly Value[])[]
}

/** A part that names the values of some fields; a guard on the field only narrows further. */
function pinned(scope: Scope, entity: Entity, part: Predicate): Pin | undefined {
  if (part.kind === 'keyIn') return { fields: part.fields, tuples: (listValues(part.list, scope) ?? []) as readonly (readonly Value[])[] }
  if (part.kind !== 'compare' && part.kind !== 'in') return undefined
  const source = part.kind === 'in' ? part.list : part.right
  if (part.insensitive || part.left.kind !== 'field' || !isSource(source) || !sameForm(entity, part.left.field, source)) return undefined
  const fields = [part.left.field]
  if (part.kind === 'in') return { fields, tuples: (listValues(source, scope) ?? []).map((value) => [value]) }
  return part.op === 'eq' ? { fields, tuples: [[sourceValue(source, scope)]] } : undefined
}

/** Only values of one type, and one scale, are equal exactly where they are identical. */
function sameForm(entity: Entity, name: string, source: Extract<Operand, { kind: 'param' | 'const' | 'session' }>): boolean {
  const field = fieldOf(entity, name)
  return field.type === source.type.type && field.scale === source.type.scale
}

/** Each row once, also where the same tuple is given twice. */
function union(groups: readonly Iterable<Row>[]): Iterable<Row> {
  const [only] = groups
  return groups.length === 1 && only !== undefined ? only : new Set(groups.flatMap((group) => [...group]))
}
