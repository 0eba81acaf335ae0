/** What a caller gets for a list of calls, by any door. In charge of sending and of leaving out what may differ by chance; must not know engines. */
import type { DBALError } from '../../../src/errors/error.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import type { Reply } from '../../../src/protocol/execute.ts'
import type { Value } from '../../../src/schema/entity.ts'
import { type CallSpec, principals } from './spec.ts'

/** Any door: sends one call as one caller. A failure is a reply. */
export type Send = (
  method: string,
  params: readonly Value[],
  who: Principal,
) => Promise<Pick<Reply, 'ok'> & { readonly result?: Value; readonly error?: Pick<DBALError, 'toPublic'> }>

export interface Entry {
  readonly call: CallSpec
  /** `{result}` or `{error: {code, name, message, details}}`; of a list that is followed by cursor a list of pages. */
  readonly answer: Answered
}
export type Answered = { readonly result: Value } | { readonly error: { readonly name: string; readonly [member: string]: unknown } }

/** Cursors are sealed, so only that they are there and how long they are can be told. */
export function masked(value: Value): Value {
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'nextCursor' && typeof inner === 'string' ? `cursor of ${inner.length}` : masked(inner),
    ]),
  )
}

export async function answered(call: CallSpec, send: Send): Promise<Answered> {
  const who = principals[call.who] as Principal
  const first = await send(call.method, call.params, who)
  if (call.pages === undefined || !first.ok) return given(first)
  const pages = [first.result as { readonly [name: string]: Value }]
  while (pages.length < call.pages && typeof pages.at(-1)?.['nextCursor'] === 'string') {
    const [entity, options] = call.params
    const after = { ...(options as { [name: string]: Value }), after: pages.at(-1)?.['nextCursor'] as string }
    const next = await send(call.method, [entity as Value, after], who)
    if (!next.ok) return given(next)
    pages.push(next.result as { readonly [name: string]: Value })
  }
  return { result: masked(pages) }
}

function given(reply: Awaited<ReturnType<Send>>): Answered {
  if (reply.ok) return { result: masked(reply.result as Value) }
  const { requestId: _, ...error } = (reply.error as DBALError).toPublic()
  return { error: JSON.parse(JSON.stringify(error)) as { name: string } }
}
