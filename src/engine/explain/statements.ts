/** The statements of a plan, in the words of their database. In charge of finding and asking for them; must not know SQL. */
import type { Described } from '../../adapter/adapter.ts'
import type { Plan } from '../../policy/plan/plan.ts'
import type { Query } from '../../query/ast.ts'
import { type Authorized, isAuthorized } from '../../query/authorized.ts'
import { printPredicate } from '../../query/print.ts'
import type { Value } from '../../schema/entity.ts'
import type { Running } from '../running.ts'

/** `[{part, kind, entity, where, text, plan}]`; text and plan are absent where the adapter has none. */
export async function statementsOf(plan: Plan, params: readonly Value[], caller: Running): Promise<Value> {
  const out: Value[] = []
  for (const { part, query } of queriesOf(plan)) {
    const told = await toldOf(query, params, caller)
    out.push({
      part,
      kind: query.kind,
      entity: query.entity.name,
      ...('where' in query ? { where: printPredicate(query.where) } : {}),
      ...(told === undefined ? {} : { text: told.text, plan: [...told.plan] }),
    })
  }
  return out
}

/** Every authorised query of the plan, by the members that lead to it. */
function queriesOf(plan: Plan): { readonly part: string; readonly query: Authorized<Query> }[] {
  const found: { part: string; query: Authorized<Query> }[] = []
  const met = new Set<object>()
  const walk = (node: unknown, path: readonly string[]): void => {
    if (typeof node !== 'object' || node === null || node instanceof Map || node instanceof Set || met.has(node)) return
    met.add(node)
    if (isAuthorized(node)) found.push({ part: path.join('.'), query: node })
    else for (const [name, member] of Object.entries(node)) if (name !== 'entity' && name !== 'operation') walk(member, [...path, name])
  }
  walk(plan, [])
  return found
}

async function toldOf(
  query: Authorized<Query>,
  params: readonly Value[],
  { services: { adapter }, values, options }: Running,
): Promise<Described | undefined> {
  if (adapter.describe === undefined) return undefined
  const rows = query.kind === 'insert' ? { rows: [query.fields.map(() => null)] } : {}
  return adapter.describe(query, { params, session: values, ...rows }, options)
}
