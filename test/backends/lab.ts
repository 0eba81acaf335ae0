/**
 * An engine on any backend with a schema of the test, asked as one principal. In charge of opening it, and of answers as plain data;
 * must not know what is asked.
 */
import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine.ts'
import type { Principal } from '../../src/policy/principal.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import type { Value } from '../../src/schema/entity.ts'
import { parseSchema } from '../../src/schema/parse.ts'
import { type BackendName, openBackend } from './backends.ts'

/** What most tests ask as: the rules of `open` let it do everything. */
export const god: Principal = { kind: 'user', id: 'g', role: 'god', attributes: {} }
/** Rules of entities whose values, not rights, are the subject. */
export const open = 'acl: { read: { public: true }, create: { god: true }, update: { god: true }, delete: { god: true } }'

const roles = 'roles: {public: 1, user: 2, admin: 3, god: {level: 4, developer: true}, supergod: {level: 5, developer: true}}'

export interface BackendLab {
  readonly name: BackendName
  readonly engine: Engine
  /** The result, or `{error: {code, name, message, …}}` without the request's id. */
  ask(method: string, ...params: unknown[]): Promise<Value>
  as(who: Principal, method: string, ...params: unknown[]): Promise<Value>
  /** As `ask`, but an error is thrown with what the database said of it, where it did. */
  get(method: string, ...params: unknown[]): Promise<Value>
  /** What databases said since the last question: for the reader of a failure only. */
  readonly causes: readonly string[]
  close(): Promise<void>
}

export interface LabOptions extends Pick<Partial<EngineOptions>, 'limits' | 'clock'> {
  readonly entities: string
  readonly operations?: string
  readonly reach?: Parameters<typeof openBackend>[1]
}

export async function openLabOn(name: BackendName, { entities, operations, reach, ...options }: LabOptions): Promise<BackendLab> {
  const files = [
    { path: 'roles.yaml', text: roles },
    { path: 'entities/all.yaml', text: entities },
    ...(operations === undefined ? [] : [{ path: 'operations/all.ops.yaml', text: operations }]),
  ]
  const schema = parseSchema(files, {})
  const home = await openBackend(name, reach)
  try {
    await home.adapter.prepare(schema)
    const causes: string[] = []
    const engine = createEngine({
      schema,
      policy: loadPolicy(schema),
      adapter: home.adapter,
      observe: (seen) => void (seen.kind === 'request' && seen.cause !== undefined && causes.push(told(seen.cause))),
      ...options,
    })
    return labOf(name, engine, causes, home.close)
  } catch (error) {
    await home.close()
    throw error
  }
}

function labOf(name: BackendName, engine: Engine, causes: string[], close: () => Promise<void>): BackendLab {
  let calls = 0
  const as: BackendLab['as'] = async (who, method, ...params) => {
    causes.length = 0
    const reply = await engine.execute({ method, params, requestId: `r${++calls}` }, who)
    if (reply.ok) return reply.result
    const { requestId: _, ...error } = reply.error.toPublic()
    return { error: JSON.parse(JSON.stringify(error)) as Value }
  }
  const ask: BackendLab['ask'] = (method, ...params) => as(god, method, ...params)
  return {
    name,
    engine,
    as,
    ask,
    causes,
    close,
    get: async (method, ...params) => {
      const answer = await ask(method, ...params)
      if (isError(answer))
        throw new Error(`${name}: ${method} ${JSON.stringify(params).slice(0, 300)}: ${JSON.stringify(answer)}\n${causes.join('\n')}`)
      return answer
    },
  }
}

export const isError = (answer: Value): boolean =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer) && 'error' in answer && Object.keys(answer).length === 1

/** A driver's own words, and those of the error behind it. */
export function told(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause === undefined ? (cause.stack ?? cause.message) : `${cause.message}: ${told(cause.cause)}`
}
