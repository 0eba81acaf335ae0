/** Which entities go before which when rows are copied: those referred to before those that refer. Pure; must not know files or rows. */
import type { Entity, Schema } from '../../schema/entity.ts'

/** Entities that refer to each other, or one that may refer to itself: their rows have an order of their own. */
export interface Group {
  readonly entities: readonly Entity[]
  /** Some row of the group may refer to another one of it. */
  readonly tied: boolean
}

const targetsOf = (entity: Entity): ReadonlySet<string> =>
  new Set([...entity.fields.values()].flatMap(({ foreignKey }) => (foreignKey === undefined ? [] : [foreignKey.entity])))

/** All entities but the engine's own, each once; a group stands behind all groups that its rows refer to. The order is the same for equal schemas. */
export function groupsOf(schema: Schema): readonly Group[] {
  const names = [...schema.entities.values()].filter((entity) => !entity.internal).map((entity) => entity.name)
  const reached = new Map(names.map((name) => [name, reachedFrom(name, schema)]))
  const together = (a: string, b: string): boolean => a === b || (reached.get(a)?.has(b) === true && reached.get(b)?.has(a) === true)
  const done = new Set<string>()
  const groups: Group[] = []
  const visit = (name: string): void => {
    if (done.has(name)) return
    const members = names.filter((other) => together(name, other))
    for (const member of members) done.add(member)
    const needed = names.filter((other) => reached.get(name)?.has(other) === true && !members.includes(other))
    for (const other of needed) visit(other)
    groups.push({ entities: members.map((member) => schema.entities.get(member) as Entity), tied: reached.get(name)?.has(name) === true })
  }
  for (const name of names) visit(name)
  return groups
}

/** Entities that rows of `name` refer to, directly or through others. */
function reachedFrom(name: string, schema: Schema): ReadonlySet<string> {
  const found = new Set<string>()
  const next = [name]
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const target of targetsOf(schema.entities.get(at) as Entity)) {
      if (found.has(target)) continue
      found.add(target)
      next.push(target)
    }
  }
  return found
}
