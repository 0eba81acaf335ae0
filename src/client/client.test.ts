import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { DBALError } from '../errors/error.ts'
import type { Value } from '../schema/entity.ts'
import { type ClientOptions, createClient } from './client.ts'
import type { Outgoing, Transport } from './transport.ts'

type Answer = (call: Outgoing) => Value | DBALError

function fake(options: ClientOptions = { entities: { users: 'User', pages: 'PageView' } }, answer: Answer = () => null, remote = true) {
  const calls: Outgoing[] = []
  const transport: Transport = {
    remote,
    status: 'open',
    on: () => () => undefined,
    close: async () => undefined,
    send: async (call) => {
      calls.push(call)
      const given = answer(call)
      if (given instanceof DBALError) throw given
      return given
    },
  }
  return { calls, client: createClient(transport, options), wire: () => calls.map(({ method, params }) => [method, ...params]) }
}

const fieldOf = (error: unknown): string | undefined => (error as DBALError).details.fields?.[0]?.field

test('methods of an entity become calls by position', async () => {
  const { client, wire } = fake()
  const users = client.users!
  await users.create({ username: 'ann', born: new Date(0) })
  await users.read('id1', { select: ['id'], signal: new AbortController().signal, timeout: 5 })
  await users.read('id1', { timeout: 5 })
  await users.update('id1', { bio: null }, { expectedVersion: 3 })
  await users.delete('id1')
  await users.list()
  await users.list({ filter: { role: 'admin' }, limit: undefined })
  await users.count()
  await users.search('ann', { limit: 3 })
  await users.aggregate({ groupBy: ['role'] })
  await users.createMany([{ a: 1n }], { returning: true })
  await users.updateMany({ a: 1 }, { b: 2 }, { all: true })
  await users.deleteMany({}, { all: true })
  await users.upsert({ where: { id: 1 }, create: {}, update: {}, retry: 1 })
  assert.deepEqual(wire(), [
    ['create', 'User', { username: 'ann', born: '1970-01-01T00:00:00.000Z' }],
    ['read', 'User', 'id1', { select: ['id'] }],
    ['read', 'User', 'id1'],
    ['update', 'User', 'id1', { bio: null }, { expectedVersion: 3 }],
    ['delete', 'User', 'id1'],
    ['list', 'User'],
    ['list', 'User', { filter: { role: 'admin' } }],
    ['count', 'User'],
    ['search', 'User', 'ann', { limit: 3 }],
    ['aggregate', 'User', { groupBy: ['role'] }],
    ['createMany', 'User', [{ a: '1' }], { returning: true }],
    ['updateMany', 'User', { a: 1 }, { b: 2 }, { all: true }],
    ['deleteMany', 'User', {}, { all: true }],
    ['upsert', 'User', { where: { id: 1 }, create: {}, update: {} }],
  ])
})

test('any other property is a domain operation: by position, or by name with one plain object', async () => {
  const { client, wire } = fake()
  const pages = client.pages!
  await pages.getBySlug!('/news')
  await pages.getBySlug!({ slug: '/news', limit: undefined })
  await pages.move!('a', null, 2, undefined)
  await pages.reorder!(['a', 'b'])
  await pages.since!(new Date(0))
  await pages.sweep!()
  await client.call('PageView', 'getBySlug', { slug: '/x' })
  await client.call('PageView', 'getBySlug', ['/x'], { timeout: 9 })
  assert.deepEqual(wire(), [
    ['call', 'PageView', 'getBySlug', ['/news']],
    ['call', 'PageView', 'getBySlug', { slug: '/news' }],
    ['call', 'PageView', 'move', ['a', null, 2]],
    ['call', 'PageView', 'reorder', [['a', 'b']]],
    ['call', 'PageView', 'since', ['1970-01-01T00:00:00.000Z']],
    ['call', 'PageView', 'sweep'],
    ['call', 'PageView', 'getBySlug', { slug: '/x' }],
    ['call', 'PageView', 'getBySlug', ['/x']],
  ])
})

test('wrong arguments reject with their place, and nothing is sent', async () => {
  const { client, calls } = fake()
  const users = client.users!
  const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => users.list({ filter: { role: undefined } }), 'filter.role'],
    [() => users.create({ a: undefined }), 'data.a'],
    [() => (users.create as () => Promise<unknown>)(), 'data'],
    [() => users.read(undefined), 'id'],
    [() => (users.list as (...args: unknown[]) => Promise<unknown>)({}, {}), 'params'],
    [() => users.createMany([{}, { a: Number.NaN }]), 'items[1].a'],
    [() => users.list({ timeout: -1 }), 'timeout'],
    [() => users.list({ signal: 'stop' }), 'signal'],
    [() => users.list({ retry: 1.5 }), 'retry'],
    [() => users.create({}, { idempotencyKey: '' }), 'idempotencyKey'],
    [() => client.ping({ limit: 1 } as object), 'limit'],
    [() => users.setRole!({ role: () => 1 }), 'input.role'],
    [() => users.setRole!('a', Symbol('b')), 'input[1]'],
    [() => client.transaction([{ method: 'create', params: ['User', { a: undefined }] }]), 'steps[0].params[1].a'],
    [() => client.transaction('x' as never), 'steps'],
  ]
  for (const [work, field] of cases)
    await assert.rejects(work, (error) => {
      assert.equal(fieldOf(error), field)
      return true
    })
  assert.equal(calls.length, 0)
})

describe('the proxy looks like no promise and breaks no printing', () => {
  for (const [what, of] of [
    ['client', () => fake().client],
    ['group', () => fake().client.users!],
  ] as const) {
    test(what, async () => {
      const thing = of() as unknown as Record<PropertyKey, unknown>
      for (const name of [
        'then',
        'catch',
        'finally',
        'toJSON',
        Symbol.toPrimitive,
        Symbol.iterator,
        Symbol.asyncIterator,
        '$$typeof',
        '@@iterator',
        '',
      ])
        assert.equal(thing[name], undefined, String(name))
      assert.equal(await thing, thing)
      assert.equal(`${String(thing)}`, '[object Object]')
      assert.equal(JSON.stringify(thing), '{}')
      assert.ok(inspect(thing).length > 0)
      assert.throws(() => {
        thing.users = 1
      }, TypeError)
      assert.throws(() => {
        delete thing.list
      }, TypeError)
    })
  }
  test('names of Object.prototype are no entities', () => {
    const client = fake().client as unknown as Record<string, unknown>
    assert.equal(client['constructor'], Object)
    assert.equal(client['hasOwnProperty'], Object.prototype.hasOwnProperty)
  })
  test('a group is one object', () => {
    const { client } = fake()
    assert.equal(client.users, client.users)
    assert.equal(client.entity('User'), client.entity('User'))
    assert.equal(client.users!.getIt, client.users!.getIt)
  })
})

describe('plurals', () => {
  const schema = { version: 'x', entities: { Person: { plural: 'people' } } }
  test('unknown ones are asked of the door once, for calls that begin together', async () => {
    const { client, wire } = fake({}, ({ method }) => (method === 'getSchema' ? schema : 1))
    await Promise.all([client.people!.read('a'), client.people!.read('b')])
    await client.people!.read('c')
    assert.deepEqual(wire(), [['getSchema'], ['read', 'Person', 'a'], ['read', 'Person', 'b'], ['read', 'Person', 'c']])
  })
  test('one that no entity has is NOT_FOUND', async () => {
    const { client } = fake({}, () => schema)
    await assert.rejects(client.persons!.list(), { code: 'NOT_FOUND' })
  })
  test('what the door lists comes before the shipped names, which come before NOT_FOUND', async () => {
    const listed = { entities: { Page: { plural: 'pages' } } }
    const { client, wire } = fake({ usualEntities: { pages: 'PageView', users: 'User' } }, ({ method }) => (method === 'getSchema' ? listed : 1))
    await client.pages!.read('a')
    await client.users!.read('b')
    assert.deepEqual(wire(), [['getSchema'], ['read', 'Page', 'a'], ['getSchema'], ['read', 'User', 'b']])
  })
  test('the system looks with its own eyes', async () => {
    const { client, calls } = fake({ asSystem: true }, ({ identity }) => (identity.kind === 'system' ? schema : { entities: {} }), false)
    await client.asSystem('test').people!.read('a')
    assert.deepEqual(
      calls.map(({ identity }) => identity),
      [
        { kind: 'system', reason: 'test' },
        { kind: 'system', reason: 'test' },
      ],
    )
  })
})

describe('identity', () => {
  const login = { token: 'secret', userId: 'u1', expiresAt: '2030-01-01T00:00:00.000Z' }
  test('login, with views of before, then logout', async () => {
    const { client, calls } = fake(undefined, ({ method }) => (method === 'login' ? login : null))
    const view = client.with({ timeout: 7 })
    assert.deepEqual(await client.login('ann', 'pw'), login)
    await view.users!.list()
    await client.logout()
    await client.users!.list()
    assert.deepEqual(
      calls.map(({ method, identity }) => [method, identity.kind]),
      [
        ['login', 'nobody'],
        ['list', 'token'],
        ['logout', 'token'],
        ['list', 'nobody'],
      ],
    )
    assert.deepEqual(calls[1]?.identity, { kind: 'token', token: 'secret', userId: 'u1' })
    assert.equal(calls[1]?.timeout, 7)
  })
  test('a refused logout forgets the identity all the same', async () => {
    const { client, calls } = fake({ identity: { kind: 'token', token: 't' } }, ({ method }) =>
      method === 'logout' ? new DBALError('UNAUTHORIZED') : null,
    )
    await assert.rejects(client.logout(), { code: 'UNAUTHORIZED' })
    await client.whoami()
    assert.equal(calls[1]?.identity.kind, 'nobody')
  })
  test('authenticate takes a token only if it holds', async () => {
    const { client, calls } = fake(undefined, ({ identity }) =>
      identity.kind === 'token' && identity.token === 'bad' ? new DBALError('UNAUTHORIZED') : null,
    )
    await assert.rejects(client.authenticate('bad'), { code: 'UNAUTHORIZED' })
    await client.whoami()
    await client.authenticate('good')
    await client.whoami()
    assert.deepEqual(
      calls.map(({ method, identity }) => [method, identity.kind]),
      [
        ['whoami', 'token'],
        ['whoami', 'configured'],
        ['whoami', 'token'],
        ['whoami', 'token'],
      ],
    )
  })
  test('a configured session past its end: UNAUTHORIZED at the first call, login still works', async () => {
    const { client, calls } = fake(
      { identity: { kind: 'token', token: 't' }, expiresAt: Date.now() - 1, entities: { users: 'User' } },
      ({ method }) => (method === 'login' ? login : null),
    )
    await assert.rejects(client.users!.list(), { code: 'UNAUTHORIZED' })
    assert.equal(calls.length, 0)
    await client.login('ann', 'pw')
    await client.users!.list()
    assert.equal(calls.length, 2)
  })
  test('asSystem is not for remote clients and needs a reason', () => {
    assert.throws(() => fake().client.asSystem('why'), { code: 'FORBIDDEN' })
    assert.throws(() => fake({ asSystem: true }).client.asSystem(' '), { code: 'VALIDATION_ERROR' })
  })
})

describe('keys and attempts', () => {
  test('every write over a network carries a key of its own; reads do not', async () => {
    const { client, calls } = fake()
    const users = client.users!
    await users.create({})
    await users.update('a', {})
    await users.delete('a')
    await users.createMany([])
    await users.updateMany({}, {})
    await users.deleteMany({})
    await users.upsert({})
    await users.verify!()
    await client.transaction([])
    const keys = calls.map(({ idempotencyKey }) => idempotencyKey)
    assert.equal(new Set(keys).size, 9)
    for (const key of keys) assert.match(key ?? '', /^k_[0-9a-f]{32}_/)
    calls.length = 0
    await users.list()
    await users.read('a')
    await client.whoami()
    assert.deepEqual(
      calls.map(({ idempotencyKey, writes }) => [idempotencyKey, writes]),
      [
        [undefined, false],
        [undefined, false],
        [undefined, false],
      ],
    )
  })
  test('in-process a write has a key only if given', async () => {
    const { client, calls } = fake({ entities: { users: 'User' } }, () => null, false)
    await client.users!.create({})
    await client.users!.create({}, { idempotencyKey: 'mine' })
    assert.deepEqual(
      calls.map(({ idempotencyKey }) => idempotencyKey),
      [undefined, 'mine'],
    )
  })
  test('attempts only where asked for, with the same key, and only for what may pass', async () => {
    let failures = 2
    const limited = (): Value | DBALError => (failures-- > 0 ? new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 0.05 }) : 'done')
    const asked = fake(undefined, limited)
    assert.equal(await asked.client.users!.create({}, { retry: 2 }), 'done')
    assert.equal(new Set(asked.calls.map(({ idempotencyKey }) => idempotencyKey)).size, 1)
    assert.equal(asked.calls.length, 3)
    failures = 1
    const unasked = fake(undefined, limited)
    await assert.rejects(unasked.client.users!.create({}), { code: 'RATE_LIMIT_EXCEEDED' })
    const conflict = fake(undefined, () => new DBALError('CONFLICT'))
    await assert.rejects(conflict.client.users!.create({}, { retry: 5 }), { code: 'CONFLICT' })
    assert.equal(conflict.calls.length, 1)
  })
})

describe('the same before either door', () => {
  test('a call that is cancelled already is not sent', async () => {
    const { client, calls } = fake()
    await assert.rejects(client.users!.list({ signal: AbortSignal.abort() }), { code: 'TIMEOUT' })
    assert.equal(calls.length, 0)
  })

  test('parameters that no message could hold are not sent', async () => {
    const { client, calls } = fake()
    await assert.rejects(client.users!.create({ bio: 'x'.repeat(1024 * 1024) }), (error) => fieldOf(error) === 'params')
    assert.equal(calls.length, 0)
  })

  test('an idempotency key of half a character is refused', async () => {
    const { client } = fake()
    await assert.rejects(client.users!.create({}, { idempotencyKey: '\ud800' }), (error) => fieldOf(error) === 'idempotencyKey')
  })

  test('the pause before another attempt ends with the signal, and says what is still not known', async () => {
    const abort = new AbortController()
    const lost = new DBALError('DATABASE_ERROR', { outcome: 'unknown', idempotencyKey: 'k' })
    const limited = new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 60 })
    const { signal } = abort
    setTimeout(() => abort.abort(), 20)
    const waiting = fake(undefined, () => limited)
    await assert.rejects(waiting.client.users!.create({}, { retry: 1, signal }), { code: 'TIMEOUT', details: { reason: 'The call was cancelled' } })
    assert.equal(waiting.calls.length, 1)
    const unsure = fake(undefined, () => {
      setImmediate(() => again.abort())
      return lost
    })
    const again = new AbortController()
    await assert.rejects(unsure.client.users!.create({}, { retry: 1, idempotencyKey: 'k', signal: again.signal }), (error) => {
      const { details } = error as DBALError
      return details.outcome === 'unknown' && details['idempotencyKey'] === 'k'
    })
  })
})
