/** Exactly once for writes that carry an idempotency key: the reply is kept in the same transaction as the effect. */
import { createHash } from 'node:crypto'
import { DBALError } from '../errors/error.ts'
import { systemPrincipal } from '../policy/principal.ts'
import type { Value } from '../schema/entity.ts'
import { data, type Scene } from './execute.ts'
import { type Running, SessionValues } from './running.ts'

/** Replies are kept a day (contract: a retry after a lost reply never doubles a write). */
const keepMs = 24 * 60 * 60 * 1000
const store = 'DbalReply'
const keeper = systemPrincipal('idempotency')

/** Runs `work` once per key and caller; a repeated key answers what the first call answered, with other content it is a CONFLICT. */
export function once(scene: Scene, running: Running, work: (running: Running) => Promise<Value>): Promise<Value> {
  const key = scene.call.idempotencyKey
  if (key === undefined || running.inTransaction) return work(running)
  return guarded(scene, running, key, work)
}

async function guarded(scene: Scene, running: Running, key: string, work: (running: Running) => Promise<Value>): Promise<Value> {
  const { call, who } = scene
  const scope = `${who.kind}:${who.id ?? ''}`
  const digest = createHash('sha256').update(JSON.stringify([call.method, call.params]) ?? '').digest('hex')
  return running.atomically('write', async (inside) => {
    const keeping = asKeeper(scene, inside)
    const known = await keep(scene, keeping, 'list', { entity: store, filter: { scope, key }, limit: 1, total: 'none' })
    const [before] = (known as { data: { digest: string; reply: string }[] }).data
    if (before !== undefined) {
      if (before.digest !== digest) throw new DBALError('CONFLICT', { reason: 'This idempotency key was used for another call' })
      return JSON.parse(before.reply) as Value
    }
    const result = await work(inside)
    const expiresAt = new Date(scene.services.clock.now() + keepMs).toISOString()
    await keep(scene, keeping, 'create', { entity: store, data: { scope, key, digest, reply: JSON.stringify(result), expiresAt } })
    return result
  })
}

/** The engine's own identity inside the caller's transaction. */
const asKeeper = (scene: Scene, inside: Running): Running =>
  inside.as(keeper, scene.world.rights(keeper), new SessionValues(keeper, undefined, inside.values.now))

function keep(scene: Scene, running: Running, method: string, params: unknown): Promise<Value> {
  const call = { method, params, requestId: scene.call.requestId }
  return data({ ...scene, call, who: keeper, note: { operation: method } }, running, method, params)
}
