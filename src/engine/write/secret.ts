/** Keeps and checks secrets (kinds set_secret, verify_secret). Hashing happens outside of any transaction; a hash never leaves the engine. */

import { ConstraintError } from '../../adapter/adapter.ts'
import { DBALError } from '../../errors/error.ts'
import type { Plan } from '../../policy/plan/plan.ts'
import type { Value } from '../../schema/entity.ts'
import { tenantMark } from '../admit.ts'
import type { Running } from '../running.ts'
import { filled, type Row } from '../shape.ts'
import { locate } from './locate.ts'
import { wholeRow } from './rows.ts'
import { keyText, outside, verifyRows } from './verify.ts'

type SecretCall = Extract<Plan, { kind: 'setSecret' | 'verifySecret' }>

/** Stores the hash for the account, whether or not it had one. `true`; NOT_FOUND where no such account exists. */
export async function setSecret(plan: SecretCall, params: readonly Value[], running: Running): Promise<Value> {
  const hash = await running.services.passwords.hash(params[plan.password] as string)
  const { secret, entity, operation } = plan
  return running.atomically('write', async (inside) => {
    const [before] = await locate(secret.locate, params, inside)
    if (before !== undefined) {
      await inside.run(secret.update, filled(params, secret.hash, hash))
      return held(plan, before.key, before.holds, inside, params)
    }
    const names = operation.secret as NonNullable<typeof operation.secret>
    const data = new Map<string, Value>([
      [names.identity, params[secret.identity] as Value],
      [names.hash, hash],
    ])
    let row: Row
    try {
      row = wholeRow(entity, data, new Map(), 'input', inside, new Map())
      await inside.run(secret.insert, params, [row])
    } catch (error) {
      // No account to be found, and none that a secret alone would make.
      if (error instanceof ConstraintError || (error instanceof DBALError && error.code === 'VALIDATION_ERROR'))
        throw new DBALError('NOT_FOUND', {}, { cause: error })
      throw error
    }
    const position = (name: string) => secret.insert.fields.indexOf(name)
    return held(
      plan,
      entity.key.map((name) => row[position(name)] as Value),
      secret.verify.checks.map(() => true),
      inside,
      params,
    )
  })
}

/** `true` where one rule that let the row be written holds for it afterwards too. */
async function held(plan: SecretCall, key: Row, before: readonly boolean[], running: Running, params: readonly Value[]): Promise<true> {
  const after = (await verifyRows(plan.secret.verify, [key], params, running, () => 'input')).get(keyText(key))
  if (after?.holds.some((holds, i) => holds && before[i] === true) !== true) throw outside(plan.entity.name, plan.operation.name)
  return true
}

/** Is this the account's secret? The work is the same for an account that does not exist. */
export async function verifySecret(plan: SecretCall, params: readonly Value[], running: Running): Promise<Value> {
  const { limits, passwords } = running.services
  const { operation, entity, secret } = plan
  // Where accounts are of a tenant, so are attempts: those of one tenant never lock out an account of another that has the same name.
  const mark = entity.tenant === undefined ? '' : tenantMark(running.who)
  const account = `${entity.name}.${operation.name}${mark} ${String(params[secret.identity])}`
  const limit = operation.rateLimit
  const wait = limit === undefined ? 0 : limits.attempts.take(account, limit.maxAttempts, limit.windowSeconds)
  if (wait > 0) throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: wait })
  const { rows } = await running.run(secret.find, params)
  const stored = rows[0]?.[0]
  const matches = await passwords.verify(params[plan.password] as string, typeof stored === 'string' ? stored : undefined)
  if (matches) limits.attempts.clear(account)
  return matches
}
