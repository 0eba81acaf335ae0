/**
 * Rows of entities that refer to themselves or to each other, sorted so that each stands behind those that it refers to.
 * Pure; must not know files or databases. Refuses rings, which no order of single writes can make.
 */
import { DBALError } from '../../errors/error.ts'
import type { Entity, Value } from '../../schema/entity.ts'
import { normaliseField } from '../../schema/field-type.ts'
import type { Row, Stretch } from './lines.ts'

/** Where a row stands, by what it is referred to, and what it refers to. */
export interface TiedRow extends Stretch {
  readonly gives: readonly string[]
  readonly needs: readonly string[]
}

/** `level`: how many rows stand above it, at the longest way. */
export interface Levelled extends Stretch {
  readonly level: number
}

const mostNamed = 10

/** Names of the values by which other rows may refer to `row`, and of those by which it refers to rows of the entities `tied`. */
export function linksOf(entity: Entity, row: Row, tied: ReadonlySet<string>): Pick<TiedRow, 'gives' | 'needs'> {
  const gives: string[] = []
  const needs: string[] = []
  for (const field of entity.fields.values()) {
    const given = row[field.name]
    if (given === undefined || given === null) continue
    const result = normaliseField(field, given)
    const value = result.ok ? result.value : given
    // Only keys and unique fields can be referred to.
    if (field.unique !== false || entity.key.includes(field.name)) gives.push(nameOf(entity.name, field.name, value))
    const { foreignKey } = field
    if (foreignKey !== undefined && tied.has(foreignKey.entity)) needs.push(nameOf(foreignKey.entity, foreignKey.field, value))
  }
  return { gives, needs }
}

const nameOf = (entity: string, field: string, value: Value): string => `${entity}.${field}=${JSON.stringify(value)}`

/** All rows of all lists: level by level, within a level list by list, in the order that they have. */
export function sortTied(lists: readonly (readonly TiedRow[])[]): readonly Levelled[] {
  const rows = lists.flat()
  const givers = new Map<string, number>()
  rows.forEach((row, i) => {
    for (const name of row.gives) givers.set(name, i)
  })
  const users: number[][] = rows.map(() => [])
  const open = rows.map((row, i) => {
    const above = new Set(row.needs.flatMap((name) => givers.get(name) ?? []).filter((giver) => giver !== i))
    for (const giver of above) (users[giver] as number[]).push(i)
    return above.size
  })
  const sorted: Levelled[] = []
  let free = open.flatMap((count, i) => (count === 0 ? [i] : []))
  for (let level = 0; free.length > 0; level++) {
    const next: number[] = []
    for (const i of free) {
      const { number, offset, length } = rows[i] as TiedRow
      sorted.push({ number, offset, length, level })
      for (const user of users[i] as number[]) if (--(open[user] as number) === 0) next.push(user)
    }
    free = next.sort((a, b) => a - b)
  }
  if (sorted.length < rows.length) throw ring(rows, users, open)
  return sorted
}

/** Names the rows of rings, and not those that only stand below one. */
function ring(rows: readonly TiedRow[], users: readonly (readonly number[])[], open: readonly number[]): DBALError {
  const left = new Set(open.flatMap((count, i) => (count > 0 ? [i] : [])))
  const isIdle = (i: number): boolean => !(users[i] as readonly number[]).some((user) => left.has(user))
  for (let idle = [...left].filter(isIdle); idle.length > 0; idle = [...left].filter(isIdle)) for (const i of idle) left.delete(i)
  const fields = [...left].slice(0, mostNamed).map((i) => ({ field: `line ${rows[i]?.number}`, error: 'Refers, maybe through others, to itself' }))
  return new DBALError('VALIDATION_ERROR', {
    fields,
    reason: 'Rows of the file refer to each other in a ring, so none of them can be written first',
    hint: 'Set one reference of the ring to null in the file, and update that row after the import',
  })
}
