/** The order of new rows where the database looks at references row by row: what is referred to first. Must not know statements. */
import type { Insert } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'

type Row = readonly Value[]

/** Positions of a field that refers to its own entity, and of the field that it refers to. */
interface Link {
  readonly from: number
  readonly to: number
  readonly nullable: boolean
}

export interface Arranged {
  readonly rows: readonly Row[]
  /** Links within a ring: `rows[row][position]` refers to a row behind it and can be written only when both are there. */
  readonly late: readonly { readonly row: number; readonly position: number }[]
}

/** Undefined where no row of the query can refer to another. */
export function referredFirst({ entity, fields }: Insert): ((rows: readonly Row[]) => Arranged) | undefined {
  const links: Link[] = []
  for (const [from, name] of fields.entries()) {
    const field = entity.fields.get(name)
    const reference = field?.foreignKey
    const to = reference?.entity === entity.name ? fields.indexOf(reference.field) : -1
    if (to >= 0) links.push({ from, to, nullable: field?.nullable === true })
  }
  return links.length === 0 ? undefined : (rows) => (rows.length < 2 ? { rows, late: [] } : arranged(rows, links))
}

function arranged(rows: readonly Row[], links: readonly Link[]): Arranged {
  const owners = links.map(({ to }) => new Map(rows.map((row, i) => [row[to] ?? null, i])))
  /** The row that the link of a row leads to, if it is one of these and another one. */
  const ownerOf = (at: number, n: number): number | undefined => {
    const value = rows[at]?.[(links[n] as Link).from] ?? null
    const owner = value === null ? undefined : (owners[n] as Map<Value, number>).get(value)
    return owner === at ? undefined : owner
  }
  const order = sorted(
    rows.length,
    links.map((_, n) => (at: number) => ownerOf(at, n)),
  )
  const place = new Map(order.map((row, i) => [row, i]))
  const late: { row: number; position: number }[] = []
  for (const [row, at] of order.entries()) {
    for (const [n, { from, nullable }] of links.entries()) {
      const owner = ownerOf(at, n)
      if (nullable && owner !== undefined && (place.get(owner) as number) > row) late.push({ row, position: from })
    }
  }
  return { rows: order.map((at) => rows[at] as Row), late }
}

/** Each behind those that it leads to, but for rings. Without recursion: a chain may be as long as there are rows. */
function sorted(count: number, ways: readonly ((at: number) => number | undefined)[]): readonly number[] {
  const done: number[] = []
  const seen = new Set<number>()
  const placed = new Set<number>()
  for (let start = 0; start < count; start++) {
    const stack = [start]
    while (stack.length > 0) {
      const at = stack.at(-1) as number
      const ahead = seen.has(at) ? [] : ways.flatMap((way) => way(at) ?? []).filter((next) => !seen.has(next))
      seen.add(at)
      if (ahead.length > 0) {
        stack.push(...ahead)
        continue
      }
      stack.pop()
      if (!placed.has(at)) done.push(at)
      placed.add(at)
    }
  }
  return done
}
