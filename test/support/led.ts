/** An engine with one entity, and callers on connections of their own who lead transactions in it. In charge of test plumbing only. */
import assert from 'node:assert/strict'
import type { AuditEvent, AuditOutcome, Sink } from '../../src/audit/sink.ts'
import type { Principal } from '../../src/policy/principal.ts'
import type { Call } from '../../src/protocol/execute.ts'
import type { Value } from '../../src/schema/entity.ts'
import { openLab, signedIn } from './lab.ts'

const yaml = `
entity: Item
versioned: true
fields:
  id: { type: integer, primary: true }
  owner: { type: string, required: true }
  label: { type: string, optional: true, unique: true }
acl:
  create: { role: [user], row_level: "owner = $user.id" }
  read: { role: [user], row_level: "owner = $user.id" }
  update: { role: [user], row_level: "owner = $user.id" }
  delete: { role: [user], row_level: "owner = $user.id" }
`
export const ann = signedIn('ann')
export type Failed = { name: string; details: { transaction?: string; reason?: string; outcome?: string } }
export const failure = (answer: Value): [string, string | undefined] => [(answer as Failed).name, (answer as Failed).details?.transaction]

type Options = NonNullable<Parameters<typeof openLab>[2]>

/** A caller on a connection of its own. */
export async function open(which: 'memory' | 'sqlite', options: Options = {}) {
  const lab = await openLab(yaml, which, options)
  const connect = (who: Principal = ann, closing = new AbortController()) => {
    const send = (method: string, params: unknown, more: Partial<Call> = {}): Promise<Value> =>
      lab.send(who, { method, params, connection: closing.signal, ...more })
    const begin = async () => {
      const begun = (await send('begin', [])) as { transaction: string }
      assert.match(begun.transaction, /^tx_[\w-]{32}$/, JSON.stringify(begun))
      const { transaction } = begun
      return { id: transaction, call: (method: string, ...params: unknown[]) => send(method, params, { transaction }) }
    }
    return { send, begin, closing, close: () => closing.abort(), call: (method: string, ...params: unknown[]) => send(method, params) }
  }
  const rows = async (): Promise<Value> =>
    ((await lab.call(ann, 'list', 'Item', { sort: { id: 'asc' } })) as { data: { id: number }[] }).data.map(({ id }) => id)
  return { lab, connect, rows }
}

export const item = (id: number, more: object = {}) => ['Item', { id, owner: 'ann', ...more }] as const

export function keep(outcome: (event: AuditOutcome) => void, intent: (event: AuditEvent) => void = () => undefined): Sink {
  return {
    intent(event) {
      intent(event)
      return undefined
    },
    outcome(event) {
      outcome(event)
      return undefined
    },
    close: async () => undefined,
  }
}
