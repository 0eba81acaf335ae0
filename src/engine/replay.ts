/** Exactly once for writes that carry an idempotency key: the reply is kept in the same transaction as the effect. */
import { createHash } from 'node:crypto'
import { DBALError, invalid } from '../errors/error.ts'
import { systemPrincipal } from '../policy/principal.ts'
import { parameters } from '../protocol/message.ts'
import { stepsIn } from '../protocol/steps.ts'
import { protocolLimits } from '../protocol/version.ts'
import { nameParams } from '../query/parse.ts'
import type { Value } from '../schema/entity.ts'
import { tenantMark } from './admit.ts'
import { permitted, prepare } from './prepare.ts'
import { run } from './run.ts'
import type { Running } from './running.ts'
import type { Scene } from './scene.ts'

/** Replies are kept a day (contract: a retry after a lost reply never doubles a write). */
const keepMs = 24 * 60 * 60 * 1000
const store = 'DbalReply'
const keeper = systemPrincipal('idempotency')

/**
 * Runs `work` once per key and caller; a repeated key answers what the first call answered, with other content it is a CONFLICT.
 * So it is where role, tenant, schema or rules have changed since: the first answer may show what the caller no longer may see.
 */
export async function once(scene: Scene, running: Running, work: (running: Running) => Promise<Value>): Promise<Value> {
  return running.inTransaction ? work(running) : kept(scene, running, work)
}

/** As `once`, also in a transaction that is open already: its commit keeps the reply with all that it wrote. */
export async function kept(scene: Scene, running: Running, work: (running: Running) => Promise<Value>): Promise<Value> {
  const key: unknown = scene.call.idempotencyKey
  if (key === undefined) return work(running)
  if (typeof key !== 'string' || key.length === 0 || key.length > protocolLimits.idempotencyKey || !key.isWellFormed() || key.includes('\u0000')) {
    throw invalid({ field: 'idempotencyKey', error: `Must be 1 to ${protocolLimits.idempotencyKey} characters of well-formed text` })
  }
  return guarded(scene, running, key, work)
}

const sha256 = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member)) ?? '')
    .digest('hex')

/** Whose key it is, in which tenant. Callers without identity or id share nothing but their address. */
function scopeOf({ call, who }: Scene): string {
  const scope = who.id === undefined ? `${who.kind}${tenantMark(who)}@${call.address ?? ''}` : `${who.kind}${tenantMark(who)}:${who.id}`
  return scope.length > 255 || !scope.isWellFormed() || scope.includes('\u0000') ? sha256(scope) : scope
}

/** What was asked, without the secrets in it: a fast hash of a password is nearly the password. */
function asked({ world, call }: Scene, method: unknown, params: unknown): unknown {
  if (method === 'transaction') {
    const steps = stepsIn(params)
    return Array.isArray(steps)
      ? steps.map((step: { method?: unknown; params?: unknown }) => asked({ world, call } as Scene, step?.method, step?.params))
      : steps
  }
  if (method === 'commit') return [method, call.transaction]
  if (method !== 'call') return [method, params]
  const { entity, operation, input } = nameParams(parameters.call, params)
  const called = world.schema.entities.get(String(entity))?.operations.get(String(operation))
  if (called?.kind !== 'set_secret') return [method, params]
  const [account = ''] = called.input.required
  return [method, entity, operation, Array.isArray(input) ? input[0] : (input as { [name: string]: unknown } | undefined)?.[account]]
}

async function guarded(scene: Scene, running: Running, key: string, work: (running: Running) => Promise<Value>): Promise<Value> {
  const { call, who } = scene
  const scope = scopeOf(scene)
  const content = sha256(asked(scene, call.method, call.params)).slice(0, 40)
  const digest = `${content}.${sha256([who.role, who.tenantId ?? null, scene.world.version]).slice(0, 20)}`
  return running.atomically('write', async (inside) => {
    const keeping = asKeeper(scene, inside)
    const known = await keep(scene, keeping, 'list', { entity: store, filter: { scope, key }, limit: 1, total: 'none' })
    const [before] = (known as { data: { digest: string; reply: string }[] }).data
    if (before !== undefined) {
      if (!before.digest.startsWith(`${content}.`)) throw new DBALError('CONFLICT', { reason: 'This idempotency key was used for another call' })
      if (before.digest !== digest)
        throw new DBALError('CONFLICT', { reason: 'This call took effect before your rights or the schema changed; read its rows again' })
      return JSON.parse(before.reply) as Value
    }
    const result = await work(inside)
    const expiresAt = new Date(scene.services.clock.now() + keepMs).toISOString()
    await keep(scene, keeping, 'create', { entity: store, data: { scope, key, digest, reply: JSON.stringify(result), expiresAt } })
    return result
  })
}

/** The engine's own identity inside the caller's transaction. */
const asKeeper = (scene: Scene, inside: Running): Running => inside.as(keeper, scene.world.rights(keeper), inside.values.of(keeper))

/** A call of the engine to itself, through the same stages as any other. */
function keep({ services, world }: Scene, running: Running, method: string, params: unknown): Promise<Value> {
  const { named } = permitted(world, running.rights, method, params)
  const { prepared, params: values } = prepare(services, world, running.rights, method, named)
  return run(prepared.plan, values, running, named)
}
