/** Updates one row: predicate in the statement, check of the row after in the same transaction. Must not know SQL. */
import { ConstraintError } from '../../adapter/adapter.ts'
import type { PermitGroup, UpdatePlan } from '../../policy/plan/plan.ts'
import type { Predicate } from '../../query/ast.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import type { Member, Row } from '../shape.ts'
import { clashing, type NewValues } from './clash.ts'
import { refusing } from './conflict.ts'
import { aboutRows, rulesFirst } from './foreknow.ts'
import { mayHold } from './foresee.ts'
import { locate, refusal, whyMissed } from './locate.ts'
import { checkReferences, type References } from './references.ts'
import { presetValue } from './rows.ts'
import { checkScripts } from './scripts.ts'
import { keyText, outside, shown, type Verified, verifyRows } from './verify.ts'

type Write = UpdatePlan['writes'][number]

class Refused extends Error {}

/** The row as the caller may read it after the change. */
export async function update(plan: UpdatePlan, params: readonly Value[], running: Running): Promise<Member> {
  checkChanges(plan, params)
  return running.atomically('write', (inside) => refusing(plan.entity, inside, () => updateInside(plan, params, inside)))
}

export async function updateInside(plan: UpdatePlan, params: readonly Value[], running: Running): Promise<Member> {
  const { entity } = plan
  const [only] = plan.writes
  if (plan.direct !== undefined && only !== undefined && promising(plan, only.group, [true], params, running)) {
    const key = plan.direct.map((index) => params[index] as Value)
    return write(plan, only, key, [true], params, running)
  }
  const [row] = await locate(plan.locate, params, running)
  const refused = refusal(row, entity.name, 'update')
  if (refused !== undefined || row === undefined) throw plan.writes.length === 0 && row?.seen === true ? outside(entity.name, 'update') : refused
  for (const each of plan.writes) {
    if (!each.group.permits.some((i) => row.holds[i] === true)) continue
    try {
      return await running.attempt(() => write(plan, each, row.key, row.holds, params, running))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
  throw outside(entity.name, 'update')
}

async function write(
  plan: UpdatePlan,
  each: Write,
  key: Row,
  before: readonly boolean[],
  params: readonly Value[],
  running: Running,
): Promise<Member> {
  const { entity } = plan
  await checkReferences(plan.references, changesOf(plan, params), params, running, false)
  if (!promising(plan, each.group, before, params, running)) throw failed(plan)
  const change = () =>
    clashing(
      plan.uniques,
      () => newValues(plan, params, running),
      key,
      params,
      running,
      async () => running.run(each.query, params),
    )
  const { affected } = await withReferences(plan, params, running, () => judged(plan, each, key, before, params, running, change))
  if (affected === 0) throw await whyMissed(plan.locate, entity.name, 'update', params, running)
  const verified = (await verifyRows(plan.verify, [key], params, running, () => 'data')).get(keyText(key)) as Verified
  if (!each.group.permits.some((i) => before[i] === true && verified.holds[i] === true)) throw failed(plan)
  return (await shown(plan.verify, [verified.row], params, running))[0] as Member
}

/** Where a unique refuses the write, what the check would say of it comes first. */
function judged<T>(
  plan: UpdatePlan,
  { group, foreknown }: Write,
  key: Row,
  before: readonly boolean[],
  params: readonly Value[],
  running: Running,
  work: () => Promise<T>,
): Promise<T> {
  return rulesFirst(foreknown, work, async (known) => {
    const holds = (await aboutRows(known, [key], valuesOf(plan, group, params, running), params, running)).get(keyText(key))
    return holds === undefined || group.permits.some((i) => before[i] === true && holds[i] === true) ? undefined : failed(plan)
  })
}

const failed = ({ writes, entity }: UpdatePlan): Error => (writes.length > 1 ? new Refused() : outside(entity.name, 'update'))

type Changing = Pick<UpdatePlan, 'entity' | 'changes'> & { readonly verify?: UpdatePlan['verify'] }

/** The new value of a field, as far as the call or the group gives one. */
function given(
  { entity, changes }: Changing,
  presets: PermitGroup['presets'],
  params: readonly Value[],
  running: Running,
): (name: string) => Value | undefined {
  return (name) => {
    const change = changes.find((c) => c.field === name)
    const [preset, field] = [presets.get(name), entity.fields.get(name)]
    if (change !== undefined) return params[change.param]
    return preset === undefined || field === undefined ? undefined : presetValue(preset, field, running)
  }
}

export function valuesOf(plan: Changing, { presets }: PermitGroup, params: readonly Value[], running: Running): (name: string) => Value {
  const value = given(plan, presets, params, running)
  return (name) => value(name) ?? null
}

/** Can the check of one of the group's permits that hold `before` hold after what the call and the group set? */
export function promising(
  { entity, changes, verify }: Changing,
  { permits, presets }: PermitGroup,
  before: readonly boolean[],
  params: readonly Value[],
  running: Running,
): boolean {
  const row = { entity, session: running.values, value: given({ entity, changes }, presets, params, running) }
  return permits.some((i) => before[i] === true && (verify === undefined || mayHold(verify.conditions[i] as Predicate, row)))
}

/** What the row gets, and the tenant that it has. */
async function newValues(plan: UpdatePlan, params: readonly Value[], running: Running): Promise<readonly NewValues[]> {
  const [row] = await locate(plan.locate, params, running)
  return [
    (name) => {
      const change = plan.changes.find((c) => c.field === name)
      if (change !== undefined) return params[change.param]
      return name === plan.entity.tenant ? row?.value(name) : undefined
    },
  ]
}

/** The scripts among the values that a change gives. What they are allowed by the row is asked of the row after it. */
export function checkChanges({ entity, changes }: Pick<UpdatePlan, 'entity' | 'changes'>, params: readonly Value[]): void {
  const given = (name: string) => {
    const change = changes.find((c) => c.field === name)
    return change === undefined ? undefined : params[change.param]
  }
  checkScripts(entity, given, 'data')
}

export function changesOf(plan: Pick<UpdatePlan, 'changes' | 'references'>, params: readonly Value[]): References {
  return new Map(plan.changes.map((c) => [c.field, [{ value: params[c.param] as Value, path: `data.${c.field}` }]]))
}

/** Where the database refuses a reference without saying which, asks again and names it. */
export async function withReferences<T>(
  plan: Pick<UpdatePlan, 'changes' | 'references'>,
  params: readonly Value[],
  running: Running,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await (plan.references.length > 0 ? running.attempt(work) : work())
  } catch (error) {
    if (error instanceof ConstraintError && error.constraint === 'reference') {
      await checkReferences(plan.references, changesOf(plan, params), params, running, true)
    }
    throw error
  }
}
