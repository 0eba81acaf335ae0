/** What a call would be answered, found by making it and taking it back. In charge of that; must not explain it. */
import { DBALError } from '../../errors/error.ts'
import type { Value } from '../../schema/entity.ts'
import { codeFields, loadParser } from '../../script/check.ts'
import { withReason } from '../data.ts'
import { type Bound, permitted, prepare } from '../prepare.ts'
import { run, writes } from '../run.ts'
import type { Running } from '../running.ts'
import { publicError } from '../scene.ts'
import { undone } from './undo.ts'

type Told = { readonly [name: string]: Value }

/** The call as `running` would make it, or what refuses it before any row is asked. */
export function boundFor(method: string, asked: unknown, { services, world, rights }: Running): Bound | DBALError {
  try {
    const { named } = permitted(world, rights, method, asked)
    return prepare(services, world, rights, method, named)
  } catch (error) {
    if (error instanceof DBALError) return error
    throw error
  }
}

/** `{ok: true}` or `{ok: false, error}`; rows that the caller would see are not told. Attempts at passwords are not made. */
export async function outcomeOf(bound: Bound | DBALError, caller: Running): Promise<Told> {
  if (bound instanceof DBALError) return refusal(bound)
  const { prepared, params, named } = bound
  const { plan } = prepared
  if (plan.kind === 'setSecret' || plan.kind === 'verifySecret') return { ok: true }
  try {
    if (codeFields(plan.entity).length > 0) await loadParser()
    const made = (running: Running) => run(plan, params, running, named)
    return { ok: true, ...countOf(writes(plan) ? await undone(caller, made) : await made(caller)) }
  } catch (error) {
    return refusal(withReason(error, plan, caller.rights))
  }
}

function refusal(error: unknown): Told {
  const { requestId: _, ...told } = publicError(error, '').toPublic()
  return { ok: false, error: JSON.parse(JSON.stringify(told)) as Value }
}

/** How many rows a page has, of how many. */
function countOf(result: Value): Told {
  if (typeof result === 'number') return { count: result }
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {}
  const { data, total } = result as { readonly data?: Value; readonly total?: Value }
  return Array.isArray(data) ? { rows: data.length, ...(typeof total === 'number' ? { total } : {}) } : {}
}
