/** The command as a process: help, exit codes, projects, generated files, accounts, start and end of the daemon. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { buildProgram } from './program.ts'

const main = join(import.meta.dirname, 'main.ts')
const scratch = mkdtempSync(join(tmpdir(), 'dbal-cli-'))
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const env = { PATH: process.env['PATH'], HOME: scratch, NO_COLOR: '1' }

function dbal(cwd: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, out, err })))
}

function folder(): string {
  return mkdtempSync(join(scratch, 'p-'))
}

const noStack = /^\s+at .+:\d+:\d+/m

describe('help', () => {
  test('every verb has a summary and an example, and ends with 0', () => {
    const visit = (command: ReturnType<typeof buildProgram>, path: readonly string[]): number => {
      if (command.commands.length > 0) return command.commands.map((verb) => visit(verb, [...path, verb.name()])).reduce((a, b) => a + b, 0)
      assert.notEqual(command.description(), '', path.join(' '))
      let shown = ''
      command.configureOutput({ writeOut: (text) => (shown += text) }).exitOverride()
      assert.throws(() => command.parse(['--help'], { from: 'user' }), { exitCode: 0 })
      assert.match(shown, /Examples?:\n {2}.*dbal /, path.join(' '))
      return 1
    }
    assert.ok(visit(buildProgram(), []) >= 12)
  })

  test('the command itself', async () => {
    const { code, out } = await dbal(scratch, ['--help'])
    assert.equal(code, 0)
    assert.match(out, /Examples:/)
    assert.match((await dbal(scratch, ['--version'])).out, /^\d+\.\d+\.\d+/)
  })
})

describe('wrong use ends with 2 and says what to do', () => {
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['nope'], /unknown command 'nope'/],
    [['daemn'], /Did you mean daemon/],
    [['daemon', '--prot', '5'], /Did you mean --port/],
    [['user', 'add', 'ada'], /required option '--role <role>' not specified/],
    [['user', 'add', 'ada', '--role', 'user', '--email', 'a@b.co'], /--password-stdin/],
    [['token', 'create', '--role', 'admin', '--ttl', 'soon'], /"soon" is not a duration/],
    [['secret', 'encrypt', 'server.port', '--key-file', 'k'], /no secret option/],
  ]
  for (const [args, says] of cases) {
    test(args.join(' '), async () => {
      const { code, err } = await dbal(folder(), args)
      assert.equal(code, 2, err)
      assert.match(err, says)
      assert.doesNotMatch(err, noStack)
    })
  }
})

describe('a mistake in what is configured ends with 1, at its place', () => {
  const cases: readonly (readonly [name: string, yaml: string, says: RegExp])[] = [
    ['an unknown key', 'servr: {}', /c\.yaml:1:1 {2}Unknown key "servr"; did you mean "server"\?/],
    ['a missing schema', 'schema: ./nothing', /There is no schema folder/],
    ['a missing rules file', 'acl: { rules_file: ./r.yaml }', /rules file .*r\.yaml: there is no such file/],
    ['a missing certificate', 'server: { tls: { enabled: true, cert: c, key: k } }', /server\.tls\.cert_file: .* cannot be read/],
    ['row rules switched off', 'acl: { enforce_row_level: false }', /Row rules cannot be switched off/],
  ]
  for (const [name, yaml, says] of cases) {
    test(name, async () => {
      const cwd = folder()
      writeFileSync(join(cwd, 'c.yaml'), yaml)
      const { code, err } = await dbal(cwd, ['daemon', '--config=c.yaml', '--check'])
      assert.equal(code, 1)
      assert.match(err, says)
      assert.doesNotMatch(err, noStack)
      const machine = await dbal(cwd, ['daemon', '--config', 'c.yaml', '--check', '--json'])
      assert.equal((JSON.parse(machine.err) as { error: { name: string } }).error.name, 'VALIDATION_ERROR')
    })
  }

  test('a database file where none can be', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'file'), '')
    for (const [path, says] of [
      [join(cwd, 'file/below.db'), /a part of its path is no folder|its folder cannot be made there/],
      [cwd, /it is a folder/],
      ...(process.platform === 'linux' ? [['/proc/nowhere/x.db', /its folder cannot be made there/] as const] : []),
    ] as const) {
      const { code, err } = await dbal(cwd, ['daemon', '--port', '0', '--database', `file:${path}`])
      assert.equal(code, 1, err)
      assert.match(err, says)
      assert.doesNotMatch(err, noStack)
    }
  })

  test('a server that is not there', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'c.yaml'), 'database: { url: "postgres://u:hunter2@127.0.0.1:1/d" }')
    const { code, err } = await dbal(cwd, ['daemon', '--config', 'c.yaml'])
    assert.equal(code, 1)
    assert.match(err, /Database unavailable/)
    assert.doesNotMatch(err, noStack)
    assert.ok(!err.includes('hunter2'))
  })
})

describe('a project', () => {
  test('is made once, checks, and takes accounts and tokens', async () => {
    const cwd = folder()
    assert.equal((await dbal(cwd, ['init', 'notes'])).code, 0)
    const root = join(cwd, 'notes')
    const entity = readFileSync(join(root, 'dbal/entities/note.yaml'), 'utf8')
    const again = await dbal(cwd, ['init', 'notes'])
    assert.equal(again.code, 1)
    assert.match(again.err, /dbal\.yaml {2}exists already/)
    assert.equal(readFileSync(join(root, 'dbal/entities/note.yaml'), 'utf8'), entity)

    assert.equal((await dbal(root, ['daemon', '--check'])).code, 0)
    assert.match((await dbal(root, ['user', 'list'])).out, /no accounts yet/)
    const added = await dbal(
      root,
      ['user', 'add', 'ada', '--role', 'admin', '--email', 'ada@example.com', '--password-stdin', '--json'],
      'correct horse battery\n',
    )
    assert.equal(added.code, 0, added.err)
    assert.equal((JSON.parse(added.out) as { role: string }).role, 'admin')
    const twice = await dbal(
      root,
      ['user', 'add', 'ada', '--role', 'admin', '--email', 'other@example.com', '--password-stdin'],
      'correct horse battery\n',
    )
    assert.equal(twice.code, 1)
    const wrong = await dbal(
      root,
      ['user', 'add', 'bob', '--role', 'admn', '--email', 'b@example.com', '--password-stdin'],
      'correct horse battery\n',
    )
    assert.match(wrong.err, /did you mean "admin"/)
    assert.equal(wrong.code, 2)
    const refused = await dbal(root, ['user', 'add', 'bob', '--role', 'admin', '--email', 'b@example.com', '--password-stdin'], '\n')
    assert.equal(refused.code, 1)
    const rows = JSON.parse((await dbal(root, ['user', 'list', '--json'])).out) as { username: string }[]
    assert.deepEqual(
      rows.map(({ username }) => username),
      ['ada'],
      'a refused password leaves no account behind',
    )
    assert.equal((await dbal(root, ['user', 'passwd', 'nobody', '--password-stdin'], 'correct horse\n')).code, 1)
    assert.equal((await dbal(root, ['user', 'passwd', 'ada', '--password-stdin'], 'another battery\n')).code, 0)

    const token = await dbal(root, ['token', 'create', '--role', 'admin', '--ttl', '1h', '--name', 'nightly', '--json'])
    const made = JSON.parse(token.out) as { id: string; token: string }
    assert.match(made.token, /^dbal_t_/)
    const listed = await dbal(root, ['token', 'list', '--json'])
    assert.match(listed.out, /nightly/)
    assert.ok(!listed.out.includes(made.token))
    assert.equal((await dbal(root, ['token', 'revoke', made.id])).code, 0)
    assert.equal((await dbal(root, ['token', 'revoke', made.id])).code, 1)
    const files = ['.dbal/notes.db', '.dbal/audit.command.log'].map((path) => readFileSync(join(root, path), 'latin1')).join('')
    for (const secret of [made.token, 'correct horse battery', 'another battery']) assert.ok(!files.includes(secret))
  })

  test('its generated files are checked', async () => {
    const cwd = folder()
    await dbal(cwd, ['init'])
    assert.equal((await dbal(cwd, ['generate', '--check'])).code, 1)
    assert.equal((await dbal(cwd, ['generate'])).code, 0)
    assert.equal((await dbal(cwd, ['generate', '--check'])).code, 0)
    assert.match(readFileSync(join(cwd, 'generated/schema.ts'), 'utf8'), /interface Note\b/)
    assert.match(readFileSync(join(cwd, 'generated/ddl/sqlite.sql'), 'utf8'), /CREATE TABLE "notes"/)
    writeFileSync(join(cwd, 'generated/ddl/sqlite.sql'), 'edited', { flag: 'a' })
    const stale = await dbal(cwd, ['generate', '--check'])
    assert.equal(stale.code, 1)
    assert.match(stale.out, /generated\/ddl\/sqlite\.sql/)
    assert.doesNotMatch(stale.out, /schema\.ts/)
    assert.deepEqual(JSON.parse((await dbal(cwd, ['generate', '--check', '--json'])).out), { upToDate: false, stale: ['generated/ddl/sqlite.sql'] })
  })

  test('doctor tells what is in order and what is not', async () => {
    const cwd = folder()
    await dbal(cwd, ['init'])
    const well = await dbal(cwd, ['doctor', '--port', '0', '--json'])
    assert.equal(well.code, 0, well.out)
    const findings = JSON.parse(well.out) as { check: string; status: string }[]
    assert.deepEqual(
      findings.map(({ check }) => check),
      ['Node', 'configuration', 'schema', 'database', 'permissions', 'audit log', 'port'],
    )
    assert.ok(!existsSync(join(cwd, '.dbal')), 'looking changes nothing')
    writeFileSync(join(cwd, 'dbal/entities/bad.yaml'), 'entity: Bad\nfeilds: {}\n')
    const ill = await dbal(cwd, ['doctor', '--port', '0'])
    assert.equal(ill.code, 1)
    assert.match(ill.out, /FAIL {2}schema/)
    assert.match(ill.out, /entities\/bad\.yaml:2:1.*did you mean "fields"/)
  })

  test('migrations: behind is refused in production, applied on request', async () => {
    const cwd = folder()
    await dbal(cwd, ['init'])
    const production = ['--config', 'p.yaml']
    writeFileSync(join(cwd, 'p.yaml'), 'mode: production\nschema: ./dbal\nserver: { port: 0 }\n')
    const behind = await dbal(cwd, ['daemon', ...production])
    assert.equal(behind.code, 1)
    assert.match(behind.err, /dbal migrate apply/)
    assert.equal((await dbal(cwd, ['migrate', 'status', ...production])).code, 1)
    assert.equal((await dbal(cwd, ['migrate', 'apply', ...production])).code, 0)
    assert.equal((await dbal(cwd, ['migrate', 'status', ...production])).code, 0)
  })

  test('secrets: a key, an encrypted value, a configuration that uses both', async () => {
    const cwd = folder()
    assert.equal((await dbal(cwd, ['secret', 'key', 'dbal.key'])).code, 0)
    assert.equal((await dbal(cwd, ['secret', 'key', 'dbal.key'])).code, 1, 'a key is never overwritten')
    const { out } = await dbal(cwd, ['secret', 'encrypt', 'auth.jwt.secret', '--key-file', 'dbal.key', '--stdin'], `${'k'.repeat(32)}\n`)
    writeFileSync(join(cwd, 'dbal.yaml'), `security: { key_file: dbal.key }\nauth: { jwt: { issuer: me, secret: "${out.trim()}" } }`)
    assert.equal((await dbal(cwd, ['daemon', '--check'])).code, 0)
  })
})

interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ready: { readonly url: string; readonly port: number }
}

/** Starts a daemon with JSON lines and waits for the one that says it is ready. */
function start(cwd: string, args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [main, 'daemon', '--port', '0', '--log-format', 'json', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let out = ''
  let err = ''
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${out}${err}`)))
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString()
      const line = out.split('\n').find((text) => text.includes('"event":"ready"'))
      if (line !== undefined) resolve({ child, said: () => out, ready: JSON.parse(line) as Started['ready'] })
    })
  })
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit')
    child.on('exit', resolve)
    child.kill(signal)
  })
}

async function rpc(
  port: number,
  method: string,
  params: unknown,
  token?: string,
): Promise<{ readonly result?: { readonly [key: string]: unknown }; readonly error?: unknown }> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const answer = await fetch(`http://127.0.0.1:${port}/rpc`, { method: 'POST', headers, body: JSON.stringify({ id: 1, method, params }) })
  return (await answer.json()) as { result?: { [key: string]: unknown }; error?: unknown }
}

describe('the daemon', () => {
  test('serves without a configuration, makes demo users once, and ends in order', async () => {
    const cwd = folder()
    const first = await start(cwd, [])
    const users = (JSON.parse(first.said().split('\n')[0] as string) as { users: { username: string; password: string }[] }).users
    assert.deepEqual(
      users.map(({ username }) => username),
      ['user', 'admin', 'god', 'supergod'],
    )
    const admin = users.find(({ username }) => username === 'admin') as { username: string; password: string }
    const login = await rpc(first.ready.port, 'login', ['admin', admin.password])
    assert.equal((await rpc(first.ready.port, 'whoami', [], String(login.result?.['token']))).result?.['role'], 'admin')
    assert.equal(await end(first.child, 'SIGTERM'), 0)
    assert.match(first.said(), /"event":"stopped"/)

    const second = await start(cwd, [])
    assert.doesNotMatch(second.said(), /demo_users/)
    assert.ok((await rpc(second.ready.port, 'login', ['admin', admin.password])).result)
    assert.equal(await end(second.child, 'SIGINT'), 0)
    const kept = readFileSync(join(cwd, '.dbal/dev.db'), 'latin1') + readFileSync(join(cwd, '.dbal/audit.log'), 'utf8')
    assert.ok(!kept.includes(admin.password))
  })

  test('a configuration file means no demo users', async () => {
    const cwd = folder()
    await dbal(cwd, ['init'])
    const { child, said } = await start(cwd, [])
    assert.doesNotMatch(said(), /demo_users/)
    assert.equal(await end(child, 'SIGTERM'), 0)
  })

  test('a port that is taken is one clear line', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const { port } = blocker.address() as { port: number }
    const { code, err } = await dbal(folder(), ['daemon', '--port', String(port), '--log-level', 'error'])
    blocker.close()
    assert.equal(code, 1)
    assert.equal(err, `dbal: Port ${port} on 127.0.0.1 is taken: a daemon may run there already; choose another with --port\n`)
  })

  test('a database that cannot be opened is one clear line', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'dev.db'), 'this is no database, only some text that is long enough to look at')
    const { code, err } = await dbal(cwd, ['daemon', '--database', 'file:./dev.db', '--port', '0', '--log-level', 'error'])
    assert.equal(code, 1)
    assert.match(err, /^dbal: Database unavailable/)
    assert.doesNotMatch(err, noStack)
  })
})
