import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { createSessions, type SessionOptions } from './store.ts'
import { createToken, digestOf } from './token.ts'

type Row = Record<string, string>
type Filter = Record<string, string | { in: string[] }>

/** What the store passes, all kinds of calls in one. */
interface Params {
  readonly entity: string
  readonly id: string
  readonly filter: Filter
  readonly data: Row
}

/** A tiny database behind the calls that the store makes. */
function fake(options: Partial<SessionOptions> = {}) {
  const rows: Record<string, Row[]> = {
    User: [
      { id: 'u1', username: 'alice', email: 'a@x.org', role: 'admin', secretNote: 's', tenantId: 't1' },
      { id: 'u2', username: 'bob', email: 'b@x.org', role: 'user' },
    ],
    Session: [],
    DbalToken: [],
  }
  const clock = { now: 1_800_000_000_000, mono: 0 }
  const calls: string[] = []
  const matches = (row: Row, filter: Filter) =>
    Object.entries(filter).every(([k, v]) => (typeof v === 'object' ? v.in.includes(row[k] as string) : row[k] === v))
  const verify = ([, , { username, password }]: readonly [string, string, Row]): boolean => {
    if (username === 'down') throw new DBALError('DATABASE_ERROR')
    if (username === 'locked') throw new DBALError('RATE_LIMIT_EXCEEDED', { retryAfter: 9 })
    if (username === 'a\u0000') throw new DBALError('VALIDATION_ERROR')
    return password === 'right'
  }
  const system = async (method: string, given: unknown): Promise<never> =>
    (method === 'call' ? verify(given as [string, string, Row]) : await answer(method, given as Params)) as never
  const answer = async (method: string, params: Params): Promise<unknown> => {
    calls.push(`${method} ${params.entity}`)
    const table = rows[params.entity] as Row[]
    if (method === 'list') return { data: table.filter((row) => matches(row, params.filter)).map((row) => ({ ...row })) }
    if (method === 'create') {
      const row = { id: `row${table.length}`, ...params.data }
      table.push(row)
      return row
    }
    if (method === 'deleteMany') {
      rows[params.entity] = table.filter((row) => !matches(row, params.filter))
      return table.length
    }
    const row = table.find(({ id }) => id === params.id)
    if (row === undefined) throw new DBALError('NOT_FOUND')
    if (method === 'update') Object.assign(row, params.data)
    if (method === 'delete') table.splice(table.indexOf(row), 1)
    return row
  }
  const sessions = createSessions({ system, now: () => clock.now, monotonic: () => clock.mono, ttlMs: 3_600_000, ...options })
  return { sessions, rows, clock, calls }
}

const unauthorized = (error: unknown): boolean => {
  assert.ok(error instanceof DBALError)
  assert.deepEqual(error.toPublic(), { code: 401, name: 'UNAUTHORIZED', message: 'Authentication required' })
  return true
}

describe('login', () => {
  it('answers a token of which only the digest is kept', async () => {
    const { sessions, rows } = fake()
    const { token, userId, expiresAt } = await sessions.login('alice', 'right')
    assert.match(token, /^dbal_s_[\w-]{43}$/)
    assert.equal(userId, 'u1')
    assert.equal(expiresAt, new Date(1_800_003_600_000).toISOString())
    assert.equal(rows['Session']?.[0]?.['token'], digestOf(token))
    assert.ok(!JSON.stringify(rows).includes(token))
  })

  it('S4: wrong password, unknown name, impossible name and an orphan password are told alike', async () => {
    const { sessions } = fake()
    for (const [name, password] of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
      ['a\u0000', 'right'],
      ['orphan', 'right'],
    ] as const) {
      await assert.rejects(sessions.login(name, password), unauthorized)
    }
  })

  it('lets the lock-out and a broken database through', async () => {
    const { sessions } = fake()
    await assert.rejects(sessions.login('locked', 'right'), { code: 'RATE_LIMIT_EXCEEDED' })
    await assert.rejects(sessions.login('down', 'right'), { code: 'DATABASE_ERROR' })
  })
})

describe('authenticate', () => {
  it('answers the principal with the fields of the row but the sensitive ones', async () => {
    const { sessions } = fake({ sensitive: (field) => field === 'secretNote' })
    const { token } = await sessions.login('alice', 'right')
    assert.deepEqual(await sessions.authenticate(token), {
      kind: 'user',
      id: 'u1',
      username: 'alice',
      role: 'admin',
      tenantId: 't1',
      sessionId: 'row0',
      expiresAt: 1_800_003_600_000,
      attributes: { id: 'u1', username: 'alice', email: 'a@x.org', role: 'admin', tenantId: 't1' },
    })
  })

  it('S1: near misses, other kinds and garbage are all the same UNAUTHORIZED, and garbage costs no look-up', async () => {
    const { sessions, calls } = fake()
    const { token } = await sessions.login('alice', 'right')
    const flipped = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
    for (const bad of [flipped, token.replace('_s_', '_t_'), createToken('session'), createToken('service'), 'a.b.c']) {
      await assert.rejects(sessions.authenticate(bad), unauthorized)
    }
    const before = calls.length
    for (const bad of ['', ' ', token.slice(1), `${token}x`, 'x'.repeat(100_000), { $ne: null } as never, null as never, `${token}\n`]) {
      await assert.rejects(sessions.authenticate(bad), unauthorized)
    }
    assert.equal(calls.length, before)
  })

  it('expires on the minute, also while the answer is remembered', async () => {
    const { sessions, clock } = fake()
    const { token } = await sessions.login('alice', 'right')
    await sessions.authenticate(token)
    clock.now += 3_600_000
    await assert.rejects(sessions.authenticate(token), unauthorized)
  })

  it('a deleted user is nobody', async () => {
    const { sessions, rows } = fake()
    const { token } = await sessions.login('alice', 'right')
    rows['User'] = []
    await assert.rejects(sessions.authenticate(token), unauthorized)
  })

  it('remembers for less than a second, and not past a change that it is told of', async () => {
    const { sessions, rows, clock, calls } = fake()
    const { token } = await sessions.login('alice', 'right')
    await sessions.authenticate(token)
    const before = calls.length
    await sessions.authenticate(token)
    assert.equal(calls.length, before)
    Object.assign(rows['User']?.[0] as Row, { role: 'user' })
    sessions.changed('Other')
    assert.equal((await sessions.authenticate(token)).role, 'admin')
    sessions.changed('User')
    assert.equal((await sessions.authenticate(token)).role, 'user')
    rows['Session'] = []
    clock.mono += 500
    await assert.rejects(sessions.authenticate(token), unauthorized)
  })

  it('S2: an answer that was being read while the session was revoked is not kept', async () => {
    const { sessions, rows } = fake()
    const { token } = await sessions.login('alice', 'right')
    const early = sessions.authenticate(token)
    rows['Session'] = []
    sessions.changed('Session')
    await early.catch(() => undefined)
    await assert.rejects(sessions.authenticate(token), unauthorized)
  })

  it('look-ups of one turn share statements, and each caller gets its own answer', async () => {
    const { sessions, calls } = fake()
    const logins = []
    for (let i = 0; i < 45; i++) logins.push(await sessions.login(i % 2 === 0 ? 'alice' : 'bob', 'right'))
    calls.length = 0
    const found = await Promise.all(logins.map(({ token }) => sessions.authenticate(token)))
    assert.deepEqual(
      found.map(({ username }) => username),
      logins.map((_, i) => (i % 2 === 0 ? 'alice' : 'bob')),
    )
    assert.equal(calls.filter((call) => call === 'list Session').length, 3)
  })

  it('notes activity at most once a minute', async () => {
    const { sessions, clock, calls } = fake()
    const { token } = await sessions.login('alice', 'right')
    for (let i = 0; i < 130; i++) {
      clock.now += 1000
      clock.mono += 1000
      await sessions.authenticate(token)
    }
    assert.equal(calls.filter((call) => call === 'update Session').length, 2)
  })

  it('service tokens are principals of their own name space, without a session', async () => {
    const { sessions, rows } = fake()
    const token = createToken('service')
    rows['DbalToken']?.push({ id: 'k1', name: 'ci', digest: digestOf(token), role: 'god', expiresAt: new Date(1_800_000_001_000).toISOString() })
    const principal = await sessions.authenticate(token)
    assert.deepEqual(principal, { kind: 'service', id: 'service:k1', username: 'ci', role: 'god', attributes: {}, expiresAt: 1_800_000_001_000 })
    await assert.rejects(sessions.logout(principal), { code: 'VALIDATION_ERROR' })
  })
})

describe('logout', () => {
  it('ends this session at once and no other', async () => {
    const { sessions } = fake()
    const [one, two] = [await sessions.login('alice', 'right'), await sessions.login('alice', 'right')]
    const who = await sessions.authenticate(one.token)
    await sessions.logout(who)
    await sessions.logout(who)
    await assert.rejects(sessions.authenticate(one.token), unauthorized)
    assert.equal((await sessions.authenticate(two.token)).id, 'u1')
  })

  it('logoutAll ends all of the user, and nobody else', async () => {
    const { sessions } = fake()
    const [one, two, other] = [await sessions.login('alice', 'right'), await sessions.login('alice', 'right'), await sessions.login('bob', 'right')]
    await sessions.logoutAll(await sessions.authenticate(one.token))
    await assert.rejects(sessions.authenticate(two.token), unauthorized)
    assert.equal((await sessions.authenticate(other.token)).id, 'u2')
  })
})
