/** Names of keys, uniques and references, and what they are of: drivers of Prisma tell little more. In charge of that list; must not know errors. */
import type { Catalog } from '../../catalog/catalog.ts'

export interface Named {
  readonly table: string
  readonly columns: readonly string[]
}

export class Names {
  #known: ReadonlyMap<string, readonly Named[]> = new Map()

  learn({ tables }: Pick<Catalog, 'tables'>): void {
    const known = new Map<string, Named[]>()
    for (const { name: table, key, uniques, references } of tables) {
      for (const { name, columns } of [...(key === undefined ? [] : [key]), ...uniques, ...references]) {
        if (name === undefined) continue
        const named = { table, columns: columns.flatMap((column) => column ?? []) }
        known.set(name, [...(known.get(name) ?? []), named])
      }
    }
    this.#known = known
  }

  /** Of that table, or the only one of that name. */
  of(name: string, table?: string): Named | undefined {
    const found = this.#known.get(name) ?? []
    return found.find((named) => named.table === table) ?? (found.length === 1 ? found[0] : undefined)
  }
}
