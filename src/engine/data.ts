/** Stages 2 to 7 for a call that reads or writes rows. In charge of their order; must not know doors or how a stage works. */
import { DBALError } from '../errors/error.ts'
import type { Plan } from '../policy/plan/plan.ts'
import type { Rights } from '../policy/rights.ts'
import { crudNames } from '../schema/crud.ts'
import type { Value } from '../schema/entity.ts'
import { codeFields, loadParser } from '../script/check.ts'
import { type Meant, permitted, prepare } from './prepare.ts'
import { eventOf } from './record.ts'
import { once } from './replay.ts'
import { isSerial, run, writes } from './run.ts'
import type { Running } from './running.ts'
import { changed, type Scene } from './scene.ts'

/** Methods that read or write rows of an entity. */
export const dataMethods: ReadonlySet<string> = new Set([...crudNames, 'call'])

/** Stages 2 to 7 for one data call. Alone, or as a step of a transaction (then `running` is inside it). */
export async function data(scene: Scene, running: Running, method: string, params: unknown): Promise<Value> {
  const { services, world, call, note } = scene
  const { entity, named } = ask(scene, running, method, params)
  const bound = prepare(services, world, running.rights, method, named)
  const { plan } = bound.prepared
  note.writes = writes(plan)
  if (!note.writes) return run(plan, bound.params, running, bound.named)
  const intent = entity.internal || note.intended === true ? undefined : services.sink.intent(eventOf(services, world, call, scene.who, note))
  note.intended = true
  if (intent !== undefined) await intent
  if (codeFields(entity).length > 0) await loadParser()
  try {
    return await once(scene, isSerial(plan) ? running.serially() : running, (inside) => run(plan, bound.params, inside, bound.named))
  } catch (error) {
    throw withReason(error, plan, running.rights)
  } finally {
    // Also after a failure: one whose outcome is unknown may have written.
    if (!running.inTransaction) changed(scene, entity.name)
  }
}

/** A row that no rule permits is refused with what the rules say in public, as the operation itself would be. */
export function withReason(error: unknown, { entity, operation }: Plan, rights: Rights): unknown {
  if (!(error instanceof DBALError) || error.code !== 'FORBIDDEN' || error.details['entity'] !== entity.name) return error
  const branch = error.details['operation']
  const { reason } = rights.grant(entity, operation.kind === 'upsert' && typeof branch === 'string' ? branch : operation.name)
  return reason === undefined ? error : new DBALError('FORBIDDEN', { ...error.details, reason }, { cause: error })
}

/** May the role call this at all? The answer is counted either way, and what was asked is noted before it. */
function ask({ services, world, note }: Scene, running: Running, method: string, params: unknown): Meant {
  let allowed = false
  try {
    const meant = permitted(world, running.rights, method, params, ({ entity, operation, named }) => {
      note.entity = entity.name
      note.operation = operation.name
      if (typeof named['id'] === 'string') note.entityId = named['id'].slice(0, 128)
    })
    allowed = true
    return meant
  } finally {
    if (allowed || note.entity !== undefined) services.observe({ kind: 'aclCheck', allowed })
  }
}
