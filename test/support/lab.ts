/** An engine on a schema text with either embedded adapter, for tests of policy and engine. */
import { createMemoryAdapter } from '../../src/adapters/memory/memory.ts'
import { createSqliteAdapter } from '../../src/adapters/sqlite/adapter.ts'
import type { Sink } from '../../src/audit/sink.ts'
import { readShipped } from '../../src/config/schema-files.ts'
import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine.ts'
import { nobody, type Principal, systemPrincipal } from '../../src/policy/principal.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import type { Call } from '../../src/protocol/execute.ts'
import type { Value } from '../../src/schema/entity.ts'
import { parseSchema } from '../../src/schema/parse.ts'

export { nobody }
export const system: Principal = systemPrincipal('test')

export const signedIn = (id: string, role = 'user', more: Partial<Principal> = {}): Principal => ({ kind: 'user', id, role, attributes: {}, ...more })

export interface Lab {
  readonly engine: Engine
  /** The result, or the public form of the error without its request id. */
  call(who: Principal, method: string, ...params: unknown[]): Promise<Value>
  send(who: Principal, call: Partial<Call> & Pick<Call, 'method' | 'params'>): Promise<Value>
}

const filesOf = (yaml: string | { readonly entities: string; readonly operations: string }) =>
  typeof yaml === 'string'
    ? [{ path: 'entities/all.yaml', text: yaml }]
    : [
        { path: 'entities/all.yaml', text: yaml.entities },
        { path: 'operations/all.ops.yaml', text: yaml.operations },
      ]

export async function openLab(
  yaml: string | { readonly entities: string; readonly operations: string } | undefined,
  which: 'memory' | 'sqlite',
  options: Partial<EngineOptions> & { sink?: Sink } = {},
): Promise<Lab> {
  const { files, shipped, internal } = readShipped()
  const schema = parseSchema(yaml === undefined ? files : filesOf(yaml), { internal, shipped })
  const adapter = which === 'memory' ? createMemoryAdapter() : createSqliteAdapter({ path: ':memory:', mode: 'inline' })
  await adapter.prepare(schema)
  const engine = createEngine({ schema, policy: loadPolicy(schema), adapter, ...options })
  let calls = 0
  const send: Lab['send'] = async (who, call) => {
    const reply = await engine.execute({ requestId: `r${++calls}`, ...call }, who)
    if (reply.ok) return reply.result
    const { requestId: _, ...error } = reply.error.toPublic()
    return JSON.parse(JSON.stringify(error)) as Value
  }
  return { engine, send, call: (who, method, ...params) => send(who, { method, params }) }
}
