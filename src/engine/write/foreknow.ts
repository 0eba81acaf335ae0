/** Asks whether checks would hold for a row that the database would not take. In charge of asking; must not know what a check is. */
import { ConstraintError } from '../../adapter/adapter.ts'
import type { ForeknownPlan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'
import { filled, type Row } from '../shape.ts'
import { keyText } from './verify.ts'

/** Runs a write. A unique value that is taken is told to whom a rule lets the row become so: where a unique refuses, `refusal` by a rule comes first. */
export async function rulesFirst<T>(
  plan: ForeknownPlan | undefined,
  work: () => Promise<T>,
  refusal: (plan: ForeknownPlan) => Promise<Error | undefined>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (plan === undefined || !(error instanceof ConstraintError) || error.constraint !== 'unique') throw error
    throw (await refusal(plan)) ?? error
  }
}

/** Per permit of a new row of these values: would its check hold? Rows whose values agree where it matters are asked about once. */
export function aboutNew(
  plan: ForeknownPlan,
  params: readonly Value[],
  running: Running,
): (value: (field: string) => Value) => Promise<readonly boolean[]> {
  const known = new Map<string, Promise<readonly boolean[]>>()
  return (value) => {
    const id = JSON.stringify([...plan.values.keys()].map(value))
    const answer = known.get(id) ?? ask(plan, value, params, running).then(([first]) => first?.holds ?? [])
    known.set(id, answer)
    return answer
  }
}

/** The same of rows that are there, and would get these values: by the text of their key. */
export async function aboutRows(
  plan: ForeknownPlan,
  keys: readonly Row[],
  value: (field: string) => Value,
  params: readonly Value[],
  running: Running,
): Promise<ReadonlyMap<string, readonly boolean[]>> {
  const with_ = plan.keys === undefined ? params : filled(params, plan.keys, keys)
  return new Map((await ask(plan, value, with_, running)).map(({ key, holds }) => [key, holds]))
}

async function ask(plan: ForeknownPlan, value: (field: string) => Value, params: readonly Value[], running: Running) {
  const asked = params.slice()
  for (const [name, index] of plan.values) asked[index] = value(name)
  const { rows } = await running.run(plan.query, asked)
  return rows.map((row) => ({ key: keyText(row.slice(0, plan.probesAt)), holds: row.slice(plan.probesAt).map((truth) => truth === true) }))
}
