/** Writes over a filter: one statement where no rule must be asked again, else keys first, then a constant number of statements per chunk. */
import { DBALError } from '../../errors/error.ts'
import type { BulkPlan, VerifyPlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { filled, type Row } from '../shape.ts'
import { refusing } from './conflict.ts'
import { aboutRows, rulesFirst } from './foreknow.ts'
import { type Located, locate } from './locate.ts'
import { checkReferences } from './references.ts'
import { changesOf, checkChanges, promising, valuesOf, withReferences } from './update.ts'
import { keyText, outside, shown, type Verified, verifyRows } from './verify.ts'

const keysPerStatement = 5_000

/** Number of rows deleted: those of the filter that the caller may read and delete. */
export function bulkDelete(plan: BulkPlan, params: readonly Value[], running: Running): Promise<Value> {
  return refusing(plan.entity, running, async () => {
    if (plan.single === undefined) throw new DBALError('INTERNAL_ERROR')
    return (await running.run(plan.single, params)).affected ?? 0
  })
}

/** Number of rows updated, or the rows as the caller may read them. */
export async function bulkUpdate(plan: BulkPlan, returning: boolean, params: readonly Value[], running: Running): Promise<Value> {
  const { single } = plan
  checkChanges(plan, params)
  if (plan.writes.length === 0) throw outside(plan.entity.name, 'updateMany')
  if (single !== undefined && plan.references.length === 0) {
    return refusing(plan.entity, running, async () => (await running.run(single, params)).affected ?? 0)
  }
  return running.atomically('write', (inside) =>
    refusing(plan.entity, inside, async () => {
      await checkReferences(plan.references, changesOf(plan, params), params, inside, false)
      if (single !== undefined) return withReferences(plan, params, inside, async () => (await inside.run(single, params)).affected ?? 0)
      const rows = await byKey(plan, await locate(plan.locate, params, inside), params, inside)
      return returning && plan.verify !== undefined ? shown(plan.verify, rows, params, inside) : rows.length
    }),
  )
}

class Refused extends Error {
  readonly failed: readonly number[]
  constructor(failed: readonly number[]) {
    super('refused')
    this.failed = failed
  }
}

/** Writes each row under the first of its permits' groups; rows whose permit does not hold afterwards go on to their next one, all the others stay. */
async function byKey(plan: BulkPlan, located: readonly Located[], params: readonly Value[], running: Running): Promise<Row[]> {
  if (located.length === 0 || plan.verify === undefined) return []
  const choices = located.map((row) => plan.writes.flatMap(({ group }, n) => (group.permits.some((i) => row.holds[i] === true) ? [n] : [])))
  const chosen = located.map(() => 0)
  const again = choices.some((choice) => choice.length > 1)
  for (;;) {
    const groups = choices.map((choice, i) => choice[chosen[i] as number] as number)
    const work = () => attempt(plan, plan.verify as VerifyPlan, located, groups, params, running)
    try {
      return await (again ? running.attempt(work) : work())
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      for (const i of error.failed) chosen[i] = (chosen[i] as number) + 1
      if (error.failed.some((i) => (chosen[i] as number) >= (choices[i]?.length ?? 0))) throw outside(plan.entity.name, 'updateMany')
    }
  }
}

/** Where a unique refuses a write, rows whose rules would refuse it come first. */
function judged<T>(
  plan: BulkPlan,
  n: number,
  located: readonly Located[],
  groups: readonly number[],
  params: readonly Value[],
  running: Running,
  work: () => Promise<T>,
): Promise<T> {
  const { group, foreknown } = plan.writes[n] as BulkPlan['writes'][number]
  return rulesFirst(foreknown, work, async (known) => {
    const mine = located.flatMap((_, i) => (groups[i] === n ? [i] : []))
    const keys = mine.map((i) => (located[i] as Located).key)
    const told = await aboutRows(known, keys, valuesOf(plan, group, params, running), params, running)
    const holds = ({ key, holds: before }: Located) => group.permits.some((p) => before[p] === true && told.get(keyText(key))?.[p] !== false)
    const failed = mine.filter((i) => !holds(located[i] as Located))
    return failed.length > 0 ? new Refused(failed) : undefined
  })
}

/** The rows as they are after each was written under its group. Throws `Refused` with the rows whose permits do not hold then. */
async function attempt(
  plan: BulkPlan,
  verify: VerifyPlan,
  located: readonly Located[],
  groups: readonly number[],
  params: readonly Value[],
  running: Running,
): Promise<Row[]> {
  const hopeless = located.flatMap((row, i) =>
    promising(plan, (plan.writes[groups[i] as number] as BulkPlan['writes'][number]).group, row.holds, params, running) ? [] : [i],
  )
  if (hopeless.length > 0) throw new Refused(hopeless)
  for (const [n, each] of plan.writes.entries()) {
    const keys = located.filter((_, i) => groups[i] === n).map((row) => row.key)
    for (let at = 0; at < keys.length; at += keysPerStatement) {
      const chunk = filled(params, each.keys, keys.slice(at, at + keysPerStatement))
      const write = async () => running.run(each.query, chunk)
      await withReferences(plan, params, running, () => judged(plan, n, located, groups, params, running, write))
    }
  }
  const found = await verifyRows(
    verify,
    located.map((row) => row.key),
    params,
    running,
    () => 'data',
  )
  const after = located.map((row) => found.get(keyText(row.key)) as Verified)
  const holds = (row: Located, i: number) =>
    plan.writes[groups[i] as number]?.group.permits.some((n) => row.holds[n] === true && after[i]?.holds[n] === true) === true
  const failed = located.flatMap((row, i) => (holds(row, i) ? [] : [i]))
  if (failed.length > 0) throw new Refused(failed)
  return after.map(({ row }) => row)
}
