/** What a call would be answered, found by making it and taking it back. In charge of that; must not explain it. */
import type { Entity, Value } from '../../schema/entity.ts'
import { codeFields, loadParser } from '../../script/check.ts'
import { withReason } from '../data.ts'
import { permitted, prepare } from '../prepare.ts'
import { run, writes } from '../run.ts'
import type { Running } from '../running.ts'
import { publicError } from '../scene.ts'
import type { Prepared } from '../world.ts'
import { undone } from './undo.ts'

export interface Outcome {
  readonly told: { readonly [name: string]: Value }
  /** The plan and its params, where the call came so far. */
  readonly prepared?: Prepared
  readonly params: readonly Value[]
}

/** `{ok: true}` or `{ok: false, error}`; rows that the caller would see are not told. Attempts at passwords are not made. */
export async function outcomeOf(method: string, asked: unknown, entity: Entity, caller: Running): Promise<Outcome> {
  const { services, world, rights } = caller
  let prepared: Prepared | undefined
  let params: readonly Value[] = []
  try {
    const { named } = permitted(world, rights, method, asked)
    const bound = prepare(services, world, rights, method, named)
    prepared = bound.prepared
    params = bound.params
    const { plan } = prepared
    if (plan.kind === 'setSecret' || plan.kind === 'verifySecret') return { told: { ok: true }, prepared, params }
    if (codeFields(entity).length > 0) await loadParser()
    const made = (running: Running) => run(plan, bound.params, running, named)
    const result = writes(plan) ? await undone(caller, made) : await made(caller)
    return { told: { ok: true, ...countOf(result) }, prepared, params }
  } catch (error) {
    const { requestId: _, ...told } = publicError(prepared === undefined ? error : withReason(error, prepared.plan, rights), '').toPublic()
    return { told: { ok: false, error: JSON.parse(JSON.stringify(told)) as Value }, params, ...(prepared === undefined ? {} : { prepared }) }
  }
}

/** How many rows a page has, of how many. */
function countOf(result: Value): { readonly [name: string]: Value } {
  if (typeof result === 'number') return { count: result }
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {}
  const { data, total } = result as { readonly data?: Value; readonly total?: Value }
  return Array.isArray(data) ? { rows: data.length, ...(typeof total === 'number' ? { total } : {}) } : {}
}
