/** The order of new rows where the database looks at references row by row: what is referred to first. Must not know statements. */
import type { Insert } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'

type Row = readonly Value[]

/** Positions of a field that refers to its own entity, and of the field that it refers to. */
interface Link {
  readonly from: number
  readonly to: number
}

/** The same rows; undefined where none of them can refer to another. Rows that refer to each other in a ring keep their order. */
export function referredFirst({ entity, fields }: Insert): ((rows: readonly Row[]) => readonly Row[]) | undefined {
  const links: Link[] = []
  for (const [from, name] of fields.entries()) {
    const reference = entity.fields.get(name)?.foreignKey
    const to = reference?.entity === entity.name ? fields.indexOf(reference.field) : -1
    if (to >= 0) links.push({ from, to })
  }
  return links.length === 0 ? undefined : (rows) => (rows.length < 2 ? rows : sorted(rows, links))
}

function sorted(rows: readonly Row[], links: readonly Link[]): readonly Row[] {
  const owners = links.map(({ to }) => new Map(rows.map((row, i) => [row[to], i])))
  const done: Row[] = []
  const seen = new Set<number>()
  const placed = new Set<number>()
  for (let i = 0; i < rows.length; i++) visit(i)
  return done

  /** Without recursion: a chain may be as long as there are rows. */
  function visit(start: number): void {
    const way = [start]
    while (way.length > 0) {
      const at = way.at(-1) as number
      const next = seen.has(at) ? undefined : ahead(at)
      seen.add(at)
      if (next !== undefined && next.length > 0) {
        way.push(...next)
        continue
      }
      way.pop()
      if (!placed.has(at)) done.push(rows[at] as Row)
      placed.add(at)
    }
  }

  function ahead(at: number): number[] {
    return links.flatMap(({ from }, n) => {
      const value = rows[at]?.[from] ?? null
      const owner = value === null ? undefined : (owners[n] as Map<Value, number>).get(value)
      return owner === undefined || owner === at || seen.has(owner) ? [] : [owner]
    })
  }
}
