/**
 * References hold at the end of a statement: deletes cascade, set null or are refused, changed values are followed, new references
 * have targets. In charge of what changed rows mean for others, set by set; must not know queries.
 */
import { ConstraintError } from '../../../adapter/adapter.ts'
import type { Value } from '../../../schema/entity.ts'
import { fieldOf, memberOf, touched } from '../compile/scope.ts'
import type { Reference, Shape } from '../model/shape.ts'
import { decode } from '../values/form.ts'
import type { Ledger } from './ledger.ts'
import { type Change, type Row, rowFrom, rowOf, signature, tupleOf } from './rows.ts'
import { tupleCondition } from './uniques.ts'

type Tuple = readonly Value[]

interface Loose {
  readonly reference: Reference
  readonly tuples: readonly Tuple[]
}

/** Settles what the changes of rows of one entity mean for references from and to them. Throws ConstraintError. */
export async function settle(ledger: Ledger, shape: Shape, entity: Reference['entity'], changes: readonly Change[]): Promise<void> {
  const loose: Loose[] = []
  const queue = [{ entity, changes }]
  // What a delete changes elsewhere joins the queue, so that a long chain needs no deep recursion.
  for (const each of queue) {
    for (const reference of shape.to(each.entity)) {
      const next = await follow(ledger, shape, reference, each.changes, loose)
      if (next.length > 0) queue.push({ entity: reference.entity, changes: next })
    }
  }
  for (const reference of shape.from(entity)) await checkTargets(ledger, reference, changes)
  for (const { reference, tuples } of loose) if (await dangling(ledger, reference, tuples)) throw new ConstraintError('restrict')
}

/** What becomes of rows whose target changed the value that they hold, or is gone: they take the new value; they go too, or forget the target. */
async function follow(ledger: Ledger, shape: Shape, reference: Reference, changes: readonly Change[], loose: Loose[]): Promise<Change[]> {
  const { foreign, target, onDelete } = reference
  const moved = changes.filter(({ before, after }) => {
    const mark = before === undefined ? undefined : signature(tupleOf(before, foreign))
    return mark !== undefined && (after === undefined || mark !== signature(tupleOf(after, foreign)))
  })
  if (moved.length === 0) return []
  // A key never changes under the rows that refer to it; other unique fields do.
  const fixed = target.key.includes(foreign.at(-1) as string)
  const refused = moved.filter(({ after }) => (after === undefined ? onDelete === 'restrict' : fixed))
  if (refused.length > 0) loose.push({ reference, tuples: refused.map(({ before }) => tupleOf(before as Row, foreign)) })
  const followed = moved.filter((change) => !refused.includes(change))
  if (followed.length === 0) return []
  const kept = await existing(
    ledger,
    reference,
    followed.filter(({ after }) => after !== undefined).map(({ before }) => tupleOf(before as Row, foreign)),
  )
  const targets = new Map(followed.map((change) => [signature(tupleOf(change.before as Row, foreign)) as string, change]))
  for (const mark of kept) targets.delete(mark)
  const tuples = [...targets.values()].map(({ before }) => tupleOf(before as Row, foreign))
  if (tuples.length === 0) return []
  const found = await ledger.channel.find(reference.entity.table, [{ $match: tupleCondition(reference.entity, reference.local, tuples) }])
  const next = found.map((document) => {
    const before = rowFrom(reference.entity, document)
    const { after } = targets.get(signature(tupleOf(before, reference.local)) as string) as Change
    return changed(reference, document['_id'], before, after)
  })
  await ledger.apply(reference.entity, shape.uniques(reference.entity), next)
  return next
}

function changed(reference: Reference, id: unknown, before: Row, target: Row | undefined): Change {
  const { entity, local, foreign, field, onDelete } = reference
  if (target !== undefined) {
    const values = tupleOf(target, foreign)
    return { id, before, after: rowOf(entity, new Map([...before, ...local.map((name, i) => [name, values[i] as Value] as const)])) }
  }
  if (onDelete === 'cascade') return { id, before }
  if (fieldOf(entity, field).nullable !== true) throw new ConstraintError('other', [field])
  return { id, before, after: new Map(before).set(field, null) }
}

/** Marks of the tuples that a row of the target has. */
async function existing(ledger: Ledger, { target, foreign }: Reference, tuples: readonly Tuple[]): Promise<ReadonlySet<string>> {
  if (tuples.length === 0) return new Set()
  const fields = foreign.map((name) => fieldOf(target, name))
  const shown = Object.fromEntries(fields.map((field) => [memberOf(field), 1 as const]))
  const found = await ledger.channel.find(target.table, [{ $match: tupleCondition(target, foreign, tuples) }, { $project: shown }])
  return new Set(
    found.map((document) => signature(fields.map((field) => decode(field, document[memberOf(field)])))).filter((mark) => mark !== undefined),
  )
}

/**
 * References that written rows newly make must lead somewhere. Each target is touched, so that whoever removes it at the same time
 * collides with this transaction: a snapshot alone would let both succeed.
 */
async function checkTargets(ledger: Ledger, reference: Reference, changes: readonly Change[]): Promise<void> {
  const tuples = new Map<string, Tuple>()
  for (const { before, after } of changes) {
    const mark = after === undefined ? undefined : signature(tupleOf(after, reference.local))
    if (mark === undefined || (before !== undefined && mark === signature(tupleOf(before, reference.local)))) continue
    tuples.set(mark, tupleOf(after as Row, reference.local))
  }
  if (tuples.size === 0) return
  const { target, foreign, field } = reference
  const filter = tupleCondition(target, foreign, [...tuples.values()])
  const { matched } = await ledger.channel.write(
    target,
    [{ updateMany: { filter, update: { $inc: { [touched]: 1 } as Record<string, number> } } }],
    true,
  )
  if (matched >= tuples.size) return
  throw new ConstraintError('reference', [field])
}

async function dangling(ledger: Ledger, reference: Reference, tuples: readonly Tuple[]): Promise<boolean> {
  const { entity, local } = reference
  const fields = local.map((name) => fieldOf(entity, name))
  const shown = Object.fromEntries(fields.map((field) => [memberOf(field), 1 as const]))
  const found = await ledger.channel.find(entity.table, [{ $match: tupleCondition(entity, local, tuples) }, { $project: shown }])
  if (found.length === 0) return false
  const held = found.map((document) => fields.map((field) => decode(field, document[memberOf(field)])))
  const kept = await existing(ledger, reference, held)
  return held.some((tuple) => !kept.has(signature(tuple) as string))
}
