/**
 * The contract (sections 5 and 6) read literally: plain loops over plain rows, nothing remembered, nothing clever.
 * In charge of what a caller must get; shares no code with src/policy's plans or rights, nor with any adapter.
 */
import type { Principal } from '../../../src/policy/principal.ts'
import type { Entity, Value } from '../../../src/schema/entity.ts'
import type { CallSpec } from '../program/spec.ts'
import { type Options, Refusal } from './ask.ts'
import { aggregate, count, list, read } from './reads.ts'
import { type Ground, Sight } from './sight.ts'
import { answer, atomically, create, remove, removeMany, update, updateMany, upsert } from './writes.ts'

export { Refusal } from './ask.ts'
export { Ground, Sight } from './sight.ts'

/** The answer, or throws `Refusal` with the codes that may be given; the ground's tables are as they must be afterwards. */
export function answerTo(ground: Ground, who: Principal, call: CallSpec): Value {
  if (call.method !== 'transaction') return one(ground, who, call)
  const { tables } = ground
  const done: Value[] = []
  try {
    for (const step of call.params[0] as unknown as readonly CallSpec[]) done.push(one(ground, who, step))
    return done
  } catch (error) {
    ground.tables = tables
    throw error
  }
}

function one(ground: Ground, who: Principal, { method, params, pages }: Omit<CallSpec, 'who'>): Value {
  const entity = ground.schema.entities.get(String(params[0])) as Entity
  const sight = new Sight(ground, who, entity, method)
  const allowed = method === 'upsert' ? ['create', 'update'].every((name) => sight.other(entity, name).allowed) : sight.allowed
  if (!allowed) throw new Refusal(who.kind === 'public' ? 'UNAUTHORIZED' : 'FORBIDDEN')
  return atomically(sight, () => perform(sight, method, params.slice(1) as readonly Value[], pages))
}

function perform(sight: Sight, method: string, [first, second, third]: readonly Value[], pages: number | undefined): Value {
  const [one, two, three] = [(first ?? {}) as Options, (second ?? {}) as Options, (third ?? {}) as Options]
  switch (method) {
    case 'read':
      return read(sight, first, two)
    case 'list':
      return list(sight, one, one['search'] ?? undefined, pages)
    case 'search':
      return list(sight, two, first, undefined)
    case 'count':
      return count(sight, one)
    case 'aggregate':
      return aggregate(sight, one)
    case 'create': {
      const show = answer(sight, two)
      return show(create(sight, [one])[0] as Options as never)
    }
    case 'createMany': {
      const show = answer(sight, {})
      const rows = create(sight, first as unknown as readonly Options[])
      return two['returning'] === true ? rows.map(show) : rows.length
    }
    case 'update':
      return update(sight, first, two, three)
    case 'updateMany':
      return updateMany(sight, first, two, three)
    case 'delete':
      return remove(sight, first, two)
    case 'deleteMany':
      return removeMany(sight, first, two)
    case 'upsert':
      return upsert(sight, one)
    default:
      throw new TypeError(`The reference does not know '${method}'`)
  }
}
