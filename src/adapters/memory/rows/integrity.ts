/**
 * References hold at the end of a statement: deletes cascade, set null or are refused, changed values are followed, new references have targets.
 * In charge of what one row's change means for others; must not know queries.
 */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Value } from '../../../schema/entity.ts'
import type { Reference } from './shape.ts'
import type { Store } from './store.ts'
import { type Row, rowOf, signature, valueIn } from './table.ts'

/** A row with one state behind the other; absent before an insert and after a delete. */
export interface Replaced {
  readonly before?: Row
  readonly after?: Row
}

interface Loose {
  readonly reference: Reference
  readonly values: readonly Value[]
}

/** Settles what the replaced rows of `entity` mean for references from and to them. Throws ConstraintError. */
export function settle(store: Store, entity: string, replaced: readonly Replaced[]): void {
  const loose: Loose[] = []
  const queue = replaced.map((change) => ({ entity, ...change }))
  // What a delete changes elsewhere joins the queue, so that a long chain needs no deep recursion.
  for (const { entity: name, before, after } of queue) {
    for (const reference of store.live.references.to(name)) {
      const values = before === undefined ? [null] : tuple(before, reference.foreign)
      if (values.includes(null) || (after !== undefined && same(values, tuple(after, reference.foreign)))) continue
      if (after === undefined ? reference.onDelete === 'restrict' : fixed(store, reference)) loose.push({ reference, values })
      else if (after !== undefined && points(store, reference, values)) continue
      else
        for (const child of [...store.live.table(reference.entity).lookup(reference.local, values)])
          queue.push({ entity: reference.entity, ...follow(store, reference, child, after) })
    }
  }
  for (const change of replaced) checkTargets(store, entity, change)
  for (const { reference, values } of loose) if (dangling(store, reference, values)) throw new ConstraintError('restrict')
}

/** A key never changes under the rows that refer to it; other unique fields do. */
function fixed(store: Store, { target, foreign }: Reference): boolean {
  return store.live.table(target).entity.key.includes(foreign.at(-1) as string)
}

/** What becomes of a row whose target changed the value that the row holds, or is gone: it takes the new value; it goes too, or forgets the target. */
function follow(store: Store, reference: Reference, row: Row, target: Row | undefined): Replaced {
  store.remove(reference.entity, row)
  if (target !== undefined) {
    const { entity } = store.live.table(reference.entity)
    const after = rowOf(
      entity,
      new Map([...row, ...reference.local.map((name, i) => [name, valueIn(target, reference.foreign[i] as string)] as const)]),
    )
    store.add(reference.entity, after)
    return { before: row, after }
  }
  if (reference.onDelete === 'cascade') return { before: row }
  const { entity } = store.live.table(reference.entity)
  if (entity.fields.get(reference.field)?.nullable !== true) throw new ConstraintError('other', [reference.field])
  const after = new Map(row).set(reference.field, null)
  store.add(reference.entity, after)
  return { before: row, after }
}

/** References that a written row newly makes must lead somewhere. */
function checkTargets(store: Store, entity: string, { before, after }: Replaced): void {
  if (after === undefined) return
  for (const reference of store.live.references.from(entity)) {
    const values = tuple(after, reference.local)
    if (values.includes(null) || (before !== undefined && same(values, tuple(before, reference.local)))) continue
    if (!points(store, reference, values)) throw new ConstraintError('reference', [reference.field])
  }
}

function dangling(store: Store, reference: Reference, values: readonly Value[]): boolean {
  return any(store.live.table(reference.entity).lookup(reference.local, values)) && !points(store, reference, values)
}

function points(store: Store, reference: Reference, values: readonly Value[]): boolean {
  return any(store.live.table(reference.target).lookup(reference.foreign, values))
}

function any(rows: Iterable<Row>): boolean {
  for (const _ of rows) return true
  return false
}

function tuple(row: Row, fields: readonly string[]): readonly Value[] {
  return fields.map((name) => valueIn(row, name))
}

function same(a: readonly Value[], b: readonly Value[]): boolean {
  return signature(a) === signature(b)
}
