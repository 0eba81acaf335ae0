/** Plans the questions that keep a tree a tree after writes of its links. In charge of what is asked; the engine judges the answers. */
import { always, type Read, type Tree } from '../../query/ast.ts'
import type { Entity } from '../../schema/entity.ts'
import { keyIn, type Making } from './layout.ts'
import type { TiesPlan } from './plan.ts'

/** Undefined where the entity has no tree, or the write touches none of its links. `touched` absent: a new row. */
export function planTies(entity: Entity, touched: ReadonlySet<string> | undefined, making: Making): TiesPlan | undefined {
  const links = [...entity.operations.values()].find((operation) => operation.tree !== undefined)?.tree
  const [key] = entity.key
  if (links === undefined || key === undefined || entity.key.length > 1) return undefined
  const { parent, scope } = links
  if (touched !== undefined && !touched.has(parent) && (scope === undefined || !touched.has(scope))) return undefined
  const columns = [key, parent, ...(scope === undefined ? [] : [scope])].map((field) => ({ field }))
  // Integrity is asked of all rows, seen or not, as a foreign key does it.
  const written = keyIn(entity, entity.key, making)
  const below: Tree = { kind: 'tree', entity, where: always, root: written.where, parent: { field: parent }, columns, probes: [] }
  const named = keyIn(entity, entity.key, making)
  const parents: Read = { kind: 'read', entity, where: named.where, columns, probes: [], order: [], total: false, reach: 'many' }
  return {
    parent,
    ...(scope === undefined ? {} : { scope }),
    below: making.mint(below),
    belowKeys: written.param,
    parents: making.mint(parents),
    parentKeys: named.param,
  }
}
