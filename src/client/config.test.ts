import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { readConfig } from './config.ts'
import { readRemoteConfig } from './remote.ts'

const user = { id: 'u1', role: 'user' }
const wss = 'wss://dbal.example.com:50051'

const wrong: readonly (readonly [unknown, ...string[]])[] = [
  [undefined, 'config'],
  [null, 'config'],
  ['development', 'config'],
  [{}, 'mode'],
  [{ mode: 'prod' }, 'mode'],
  [{ mode: 'development', adaptor: 'sqlite' }, 'adaptor'],
  [{ mode: 'development', adapter: 'oracle' }, 'adapter'],
  [{ mode: 'development', endpoint: wss }, 'endpoint'],
  [{ mode: 'development', allowInsecure: true }, 'allowInsecure'],
  [{ mode: 'development', database: { urll: 'x' } }, 'database.urll'],
  [{ mode: 'development', database: { host: 'db' } }, 'database.host'],
  [{ mode: 'development', database: { url: 'postgres://x/y' } }, 'database.url'],
  [{ mode: 'development', adapter: 'memory', database: { url: 'file:x' } }, 'database'],
  [{ mode: 'development', adapter: 'postgresql' }, 'database.url'],
  [{ mode: 'development', adapter: 'prisma', database: { url: undefined } }, 'database.client'],
  [{ mode: 'development', adapter: 'prisma', database: { client: {} } }, 'database.client'],
  [{ mode: 'development', adapter: 'prisma', database: { client_module: './c.js', url: 'file:./dev.db' } }, 'database.url'],
  [{ mode: 'development', adapter: 'sqlite', database: { client_module: './c.js' } }, 'database.client_module'],
  [{ mode: 'development', adapter: 'postgresql', database: { url: 'mysql://h/d' } }, 'database.url'],
  [{ mode: 'development', adapter: 'postgresql', database: { url: 'postgres://h/d', host: 'h' } }, 'database.host'],
  [{ mode: 'development', adapter: 'postgresql', database: { host: 'h', port: 70_000 } }, 'database.port'],
  [
    { mode: 'development', adapter: 'postgresql', database: { host: 'h', pool_size: 2 }, performance: { connectionPoolSize: 3 } },
    'performance.connectionPoolSize',
  ],
  [{ mode: 'development', auth: { user: { role: 'god' } } }, 'auth.user.id'],
  [{ mode: 'development', auth: { user: { id: 'x' } } }, 'auth.user.role'],
  [{ mode: 'development', auth: { user: { ...user, id: 'service:x' } } }, 'auth.user.id'],
  [{ mode: 'development', auth: { user: { ...user, birthday: () => 1 } } }, 'auth.user.birthday'],
  [{ mode: 'development', auth: { usr: user } }, 'auth.usr'],
  [{ mode: 'development', auth: { session: { id: 's' } } }, 'auth.session.token'],
  [{ mode: 'development', auth: { session: { token: 't', expiresAt: 'soon' } } }, 'auth.session.expiresAt'],
  [{ mode: 'development', tenantId: 'a', auth: { user: { ...user, tenantId: 'b' } } }, 'tenantId'],
  [{ mode: 'development', security: { sandbox: 'loose' } }, 'security.sandbox'],
  [{ mode: 'development', security: { enableAuditLog: 'yes' } }, 'security.enableAuditLog'],
  [{ mode: 'development', performance: { queryTimeout: 0 } }, 'performance.queryTimeout'],
  [{ mode: 'development', schema: 5 }, 'schema'],
  [{ mode: 'production' }, 'endpoint'],
  [{ mode: 'production', endpoint: '' }, 'endpoint', 'endpoint'],
  [{ mode: 'production', endpoint: wss, database: {} }, 'database'],
  [{ mode: 'production', endpoint: wss, schema: './dbal' }, 'schema'],
  [{ mode: 'production', endpoint: wss, tenantId: 't' }, 'tenantId'],
  [{ mode: 'production', endpoint: wss, auth: { user } }, 'auth.session'],
  [{ mode: 'production', endpoint: 'ws://dbal.example.com:50051' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'ws://127.0.0.1.example.com' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'ws://localhost@evil.example' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'https://dbal.example.com' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'wss://a:b@dbal.example.com' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'wss://dbal.example.com?token=x' }, 'endpoint'],
  [{ mode: 'production', endpoint: 'no spaces allowed' }, 'endpoint'],
  [{ mode: 'production', endpoint: wss, webSocket: {} }, 'webSocket'],
]

describe('refused configurations name each key', () => {
  for (const [config, ...keys] of wrong) {
    test(`${JSON.stringify(config)} → ${keys.join(', ')}`, () => {
      assert.throws(
        () => readConfig(config),
        (error) => {
          assert.ok(error instanceof DBALError)
          assert.equal(error.code, 'VALIDATION_ERROR')
          assert.deepEqual([...new Set(error.details.fields?.map(({ field }) => field))], [...new Set(keys)])
          for (const key of keys) assert.ok(error.message.includes(`${key}: `), error.message)
          return true
        },
      )
    })
  }
})

describe('accepted configurations', () => {
  test('development needs nothing but its mode', () => {
    const settings = readConfig({ mode: 'development' })
    assert.equal(settings.adapter, 'sqlite')
    assert.equal(settings.performance.queryTimeout, 30_000)
    assert.deepEqual(settings.identity, { kind: 'configured' })
    assert.equal(settings.user, undefined)
  })

  test('in-process the user handed over is the principal, with the tenant of the configuration', () => {
    const settings = readConfig({
      mode: 'development',
      auth: { user: { ...user, since: new Date(0), nothing: undefined }, session: { token: 't' } },
      tenantId: 'acme',
    })
    assert.deepEqual(settings.user, { id: 'u1', role: 'user', since: '1970-01-01T00:00:00.000Z', tenantId: 'acme' })
    assert.deepEqual(settings.identity, { kind: 'configured' })
  })

  test('through a daemon the token is the identity, the user id is only compared', () => {
    const settings = readConfig({ mode: 'production', endpoint: wss, auth: { user, session: { token: 't', expiresAt: '2030-01-01T00:00:00Z' } } })
    assert.deepEqual(settings.identity, { kind: 'token', token: 't', userId: 'u1' })
    assert.equal(settings.expiresAt, Date.UTC(2030, 0, 1))
    const login = { token: 't', userId: 'u2', expiresAt: '2030-01-01T00:00:00.000Z' }
    assert.deepEqual(
      readConfig({ mode: 'production', endpoint: wss, auth: { session: login } }).identity,
      { kind: 'token', token: 't', userId: 'u2' },
      'what login answers is a session',
    )
  })

  const endpoints: readonly (readonly [string, string, boolean?])[] = [
    ['dbal.example.com:50051', 'wss://dbal.example.com:50051/'],
    ['localhost:50051', 'wss://localhost:50051/'],
    ['[::1]:50051', 'wss://[::1]:50051/'],
    ['ws://localhost:50051', 'ws://localhost:50051/'],
    ['ws://127.8.9.1', 'ws://127.8.9.1/'],
    ['ws://[::1]:1', 'ws://[::1]:1/'],
    ['ws://dbal.internal:50051', 'ws://dbal.internal:50051/', true],
    ['wss://dbal.example.com/path', 'wss://dbal.example.com/path'],
  ]
  for (const [endpoint, url, allowInsecure = false] of endpoints) {
    test(`${endpoint} → ${url}`, () => assert.equal(readConfig({ mode: 'production', endpoint, allowInsecure }).endpoint, url))
  }
})

test('the browser client refuses to work in-process, and says what to import', () => {
  assert.throws(() => readRemoteConfig({ mode: 'development' }), /mode: .*import @metabuilder\/dbal to work in-process/)
})
