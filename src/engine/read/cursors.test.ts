/** A cursor is its caller's, of one query, under one policy: whatever else comes as one is refused in the same bytes, whichever bit it was (A5). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nobody, openLab, signedIn, system } from '../../../test/support/lab.ts'
import { readShipped } from '../../config/schema-files.ts'
import type { Principal } from '../../policy/principal.ts'
import { loadPolicy } from '../../policy/rules.ts'
import { parseSchema } from '../../schema/parse.ts'

const entitiesOf = (condition: string): string => `
entity: Item
fields:
  id: { type: integer, primary: true }
  level: { type: integer, nullable: true }
  name: { type: string, nullable: true }
  secret: { type: string, default: hush }
acl:
  rules:
    - { role: [public, user, admin], operations: [read], row_level_filter: "${condition}", readable_fields: [id, level, name] }
---
entity: Other
fields:
  id: { type: integer, primary: true }
  level: { type: integer, nullable: true }
acl: { read: { public: true } }
`
const operations = `
entity: Item
operations:
  byLevel: { kind: list_by, by: [level], input: { required: [level], optional: [sort, limit, after] } }
  search: { search_fields: [name] }
`
const files = { entities: entitiesOf('level >= 0'), operations }
const ann = signedIn('ann', 'user', { tenantId: 'one' })
type Asked = Readonly<Record<string, unknown>>

async function open(secret = new Uint8Array(32).fill(7)) {
  const lab = await openLab(files, 'memory', { secret })
  await lab.call(
    system,
    'createMany',
    'Item',
    [1, 2, 3, 4, 5].map((id) => ({ id, level: id % 2, name: 'abc' })),
  )
  await lab.call(
    system,
    'createMany',
    'Other',
    [1, 2, 3].map((id) => ({ id, level: 1 })),
  )
  const ask = async (who: Principal, options: Asked, entity = 'Item') => JSON.stringify(await lab.call(who, 'list', entity, options))
  const cursor = async (who: Principal, options: Asked): Promise<string> => {
    const page = (await lab.call(who, 'list', 'Item', { limit: 2, ...options })) as { readonly nextCursor: string }
    assert.equal(typeof page.nextCursor, 'string')
    return page.nextCursor
  }
  return { ...lab, ask, cursor }
}

const refusal = JSON.stringify({
  code: 422,
  name: 'VALIDATION_ERROR',
  message: 'Validation failed',
  details: {
    fields: [{ field: 'after', error: 'Is not a cursor of this query; take nextCursor of the page before, with the same filter, sort and caller' }],
  },
})

test('every bit of a cursor counts, and so does its spelling', async () => {
  const { ask, cursor, engine } = await open()
  for (const options of [{ sort: { level: 'asc' } }, {}] as const) {
    const token = await cursor(ann, options)
    assert.match(await ask(ann, { ...options, after: token }), /"data":\[{/)
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(await ask(ann, { ...options, after: flipped.toString('base64url') }), refusal, `bit ${bit}`)
    }
    const twice = `${token}${token}`
    const padded = `${token}${'='.repeat((4 - (token.length % 4)) % 4)}`
    const spellings = [
      twice,
      `${token}A`,
      `${token}=`,
      `${token}\n`,
      ` ${token}`,
      token.slice(1),
      token.slice(0, -1),
      bytes.toString('hex'),
      '',
      'A',
      '\u0000',
      'é',
    ]
    for (const after of [...spellings, ...(padded === token ? [] : [padded]), ...(/[-_]/.test(token) ? [bytes.toString('base64')] : [])])
      assert.equal(await ask(ann, { ...options, after }), refusal, JSON.stringify(after))
    // The last letter has bits that stand for nothing: other letters decode to the same bytes.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      if (last !== token.at(-1)) assert.equal(await ask(ann, { ...options, after: `${token.slice(0, -1)}${last}` }), refusal, last)
  }
  await engine.close()
})

test('another caller, tenant, role, query, entity or operation: the same refusal', async () => {
  const { ask, call, cursor, engine } = await open()
  const token = await cursor(ann, { sort: { level: 'asc' }, filter: { level: { gte: 0 } } })
  const own = { sort: { level: 'asc' }, filter: { level: { gte: 0 } }, after: token }
  assert.match(await ask(ann, own), /"data":\[{/)
  const strangers: readonly Principal[] = [
    nobody,
    signedIn('bob', 'user', { tenantId: 'one' }),
    signedIn('ann', 'user', { tenantId: 'two' }),
    signedIn('ann', 'user'),
    signedIn('ann', 'admin', { tenantId: 'one' }),
    { ...ann, kind: 'service' },
    { ...ann, id: 'ann ' },
    system,
  ]
  for (const who of strangers) assert.equal(await ask(who, own), refusal, JSON.stringify(who))
  const others: readonly Asked[] = [
    { after: token },
    { ...own, sort: { level: 'desc' } },
    { ...own, sort: [{ level: 'asc' }, { id: 'desc' }] },
    { ...own, filter: { level: { gte: 1 } } },
    { ...own, filter: { level: { gt: 0 } } },
    { ...own, filter: undefined },
    { ...own, search: 'abc' },
  ]
  for (const options of others) assert.equal(await ask(ann, options), refusal, JSON.stringify(options))
  assert.equal(await ask(ann, own, 'Other'), refusal)
  assert.equal(JSON.stringify(await call(ann, 'search', 'Item', 'abc', { after: token })), refusal)
  assert.equal(JSON.stringify(await call(ann, 'call', 'Item', 'byLevel', { level: 1, sort: { level: 'asc' }, after: token })), refusal)
  // What may differ from page to page.
  for (const more of [{ limit: 1 }, { select: ['id'] }, { total: 'none' }]) assert.match(await ask(ann, { ...own, ...more }), /"data":\[{/)
  await engine.close()
})

test('an old policy, another engine and another secret: the same refusal; the same policy elsewhere goes on', async () => {
  const { ask, cursor, engine } = await open()
  const token = await cursor(ann, {})
  const twin = await open()
  assert.match(await twin.ask(ann, { after: token }), /"data":\[{"id":3/)
  const stranger = await open(new Uint8Array(32).fill(8))
  assert.equal(await stranger.ask(ann, { after: token }), refusal)
  const { shipped, internal } = readShipped()
  const swap = (condition: string): void => {
    const of = [
      { path: 'entities/all.yaml', text: entitiesOf(condition) },
      { path: 'operations/all.ops.yaml', text: operations },
    ]
    const schema = parseSchema(of, { internal, shipped })
    engine.swap(schema, loadPolicy(schema))
  }
  swap('level >= 0 OR level IS NULL')
  assert.equal(await ask(ann, { after: token }), refusal)
  const newer = await cursor(ann, {})
  swap('level >= 0')
  assert.equal(await ask(ann, { after: newer }), refusal)
  assert.match(await ask(ann, { after: token }), /"data":\[{"id":3/)
  for (const each of [engine, twin.engine, stranger.engine]) await each.close()
})

test('whatever text comes as a cursor, it is refused in the same bytes', async () => {
  const { ask, cursor, engine } = await open()
  const real = await cursor(ann, {})
  const text = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.base64String({ maxLength: 500 }),
    fc.uint8Array({ maxLength: 320 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    // Parts of a real one, moved about.
    fc.tuple(fc.nat(real.length), fc.nat(real.length)).map(([a, b]) => `${real.slice(a)}${real.slice(b)}`),
  )
  await fc.assert(
    fc.asyncProperty(
      text.filter((token) => token !== real),
      async (after) => assert.equal(await ask(ann, { after }), refusal),
    ),
    { numRuns: 500 },
  )
  await engine.close()
})

test('a cursor tells nothing of what it holds: neither bytes nor, within a step, length', async () => {
  const { cursor, engine } = await open()
  const [one, two] = [await cursor(ann, {}), await cursor(ann, {})]
  assert.notEqual(one, two)
  assert.equal(one.length, two.length)
  const raw = Buffer.from(one, 'base64url').toString('latin1')
  for (const word of ['Item', 'ann', 'level', 'hush', '[2']) assert.ok(!raw.includes(word), word)
  await engine.close()
})
