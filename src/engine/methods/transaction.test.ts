/** What a transaction of several steps costs its caller, and that each step passes the same stages as a call by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobody, openLab, signedIn, system } from '../../../test/support/lab.ts'
import { createTokenBuckets } from '../../limit/token-bucket.ts'
import type { Value } from '../../schema/entity.ts'

const yaml = `
entity: Item
versioned: true
fields:
  id: { type: integer, primary: true }
  owner: { type: string, nullable: true }
  secret: { type: string, nullable: true }
  n: { type: integer, nullable: true }
acl:
  rules:
    - { role: [user], operations: [read, update, delete], row_level_filter: "owner = $user.id", except_fields: [secret], writable_fields: [n] }
    - { role: [user], operations: [create], presets: { owner: $user.id }, writable_fields: [id, n] }
`
const ann = signedIn('ann')
const name = (answer: Value): Value => (answer as { name?: string } | null)?.name ?? answer
const step = (method: string, ...params: unknown[]) => ({ method, params })
const count = step('count', 'Item')

for (const which of ['memory', 'sqlite'] as const) {
  test(`${which}: every step is charged, and too many of them leave nothing done`, async () => {
    let now = 0
    const rate = createTokenBuckets({ perMinute: 60, burst: 6, monotonic: () => now })
    const { call, engine } = await openLab(yaml, which, { limits: { rate } })
    assert.deepEqual(await call(ann, 'transaction', [count, count, count, count]), [0, 0, 0, 0])
    // Two are left: a step more is one too many, and none of them ran.
    assert.equal(name(await call(ann, 'transaction', [step('create', 'Item', { id: 1 }), count, count])), 'RATE_LIMIT_EXCEEDED')
    now += 60_000
    assert.equal(await call(ann, 'count', 'Item'), 0)
    assert.equal(((await call(ann, 'transaction', [step('create', 'Item', { id: 1 }), count, count, count, count])) as Value[]).length, 5)
    assert.equal(name(await call(ann, 'count', 'Item')), 'RATE_LIMIT_EXCEEDED')
    assert.equal(await call(signedIn('bob'), 'count', 'Item'), 0)
    await engine.close()
  })

  test(`${which}: no step reaches further than the same call alone, whatever it refers to`, async () => {
    const { call, engine } = await openLab(yaml, which)
    await call(system, 'create', 'Item', { id: 7, owner: 'bob', secret: 's', n: 1 })
    const alone = async (method: string, ...params: unknown[]) => {
      const { details, ...error } = (await call(ann, method, ...params)) as { details?: object }
      return { ...error, details: { ...details, step: 1 } }
    }
    const made = step('create', 'Item', { id: 1, n: 7 })
    const tries: readonly (readonly [string, ...unknown[]])[] = [
      ['read', 'Item', 7],
      ['update', 'Item', 7, { n: 2 }],
      ['delete', 'Item', 7],
      ['update', 'Item', 7, { owner: 'ann' }],
      ['create', 'Item', { id: 2, owner: 'bob' }],
      ['list', 'Item', { filter: { secret: 's' } }],
      ['upsert', 'Item', { where: { id: 7 }, create: { id: 7 }, update: { n: 3 } }],
      ['call', 'Item', 'nosuch', {}],
      ['create', 'DbalToken', {}],
    ]
    for (const [method, ...params] of tries) {
      const expected = await alone(method, ...params)
      assert.deepEqual(await call(ann, 'transaction', [made, step(method, ...params)]), expected, `${method} ${JSON.stringify(params)}`)
      // The same by reference: 7 is what the first step answered.
      const referring = JSON.parse(JSON.stringify(params).replace(/\b7\b/g, '"$steps[0].n"')) as unknown[]
      assert.deepEqual(await call(ann, 'transaction', [made, step(method, ...referring)]), expected, `${method} ${JSON.stringify(referring)}`)
    }
    for (const hidden of ['secret', 'owner.length', 'constructor', '__proto__', 'nosuch']) {
      const answer = await call(ann, 'transaction', [made, step('update', 'Item', 1, { n: `$steps[0].${hidden}` })])
      assert.equal(name(answer), 'VALIDATION_ERROR', hidden)
    }
    assert.deepEqual(await call(ann, 'list', 'Item'), { data: [], total: 0, page: 1, limit: 20, hasMore: false, nextCursor: null })
    assert.equal(name(await call(nobody, 'transaction', [count])), 'UNAUTHORIZED')
    assert.deepEqual(await call(system, 'read', 'Item', 7), { id: 7, owner: 'bob', secret: 's', n: 1, version: 1 })
    await engine.close()
  })
}
