/**
 * All rows, with an undo log and snapshots. In charge of what is committed and what is not yet; must not know queries or who waits for whom.
 * One writer at a time changes the live world in place. Whoever looks at the committed state keeps looking at it:
 * before the first change of a writer its world is copied, and a log undone on a copy gives the state before a writer.
 */
import { DBALError } from '../../../errors/error.ts'
import type { Entity } from '../../../schema/entity.ts'
import type { References } from './shape.ts'
import type { Row, Table } from './table.ts'

/** A state of all rows, to read. */
export class World {
  readonly tables: ReadonlyMap<string, Table>
  readonly references: References

  constructor(tables: ReadonlyMap<string, Table>, references: References) {
    this.tables = tables
    this.references = references
  }

  table(entity: Entity | string): Table {
    const name = typeof entity === 'string' ? entity : entity.name
    const table = this.tables.get(name)
    if (table === undefined) throw new DBALError('DATABASE_ERROR', { hint: 'Call prepare with the schema first' })
    return table
  }

  clone(): World {
    return new World(new Map([...this.tables].map(([name, table]) => [name, table.clone()])), this.references)
  }
}

/** The committed state at one moment, for as long as the holder needs it. */
export interface Snapshot {
  readonly world: World
  release(): void
}

interface Change {
  readonly entity: string
  readonly row: Row
  readonly added: boolean
}

export class Store {
  #live: World
  /** What the writer did since the last commit. */
  readonly #log: Change[] = []
  /** The committed state, once somebody has needed it beside the writer's. */
  #base: World | undefined
  /** Snapshots that still look at the live world. */
  readonly #attached = new Set<{ world: World }>()

  constructor(world: World) {
    this.#live = world
  }

  /** With the writer's changes. */
  get live(): World {
    return this.#live
  }

  get committed(): World {
    if (this.#log.length === 0) return this.#live
    this.#base ??= this.#before()
    return this.#base
  }

  #before(): World {
    const copy = this.#live.clone()
    for (const change of this.#log.toReversed()) undo(copy, change)
    return copy
  }

  snapshot(): Snapshot {
    const holder = { world: this.committed, release: () => void this.#attached.delete(holder) }
    if (holder.world === this.#live) this.#attached.add(holder)
    return holder
  }

  /** Throws ConstraintError `unique`. */
  add(entity: string, row: Row): void {
    this.#detach()
    this.#live.table(entity).add(row)
    this.#log.push({ entity, row, added: true })
  }

  remove(entity: string, row: Row): void {
    this.#detach()
    this.#live.table(entity).remove(row)
    this.#log.push({ entity, row, added: false })
  }

  #detach(): void {
    if (this.#log.length > 0 || this.#attached.size === 0) return
    this.#base = this.#live.clone()
    for (const holder of this.#attached) holder.world = this.#base
    this.#attached.clear()
  }

  /** All that `work` did, or nothing. */
  atomically<T>(work: () => T): T {
    const mark = this.mark()
    try {
      return work()
    } catch (error) {
      this.revert(mark)
      throw error
    }
  }

  mark(): number {
    return this.#log.length
  }

  revert(mark: number): void {
    while (this.#log.length > mark) undo(this.#live, this.#log.pop() as Change)
  }

  commit(): void {
    this.#log.length = 0
    this.#base = undefined
  }

  /** Takes another world in place of the live one; whoever holds a snapshot keeps the old. */
  replace(world: World): void {
    this.#attached.clear()
    this.#live = world
  }
}

function undo(world: World, change: Change): void {
  const table = world.table(change.entity)
  if (change.added) table.remove(change.row)
  else table.add(change.row)
}
