/**
 * What a transaction has written, so that a part of it can be undone inside: MongoDB has no savepoints.
 * In charge of writing changes and taking them back; must not know what they mean.
 */
import type { Entity } from '../../../schema/entity.ts'
import { fieldOf, membersOf } from '../compile/scope.ts'
import type { Unique } from '../model/shape.ts'
import type { Channel, Write } from '../run/channel.ts'
import { collision } from '../run/failure.ts'
import { type Change, type Document, documentOf, type Row, updateFor } from './rows.ts'
import { changesUnique, refuseTaken } from './uniques.ts'

interface Written {
  readonly entity: Entity
  /** Brings back what was before. */
  readonly undo: readonly Write[]
}

export class Ledger {
  readonly channel: Channel
  /** Documents before each batch; nothing is kept where nobody can ask for it back. */
  readonly #log: Written[] = []
  #marks = 0

  constructor(channel: Channel) {
    this.channel = channel
  }

  /** Writes the changes of rows of one entity. ConstraintError `unique`, and then nothing of them is written. */
  async apply(entity: Entity, uniques: readonly Unique[], changes: readonly Change[], condition?: Document): Promise<void> {
    await refuseTaken(this.channel, entity, uniques, changes)
    const updates = changes.filter(({ before, after }) => before !== undefined && after !== undefined)
    // Values that move from row to row would meet on their way; each row lets go of its own before the first takes another's.
    const moving = updates.length < 2 ? [] : updates.flatMap((change) => letGo(entity, uniques, change))
    const asked = moving.length > 0 ? undefined : condition
    const removed = changes.filter(({ after }) => after === undefined)
    const written = changes.filter(({ after }) => after !== undefined)
    const operations = [...removals(removed, asked), ...written.flatMap((change) => operationsFor(entity, change, asked))]
    if (this.#marks > 0) this.#log.push({ entity, undo: changes.map((change) => undoOf(entity, change)).toReversed() })
    await this.channel.write(entity, moving, true)
    const { matched, deleted } = await this.channel.write(entity, operations)
    // The snapshot says that they are all there; one that is not has met another writer.
    if (deleted === removed.length && matched === operations.filter((one) => 'updateOne' in one).length) return
    this.channel.collided = true
    throw collision(undefined)
  }

  /** Begins a part that may be undone; answers where it began. */
  mark(): number {
    this.#marks++
    return this.#log.length
  }

  /** The part that began last is over and stays. */
  release(): void {
    if (--this.#marks === 0) this.#log.length = 0
  }

  /** The part that began at `mark` is over and is undone. */
  async revert(mark: number): Promise<void> {
    this.#marks--
    while (this.#log.length > mark) {
      const { entity, undo } = this.#log.pop() as Written
      await this.#undo(entity, undo)
    }
  }

  /** Everything goes before anything comes back, so that no unique value is there twice on the way. */
  async #undo(entity: Entity, undo: readonly Write[]): Promise<void> {
    const gone = undo.flatMap((one): Write[] =>
      'replaceOne' in one ? [{ deleteOne: { filter: one.replaceOne.filter } }] : 'deleteOne' in one ? [one] : [],
    )
    const back = undo.flatMap((one): Write[] => {
      if ('replaceOne' in one) return [{ insertOne: { document: one.replaceOne.replacement } }]
      return 'insertOne' in one ? [one] : []
    })
    await this.channel.write(entity, [...gone, ...back], true)
  }
}

function letGo(entity: Entity, uniques: readonly Unique[], change: Change): Write[] {
  const names = new Set(changesUnique(uniques, change))
  if (names.size === 0) return []
  const members = [...names].flatMap((name) => membersOf(fieldOf(entity, name)))
  const unset = Object.fromEntries(members.filter((member) => member !== '_id').map((member) => [member, 1 as const]))
  return [{ updateOne: { filter: { _id: change.id }, update: { $unset: unset } } }]
}

const idsAtOnce = 10_000

function removals(removed: readonly Change[], condition: Document | undefined): Write[] {
  const writes: Write[] = []
  for (let at = 0; at < removed.length; at += idsAtOnce) {
    const ids = removed.slice(at, at + idsAtOnce).map(({ id }) => id)
    writes.push({
      deleteMany: { filter: { _id: ids.length === 1 ? ids[0] : { $in: ids }, ...(condition === undefined ? {} : { $and: [condition] }) } },
    })
  }
  return writes
}

function operationsFor(entity: Entity, { id, before, after }: Change, condition: Document | undefined): Write[] {
  const filter = condition === undefined ? { _id: id } : { _id: id, $and: [condition] }
  if (after === undefined) return []
  if (before === undefined) return [{ insertOne: { document: { _id: id, ...documentOf(entity, after) } } }]
  const update = updateFor(entity, before, after)
  return update === undefined ? [] : [{ updateOne: { filter, update } }]
}

function undoOf(entity: Entity, { id, before, after }: Change): Write {
  if (before === undefined) return { deleteOne: { filter: { _id: id } } }
  const document = { _id: id, ...documentOf(entity, before as Row) }
  return after === undefined ? { insertOne: { document } } : { replaceOne: { filter: { _id: id }, replacement: document } }
}
