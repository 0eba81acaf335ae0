/** What the engine keeps by caller it keeps by tenant too: the same id in two tenants is two callers (a token of an issuer may name either). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLab, signedIn, system } from '../../test/support/lab.ts'
import { createTokenBuckets } from '../limit/token-bucket.ts'
import { limitKey } from './admit.ts'

const entities = `
entity: Item
tenant: true
fields:
  id: { type: integer, primary: true }
  name: { type: string, required: true, unique: true }
  hash: { type: text, optional: true }
security: { never_expose: [hash] }
acl:
  read: { user: true }
  create: { user: true }
  update: { user: true }
  verify: { user: true }
  setSecret: { user: true }
`
const operations = `
entity: Item
operations:
  setSecret: { kind: set_secret, secret: { identity: name, hash: hash } }
  verify: { kind: verify_secret, secret: { identity: name, hash: hash }, rate_limit: { max_attempts: 2, window_seconds: 300 } }
`
const files = { entities, operations }
const one = signedIn('ann', 'user', { tenantId: 'one' })
const two = signedIn('ann', 'user', { tenantId: 'two' })
const nameOf = (answer: unknown): unknown => (answer as { name?: unknown } | null)?.name ?? answer

test('keys of limits: tenants differ, and no id can spell another caller', () => {
  const call = { method: 'ping', params: [], requestId: 'r' }
  const key = (id: string, tenantId?: string): string => limitKey(call, signedIn(id, 'user', tenantId === undefined ? {} : { tenantId }))
  const all = [
    key('ann'),
    key('ann', 'one'),
    key('ann', 'two'),
    key('"one"@ann'),
    key('"one"@ann', ''),
    key('', 'one'),
    key('@ann', 'one'),
    key('ann', 'one"@'),
    key('one"@ann', ''),
  ]
  assert.equal(new Set(all).size, all.length)
  assert.equal(limitKey(call, signedIn('ann')), 'user:ann')
})

test('rate limits, idempotency keys and attempts of one tenant leave the other alone', async () => {
  const rate = createTokenBuckets({ perMinute: 1, burst: 6, monotonic: () => 0 })
  const { call, send, engine } = await openLab(files, 'memory', { limits: { rate } })
  for (const tenantId of ['one', 'two']) await call(system, 'create', 'Item', { id: tenantId === 'one' ? 1 : 2, name: 'same', tenantId })

  const write = (who: typeof one, id: number) => send(who, { method: 'create', params: ['Item', { id, name: `n${id}` }], idempotencyKey: 'k' })
  assert.deepEqual(await write(one, 3), { id: 3, name: 'n3', tenantId: 'one' })
  assert.deepEqual(await write(one, 3), { id: 3, name: 'n3', tenantId: 'one' })
  assert.deepEqual(await write(two, 4), { id: 4, name: 'n4', tenantId: 'two' })

  const wrong = (who: typeof one) => call(who, 'call', 'Item', 'verify', ['same', 'wrong password'])
  assert.deepEqual([await wrong(one), await wrong(one), nameOf(await wrong(one))], [false, false, 'RATE_LIMIT_EXCEEDED'])
  assert.equal(await wrong(two), false)

  assert.equal(await call(one, 'count', 'Item'), 2)
  assert.equal(nameOf(await call(one, 'count', 'Item')), 'RATE_LIMIT_EXCEEDED')
  assert.equal(await call(two, 'count', 'Item'), 2)
  await engine.close()
})

test('open transactions are counted, and found, by tenant', async () => {
  const { engine, send } = await openLab(files, 'memory', { limits: { interactive: { perCaller: 1, total: 2 } } })
  const connection = new AbortController().signal
  const on = (who: typeof one, method: string, transaction?: string) =>
    send(who, { method, params: [], connection, ...(transaction === undefined ? {} : { transaction }) })
  const { transaction } = (await on(one, 'begin')) as { transaction: string }
  assert.equal(nameOf(await on(one, 'begin')), 'RATE_LIMIT_EXCEEDED')
  assert.equal(nameOf(await on(two, 'rollback', transaction)), 'CONFLICT')
  assert.equal(await on(one, 'rollback', transaction), true)
  assert.equal(typeof ((await on(two, 'begin')) as { transaction: string }).transaction, 'string')
  await engine.close()
})
