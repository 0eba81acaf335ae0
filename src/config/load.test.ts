/** Layers, both shapes of the seeds, and every complaint at its place. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import type { Flags } from './layer.ts'
import { type Config, loadConfig } from './load.ts'
import { encryptSecret } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbal-config-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Sources {
  readonly env?: Record<string, string>
  readonly flags?: Flags
}

function load(yaml: string, { env = {}, flags = {} }: Sources = {}): Config {
  writeFileSync(join(folder, 'dbal.yaml'), yaml)
  return loadConfig({ file: 'dbal.yaml', env, flags, folder })
}

function complaints(yaml: string, sources: Sources = {}): string[] {
  try {
    load(yaml, sources)
  } catch (error) {
    assert.ok(error instanceof DBALError)
    assert.equal(error.code, 'VALIDATION_ERROR')
    return (error.details.fields ?? []).map(({ field, error: text }) => `${field} ${text}`)
  }
  throw new assert.AssertionError({ message: `accepted: ${yaml}` })
}

describe('shapes', () => {
  test('host, port, connection and a switch for the audit log', () => {
    const { settings } = load(
      `server:
  host: "0.0.0.0"
  port: 50051
  tls: { enabled: true, cert_file: /etc/dbal/server.crt, key_file: /etc/dbal/server.key, ca_file: /etc/dbal/ca.crt }
database:
  adapter: postgresql
  connection: { host: db.example.com, port: 5432, database: metabuilder, user: dbal_service, password: "\${DBAL_DB_PASSWORD}", ssl_mode: require, pool_size: 20, timeout: 30000 }
security:
  sandbox: strict
  audit_log: true
  audit_log_path: /var/log/dbal/audit.log
  rate_limit: { enabled: true, requests_per_minute: 100, burst: 20 }
acl: { rules_file: /etc/dbal/acl_rules.yaml, cache_ttl: 300 }
performance: { query_timeout: 30000, max_query_complexity: 1000, connection_pool_size: 20, cache_enabled: true, cache_size_mb: 256 }
`,
      { env: { DBAL_DB_PASSWORD: 'p$$w' } },
    )
    assert.equal(settings['server.host'], '0.0.0.0')
    assert.equal(settings['server.tls.ca_file'], '/etc/dbal/ca.crt')
    assert.equal(settings['database.connection.password'], 'p$$w')
    assert.equal(settings['database.url'], undefined)
    assert.equal(settings['database.pool_size'], 20)
    assert.equal(settings['security.audit_log_path'], '/var/log/dbal/audit.log')
    assert.equal(settings.mode, 'production')
    assert.equal(settings['database.auto_migrate'], false)
  })

  test('bind, url and a path for the audit log', () => {
    const { settings, notices } = load(`server:
  bind: "127.0.0.1:50052"
  tls: { enabled: false, cert: c.pem, key: k.pem, ca: a.pem }
database: { adapter: prisma, url: "file:./dev.db" }
security: { sandbox: permissive, audit_log: "./logs/audit.log", max_query_time: 12.5 }
acl: { enforce_row_level: true }
logging: { level: debug, format: json, slow_query_threshold_ms: 5 }
`)
    assert.equal(settings['server.host'], '127.0.0.1')
    assert.equal(settings['server.port'], 50052)
    assert.equal(settings['server.tls.cert_file'], join(folder, 'c.pem'))
    assert.equal(settings['database.url'], `file:${join(folder, 'dev.db')}`)
    assert.equal(settings['security.audit_log'], true)
    assert.equal(settings['security.audit_log_path'], join(folder, 'logs/audit.log'))
    assert.equal(settings['performance.query_timeout'], 12_500)
    assert.equal(settings.mode, 'development')
    assert.deepEqual(notices, ['security.sandbox is accepted but has no effect in this version'])
  })

  test('an empty file, empty sections and no file are the defaults', () => {
    const bare = loadConfig({ env: {}, folder })
    assert.equal(bare.settings['database.url'], `file:${join(folder, '.dbal/dev.db')}`)
    assert.equal(bare.settings['server.port'], 50_051)
    assert.equal(bare.settings['database.adapter'], 'sqlite')
    for (const yaml of ['', '# nothing\n', 'server:\nsecurity:\n']) assert.deepEqual(load(yaml).settings, bare.settings)
  })

  for (const [bind, host, port] of [
    ['[::1]:8080', '::1', 8080],
    [':8080', '0.0.0.0', 8080],
    ['localhost', 'localhost', 50_051],
    ['127.0.0.1:0', '127.0.0.1', 0],
  ] as const) {
    test(`bind ${bind}`, () => {
      const { settings } = load(`mode: development\nserver: { bind: "${bind}" }`)
      assert.deepEqual([settings['server.host'], settings['server.port']], [host, port])
    })
  }
})

describe('layers', () => {
  test('flags win over the environment, which wins over the file', () => {
    const yaml = 'server: { bind: "localhost:1" }\nlogging: { level: warn }'
    const env = {
      DBAL_SERVER_PORT: '2',
      DBAL_SECURITY_AUDIT_LOG: 'false',
      DBAL_SERVER_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
      DBAL_LOGGING_FORMAT: '',
    }
    assert.equal(load(yaml).settings['server.port'], 1)
    const { settings, given } = load(yaml, { env, flags: { 'server.port': '3' } })
    assert.equal(settings['server.port'], 3)
    assert.equal(settings['server.host'], 'localhost')
    assert.equal(settings['security.audit_log'], false)
    assert.deepEqual(settings['server.allowed_origins'], ['https://a.example', 'https://b.example'])
    assert.equal(given.get('server.port'), '--port')
    assert.equal(given.get('security.audit_log'), 'DBAL_SECURITY_AUDIT_LOG')
    assert.equal(given.get('logging.level'), 'dbal.yaml:2:19')
  })

  test('relative paths start at the file, those of flags at the working folder', () => {
    mkdirSync(join(folder, 'etc'), { recursive: true })
    writeFileSync(join(folder, 'etc/x.yaml'), 'schema: ./schema\ndatabase: { url: data.db }')
    assert.equal(loadConfig({ file: 'etc/x.yaml', env: {}, folder }).settings.schema, join(folder, 'etc/schema'))
    assert.equal(loadConfig({ file: 'etc/x.yaml', env: {}, folder }).settings['database.url'], `file:${join(folder, 'etc/data.db')}`)
    assert.equal(loadConfig({ file: 'etc/x.yaml', env: {}, flags: { schema: 'mine' }, folder }).settings.schema, join(folder, 'mine'))
  })

  test('a url says which database it is of', () => {
    assert.equal(load('database: { url: "postgres://h/d" }').settings['database.adapter'], 'postgresql')
    assert.equal(load('database: { url: ":memory:" }').settings['database.url'], ':memory:')
    assert.equal(
      load('database: { url: "x.db", pool_size: 5 }\nperformance: { transactions: { total: 5 } }').settings['performance.transactions.total'],
      5,
    )
    assert.equal(load('database: { adapter: memory }').settings['database.url'], undefined)
  })
})

describe('text from elsewhere', () => {
  test('variables, dollars and numbers out of variables', () => {
    const env = { HOST: 'localhost', PORT: '7', SECONDS: '3', NEST: '${HOST}' }
    const { settings } = load(
      'server: { host: "${HOST}", port: "${PORT}" }\nsecurity: { max_query_time: "${SECONDS}" }\ndatabase: { url: "file:/a$$b${NEST}$c" }',
      { env },
    )
    assert.equal(settings['server.port'], 7)
    assert.equal(settings['performance.query_timeout'], 3000)
    assert.equal(settings['database.url'], 'file:/a$b${HOST}$c')
  })

  test('a secret file is read, a database file is not', () => {
    writeFileSync(join(folder, 'jwt.secret'), `${'s'.repeat(40)}\n`)
    writeFileSync(join(folder, 'dev.db'), 'not a url')
    const { settings } = load(
      'auth: { jwt: { issuer: me, secret: "file:./jwt.secret", claims: { id: sub, role: role } } }\ndatabase: { url: "file:./dev.db" }',
    )
    assert.equal(settings['auth.jwt.secret'], 's'.repeat(40))
    assert.deepEqual(settings['auth.jwt.claims'], { id: 'sub', role: 'role' })
    assert.equal(settings['database.url'], `file:${join(folder, 'dev.db')}`)
  })

  test('an encrypted value is read with the key file, whichever layer names it', () => {
    const key = Buffer.alloc(32, 7)
    writeFileSync(join(folder, 'key'), key.toString('hex'), { mode: 0o600 })
    const sealed = encryptSecret('database.url', 'postgres://u:p@h/d', key)
    assert.equal(load(`database: { url: "${sealed}" }\nsecurity: { key_file: ./key }`).settings['database.url'], 'postgres://u:p@h/d')
    assert.equal(
      load(`database: { url: "${sealed}" }`, { env: { DBAL_SECURITY_KEY_FILE: join(folder, 'key') } }).settings['database.adapter'],
      'postgresql',
    )
    assert.equal(load(`database: { url: "${sealed}" }`, { flags: { 'database.url': 'x.db' } }).settings['database.adapter'], 'sqlite')
    writeFileSync(join(folder, 'dbal.key'), key, { mode: 0o600 })
    assert.equal(load(`database: { url: "${sealed}" }`, { env: { CREDENTIALS_DIRECTORY: folder } }).settings['database.adapter'], 'postgresql')
  })
})

const malformed: readonly (readonly [yaml: string, complaint: string, env?: Record<string, string>])[] = [
  ['server:\n  prot: 5', 'dbal.yaml:2:3 Unknown key "server.prot"; did you mean "port"?'],
  ['sever:\n  port: 5', 'dbal.yaml:1:1 Unknown key "sever"; did you mean "server"?'],
  ['port: 5', 'dbal.yaml:1:1 Unknown key "port"; it stands at server.port or database.connection.port'],
  ['server: { port: 1, port: 2 }', 'dbal.yaml:1:20 The key "port" stands twice in this map'],
  ['server: { port: "1" }', 'dbal.yaml:1:17 server.port: Expected a whole number from 0 to 65535, found "1"'],
  ['server: { port: 70000 }', 'dbal.yaml:1:17 server.port: Expected a whole number from 0 to 65535, found 70000'],
  ['server: { port: }', 'dbal.yaml:1:17 server.port: Expected a value; leave the line out to keep the default'],
  ['server: 5', 'dbal.yaml:1:9 server: Expected a section with host, port, allowed_origins, tls, bind'],
  ['server: { host: 5 }', 'dbal.yaml:1:17 server.host: Expected text (put it in quotes), found 5'],
  ['server: { host: "" }', 'dbal.yaml:1:17 server.host: Expected text that is not empty'],
  ['server: { bind: "x:y" }', 'dbal.yaml:1:17 server.bind: Expected an address such as "127.0.0.1:50051"'],
  ['server: { bind: "localhost:1", port: 2 }', 'dbal.yaml:1:38 server.port is given here and at dbal.yaml:1:17, and the two differ; keep one'],
  ['server: { tls: { enabled: yes } }', 'dbal.yaml:1:27 server.tls.enabled: Expected true or false, found "yes"'],
  ['server: { tls: { enabled: true, key: k } }', 'dbal.yaml:1:27 server.tls.enabled: TLS needs server.tls.cert_file too'],
  [
    'server: { host: 0.0.0.0 }',
    'dbal.yaml:1:17 server.host: Production does not listen without TLS beyond loopback; set server.tls, listen on 127.0.0.1, or say mode: development',
  ],
  ['server: { allowed_origins: "*" }', 'dbal.yaml:1:28 server.allowed_origins: Expected a list of texts, found "*"'],
  [
    'server: { allowed_origins: ["*"] }',
    'dbal.yaml:1:28 server.allowed_origins: "*" is not an origin; expected something like https://app.example.com',
  ],
  ['logging: { level: verbose }', 'dbal.yaml:1:19 logging.level: "verbose" is not one of debug, info, warn, error'],
  ['logging: { format: jsn }', 'dbal.yaml:1:20 logging.format: "jsn" is not one of pretty, json; did you mean "json"?'],
  [
    'acl: { enforce_row_level: false }',
    'dbal.yaml:1:27 acl.enforce_row_level: Row rules cannot be switched off; remove the line. Trusted server code acts with client.asSystem(why)',
  ],
  [
    'database: { url: a.db, connection: { host: h } }',
    'dbal.yaml:1:44 database.connection.host: The database is given twice; keep either database.url or database.connection',
  ],
  ['database: { adapter: sqlite, url: "mysql://h/d" }', 'dbal.yaml:1:22 database.adapter: The url is one of mysql, not of sqlite'],
  [
    'database: { adapter: sqlite, connection: { host: h } }',
    'database.connection.host: sqlite connects to no server; name its file with database.url',
  ],
  ['database: { adapter: postgresql }', 'dbal.yaml:1:22 database.adapter: postgresql needs database.url or database.connection'],
  ['database: { connection: { host: h } }', 'dbal.yaml:1:33 database.connection.host: database.adapter has to say which kind of database this is'],
  [
    'database: { url: "postgres://h/d", pool_size: 5 }\nperformance: { transactions: { total: 5 } }',
    'dbal.yaml:2:39 performance.transactions.total: Must be less than database.pool_size (5), or open transactions could keep every connection',
  ],
  [
    'performance: { transactions: { idle_timeout: 9, lease: 8 } }',
    'dbal.yaml:1:46 performance.transactions.idle_timeout: Must not be more than performance.transactions.lease',
  ],
  [
    'database: { pool_size: 5 }\nperformance: { connection_pool_size: 6 }',
    'dbal.yaml:2:38 database.pool_size is given here and at dbal.yaml:1:24, and the two differ; keep one',
  ],
  ['database: { url: "${NOPE}" }', 'dbal.yaml:1:18 database.url: The environment variable NOPE is not set'],
  ['database: { url: "${A B}" }', 'dbal.yaml:1:18 database.url: "${A B}" names no environment variable; write "$$" for a dollar sign'],
  ['database: { url: "${A" }', 'dbal.yaml:1:18 database.url: A "${" has no "}"; write "$$" for a dollar sign'],
  ['security: { max_query_time: 0 }', 'dbal.yaml:1:29 security.max_query_time: Expected a number of seconds above 0'],
  ['security: { audit_log: 5 }', 'dbal.yaml:1:24 security.audit_log: Expected true or false, found 5'],
  ['auth: { jwt: { secret: short, issuer: i } }', 'dbal.yaml:1:24 auth.jwt.secret: The shared key is shorter than 32 bytes'],
  ['auth: { jwt: { issuer: i } }', 'dbal.yaml:1:24 auth.jwt.issuer: Give one of auth.jwt.jwks_file, auth.jwt.jwks_url and auth.jwt.secret'],
  ['auth: { jwt: { jwks_file: f } }', 'dbal.yaml:1:27 auth.jwt.jwks_file: auth.jwt.issuer is missing: without it any issuer would be believed'],
  [
    'auth: { jwt: { issuer: i, jwks_url: "http://x.example/k" } }',
    'dbal.yaml:1:37 auth.jwt.jwks_url: Keys are fetched over https only (http on loopback)',
  ],
  ['auth: { jwt: { claims: { id: 5 } } }', 'dbal.yaml:1:24 auth.jwt.claims: Expected a map of names to texts'],
  ['- a', 'dbal.yaml:1:1 Expected sections such as server: and database:'],
  ['a: 1\n---\nb: 2', 'dbal.yaml:3:1 A configuration file is one YAML document; put the rest into another file'],
  ['server:\n\tport: 1', 'dbal.yaml:2:1 A tab cannot indent; use spaces'],
  ['server: &a { <<: *a }', 'Merge keys ("<<") are not accepted'],
  ['server: { port: !!js/function "x" }', 'dbal.yaml:1'],
  ['server: { port: .nan }', 'dbal.yaml:1:17 ".nan" is not a finite number'],
  ['server: { port: 0o17 }', 'dbal.yaml:1:17 "0o17" reads as 15 here'],
  ['{}', 'DBAL_SERVER_PORT server.port: Expected a whole number from 0 to 65535, found "x"', { DBAL_SERVER_PORT: 'x' }],
]

describe('malformed', () => {
  for (const [yaml, complaint, env] of malformed) {
    test(JSON.stringify(yaml), () => {
      const found = complaints(yaml, env === undefined ? {} : { env })
      assert.ok(
        found.some((line) => line.includes(complaint)),
        `expected\n  ${complaint}\nfound\n  ${found.join('\n  ')}`,
      )
    })
  }

  test('all mistakes are told at once', () => {
    assert.equal(complaints('server: { port: x, host: 5 }\nacl: { enforce_row_level: false }\nnope: 1').length, 4)
  })

  test('a missing file is named', () => {
    assert.throws(
      () => loadConfig({ file: 'none.yaml', env: {}, folder }),
      (error: DBALError) => /none\.yaml cannot be read: there is no such file/.test(error.details.reason ?? ''),
    )
  })
})

describe('secrets stay unseen', () => {
  const canary = 'c4n4ry-0123456789'
  const key = Buffer.alloc(32, 1)
  writeFileSync(join(folder, 'good.key'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'open.key'), key)
  chmodSync(join(folder, 'open.key'), 0o644)
  writeFileSync(join(folder, 'bad.key'), canary, { mode: 0o600 })
  const sealed = encryptSecret('database.connection.user', canary, key)
  const cases: readonly (readonly [string, RegExp])[] = [
    [`auth: { jwt: { issuer: i, secret: ${canary} } }`, /shorter than 32/],
    [`database: { connection: { password: [${canary}] } }`, /Expected text/],
    [`database: { url: [${canary}] }`, /Expected text/],
    [`database: { url: "mysql://u:${canary}@h/d", adapter: sqlite }`, /one of mysql/],
    [`database: { connection: { password: "${sealed}" } }`, /needs its key; set security.key_file/],
    [`database: { connection: { password: "${sealed}" } }\nsecurity: { key_file: good.key }`, /for another option than database.connection.password/],
    [`database: { connection: { password: "${sealed}" } }\nsecurity: { key_file: open.key }`, /can be read by everyone; run: chmod 600/],
    [`database: { connection: { password: "${sealed}" } }\nsecurity: { key_file: bad.key }`, /holds no key/],
    [`database: { connection: { password: "${sealed}" } }\nsecurity: { key_file: absent.key }`, /there is no such file/],
    [`database: { connection: { password: "enc:${canary}" } }\nsecurity: { key_file: good.key }`, /of a form that is not known here/],
    [`database: { connection: { password: "file:./absent" } }`, /The secret file .*absent cannot be read: there is no such file/],
  ]
  for (const [yaml, expected] of cases) {
    test(String(expected), () => {
      const text = complaints(yaml).join('\n')
      assert.match(text, expected)
      assert.ok(!text.includes(canary), text)
    })
  }
})
