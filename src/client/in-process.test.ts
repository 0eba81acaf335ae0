import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import type { Call, Reply } from '../protocol/execute.ts'
import { type Door, inProcess, type Principal } from './in-process.ts'
import type { Outgoing } from './transport.ts'

const person = (id: string): Principal => ({ kind: 'user', id, role: 'user', attributes: {} })
const nobody: Principal = { kind: 'public', role: 'public', attributes: {} }

function door(answer: (call: Call, who: Principal) => Reply) {
  const seen: { call: Call; who: Principal }[] = []
  let closed = 0
  const made: Door = {
    execute: async (call, who) => {
      seen.push({ call, who })
      return answer(call, who)
    },
    authenticate: async (token) => {
      if (token === 'broken') throw new DBALError('UNAUTHORIZED', {}, { cause: new Error('SELECT secret') })
      return person(token)
    },
    principal: person('configured'),
    nobody,
    system: (reason) => ({ ...nobody, kind: 'system', reason }),
    close: async () => {
      closed++
    },
  }
  return { made, seen, closed: () => closed }
}

const ok = (call: Call): Reply => ({ ok: true, result: { a: 1 }, requestId: call.requestId })
const call = (identity: Outgoing['identity'], more: Partial<Outgoing> = {}): Outgoing => ({
  method: 'read',
  params: ['User', 'a'],
  identity,
  writes: false,
  ...more,
})

test('every kind of identity becomes its principal; request ids are unique', async () => {
  const { made, seen } = door(ok)
  const transport = inProcess(async () => made)
  for (const identity of [{ kind: 'configured' }, { kind: 'nobody' }, { kind: 'token', token: 't' }, { kind: 'system', reason: 'why' }] as const)
    assert.deepEqual(await transport.send(call(identity)), { a: 1 })
  assert.deepEqual(
    seen.map(({ who }) => [who.kind, who.id ?? who.reason]),
    [
      ['user', 'configured'],
      ['public', undefined],
      ['user', 't'],
      ['system', 'why'],
    ],
  )
  assert.equal(new Set(seen.map((one) => one.call.requestId)).size, 4)
})

test("a user id beside a token must be the token's", async () => {
  const transport = inProcess(async () => door(ok).made)
  await assert.rejects(transport.send(call({ kind: 'token', token: 't', userId: 'other' })), { code: 'UNAUTHORIZED' })
})

test('options go with the call', async () => {
  const { made, seen } = door(ok)
  const { signal } = new AbortController()
  const transport = inProcess(async () => made)
  await transport.send(call({ kind: 'configured' }, { timeout: 5, signal, idempotencyKey: 'k', transaction: 'tx' }))
  const { connection, ...sent } = seen[0]!.call
  assert.deepEqual(
    { ...sent, requestId: '' },
    { method: 'read', params: ['User', 'a'], requestId: '', timeout: 5, signal, idempotencyKey: 'k', transaction: 'tx' },
  )
  await transport.send(call({ kind: 'configured' }))
  assert.ok(connection !== undefined && connection === seen[1]?.call.connection, 'one connection for all calls')
  assert.equal(connection.aborted, false)
  await transport.close()
  assert.equal(connection.aborted, true)
})

test('errors are what the daemon would tell: no cause, with a request id', async () => {
  const { made } = door((given) => ({
    ok: false,
    error: new DBALError('DATABASE_ERROR', { hint: 'later' }, { cause: new Error('SELECT secret'), requestId: given.requestId }),
    requestId: given.requestId,
  }))
  const transport = inProcess(async () => made)
  for (const identity of [{ kind: 'configured' }, { kind: 'token', token: 'broken' }] as const) {
    const error = await transport.send(call(identity)).then(
      () => assert.fail('resolved'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof DBALError)
    assert.equal(error.cause, undefined)
    assert.match(error.requestId ?? '', /^req_/)
  }
})

test("opens once, at the first call; a failure is that call's alone", async () => {
  let attempts = 0
  const { made, closed } = door(ok)
  const transport = inProcess(async () => {
    if (++attempts === 1) throw new Error('disk')
    return made
  })
  await assert.rejects(transport.send(call({ kind: 'configured' })), { code: 'DATABASE_ERROR' })
  await Promise.all([transport.send(call({ kind: 'configured' })), transport.send(call({ kind: 'configured' }))])
  assert.equal(attempts, 2)
  const told: string[] = []
  transport.on((status) => told.push(status))
  await transport.close()
  await transport.close()
  assert.deepEqual([closed(), told, transport.status], [1, ['closed'], 'closed'])
  await assert.rejects(transport.send(call({ kind: 'configured' })), { code: 'DATABASE_ERROR' })
})
