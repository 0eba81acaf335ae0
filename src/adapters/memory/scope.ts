/** What one statement carries along while it visits rows: world, arguments, deadline. Must not know what nodes mean. */
import type { RunOptions } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Args } from '../../query/ast.ts'
import type { Entity } from '../../schema/entity.ts'
import type { World } from './rows/store.ts'
import type { Row } from './rows/table.ts'

/** Rows visited between two looks at the clock. */
const stride = 256

export class Scope {
  readonly world: World
  readonly args: Args
  readonly #options: RunOptions
  readonly #known = new Map<object, unknown>()
  #visited = 0

  constructor(world: World, args: Args, options: RunOptions = {}) {
    this.world = world
    this.args = args
    this.#options = options
    refuseLate(options)
  }

  /** Called for every row visited. Throws TIMEOUT past the deadline or once the signal has fired. */
  visit(): void {
    if (++this.#visited % stride === 0) refuseLate(this.#options)
  }

  /** What `make` answers for a node of the tree, computed once in the statement: for parts that do not depend on the row. */
  once<T>(node: object, make: () => T): T {
    if (!this.#known.has(node)) this.#known.set(node, make())
    return this.#known.get(node) as T
  }
}

/** The row that fields speak of. */
export interface At {
  readonly scope: Scope
  readonly entity: Entity
  readonly row: Row
}

export function refuseLate({ deadline, signal }: RunOptions): void {
  if (signal?.aborted === true || (deadline !== undefined && performance.now() >= deadline)) throw new DBALError('TIMEOUT')
}
