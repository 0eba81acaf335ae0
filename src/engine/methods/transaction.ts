/** Several calls as one: each passes the whole pipeline, all of them commit or none. In charge of references between steps. */
import { DBALError, invalid } from '../../errors/error.ts'
import { stepsIn } from '../../protocol/steps.ts'
import type { Value } from '../../schema/entity.ts'
import { admit } from '../admit.ts'
import { assertCapable } from '../capable.ts'
import { data, dataMethods } from '../data.ts'
import { eventOf, type Note } from '../record.ts'
import { once } from '../replay.ts'
import type { Running } from '../running.ts'
import { changed, publicError, type Scene } from '../scene.ts'

/** Steps in one transaction; each is charged to the caller's limits. */
const maxSteps = 100
const maxDepth = 64
/** Contract 7: `$steps[0].id` inside params refers to an earlier result. Only a whole string is a reference. */
const reference = /^\$steps\[(\d{1,3})\]((?:\.[A-Za-z_$][\w$]*|\.\d{1,6}|\[\d{1,6}\])*)$/

interface Step {
  readonly method: string
  readonly params: unknown
}

export async function transact(scene: Scene, running: Running): Promise<Value> {
  const steps = stepsOf(stepsIn(scene.call.params))
  assertCapable(scene.services.adapter.capabilities, ['transactions'])
  if (steps.length > 1) admit(scene.services, scene.call, scene.who, steps.length - 1)
  const notes: Note[] = []
  const work = async (inside: Running): Promise<Value> => {
    const done: Value[] = []
    for (const [i, step] of steps.entries()) {
      // A database that saw writers collide runs the whole once more; what is noted of a step is noted once.
      const note: Note = notes[i] ?? { operation: step.method }
      notes[i] = note
      done.push(await perform({ ...scene, note }, inside, step, i, done))
    }
    return done
  }
  try {
    const results = await once(scene, running.serially(), (outer) => outer.atomically('write', work))
    await recordSteps(scene, notes)
    return results
  } finally {
    for (const { entity } of notes) if (entity !== undefined) changed(scene, entity)
  }
}

async function perform(scene: Scene, running: Running, step: Step, index: number, done: readonly Value[]): Promise<Value> {
  try {
    return await data(scene, running, step.method, resolve(step.params, done, 0))
  } catch (cause) {
    const error = publicError(cause, scene.call.requestId)
    throw new DBALError(error.code, { ...error.details, step: index }, { message: error.message, cause: error.cause ?? error })
  }
}

function stepsOf(raw: unknown): readonly Step[] {
  if (!Array.isArray(raw)) throw invalid({ field: 'steps', error: 'Expected a list of {method, params}' })
  if (raw.length === 0) throw invalid({ field: 'steps', error: 'At least one step is needed' })
  if (raw.length > maxSteps) throw invalid({ field: 'steps', error: `At most ${maxSteps} steps` })
  return raw.map((step: unknown, i) => {
    const valid = typeof step === 'object' && step !== null && !Array.isArray(step)
    const { method, params, ...rest } = (valid ? step : {}) as { method?: unknown; params?: unknown; [key: string]: unknown }
    if (!valid || typeof method !== 'string' || Object.keys(rest).length > 0)
      throw invalid({ field: `steps[${i}]`, error: 'Expected {method, params}' })
    if (!dataMethods.has(method)) throw invalid({ field: `steps[${i}].method`, error: `'${method.slice(0, 40)}' cannot be a step of a transaction` })
    return { method, params }
  })
}

/** `params` with references replaced by what the earlier steps answered. */
function resolve(params: unknown, done: readonly Value[], depth: number): unknown {
  if (depth > maxDepth) throw invalid({ field: 'steps', error: 'Nested too deeply' })
  if (typeof params === 'string') return params.startsWith('$steps[') ? referred(params, done) : params
  if (Array.isArray(params)) return params.map((item) => resolve(item, done, depth + 1))
  if (typeof params !== 'object' || params === null || Object.getPrototypeOf(params) !== Object.prototype) return params
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, resolve(value, done, depth + 1)]))
}

function referred(text: string, done: readonly Value[]): Value {
  const match = reference.exec(text)
  if (match === null) return text
  const [, index, path] = match as unknown as [string, string, string]
  let value: unknown = done[Number(index)]
  for (const [, name, position] of path.matchAll(/\.([A-Za-z_$][\w$]*|\d+)|\[(\d+)\]/g)) {
    const key = name ?? (position as string)
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as { [key: string]: unknown })[key] : undefined
  }
  if (value === undefined) throw invalid({ field: 'steps', error: `${text.slice(0, 80)} refers to nothing that an earlier step answered` })
  return value as Value
}

/** One audit line a step, once it is known that all of them hold; the transaction itself has its own. */
async function recordSteps(scene: Scene, notes: readonly Note[]): Promise<void> {
  try {
    for (const note of notes) {
      const kept = scene.services.sink.outcome({ ...eventOf(scene.services, scene.world, scene.call, scene.who, note), success: true, durationMs: 0 })
      if (kept !== undefined) await kept
    }
  } catch (cause) {
    // All of it is written already: an error that does not say so would mean that nothing was.
    throw new DBALError('DATABASE_ERROR', { reason: 'The audit log cannot be written', outcome: 'unknown' }, { cause })
  }
}
