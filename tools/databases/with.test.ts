/** The commands around servers: what they say, which code they end with, and that nothing they started stays. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { reaches, type Surroundings, serversForTests } from './for-tests.ts'
import type { Missing, Server } from './private-server.ts'
import { findProgram } from './programs.ts'
import { answers, type ServerName } from './servers.ts'

const root = join(import.meta.dirname, '../..')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const node = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd: root, env: { ...process.env, NODE_TEST_CONTEXT: undefined } }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    )
  })
const withServers = (...args: readonly string[]): Promise<Ended> => node('tools/databases/with.ts', ...args)

describe('npm run with', { skip: findProgram('redis-server') === undefined && 'this machine has no Redis' }, () => {
  test('hands the address to the command, ends as it does, and removes the server', async () => {
    const { code, out, err } = await withServers('redis', 'sh', '-c', 'echo "$DBAL_TEST_REDIS_URL"; exit 7')
    assert.equal(code, 7)
    assert.match(err, /^ok {4}Redis [\d.]+ on port \d+\n$/)
    assert.match(out, /^redis:\/\/:\w+@127\.0\.0\.1:\d+\n$/)
    assert.equal(await answers(out.trim()), false)
  })

  test('a command that a signal ends, and one that is not there', async () => {
    const [killed, none] = await Promise.all([withServers('redis', 'sh', '-c', 'kill -9 $$'), withServers('redis', 'no-such-command')])
    assert.equal(killed.code, 137)
    assert.equal(none.code, 127)
    assert.match(none.err, /There is no command 'no-such-command'/)
  })
})

test('npm run with: unknown servers, no command, help', async () => {
  const [unknown, bare, help] = await Promise.all([withServers('oracle', 'true'), withServers('postgres'), withServers('--help')])
  assert.deepEqual([unknown.code, bare.code, help.code], [2, 2, 0])
  assert.match(unknown.err, /no server 'oracle'; known are postgres, /)
  assert.match(bare.err, /No command was given/)
  assert.match(help.out, /npm run with -- postgres,mariadb/)
})

test('npm run setup:databases only looks when told so', async () => {
  const { code, out } = await node('tools/databases/setup.ts', '--check', '--json')
  assert.equal(code, 0)
  const { servers } = JSON.parse(out) as { servers: { name: string; status: string; detail: string }[] }
  assert.deepEqual(
    servers.map(({ name }) => name),
    ['postgresql', 'mysql', 'mongodb', 'redis'],
  )
  for (const { status, detail } of servers)
    if (status === 'found' && detail.startsWith('/')) assert.ok(existsSync(detail), detail)
    else assert.ok(detail.length > 0)
  const wrong = await node('tools/databases/setup.ts', '--chekc')
  assert.equal(wrong.code, 2)
})

describe('servers for a run of the tests', () => {
  const run = async (env: Surroundings['env'], start: (name: ServerName) => Promise<Server | Missing>) => {
    const lines: string[] = []
    const { stop: _, ...found } = await serversForTests({ env, start, say: (line) => lines.push(line) })
    return { ...found, lines: lines.sort() }
  }
  const none = async (): Promise<Missing> => ({ missing: 'the reason' })

  test('one that cannot be had is a visible skip with its reason', async () => {
    const { failed, skipped, lines, env } = await run({}, none)
    assert.deepEqual({ failed, skipped, env }, { failed: 0, skipped: 4, env: {} })
    assert.deepEqual(
      lines,
      ['MariaDB', 'MongoDB', 'PostgreSQL', 'Redis'].map((title) => `skip  ${title}: the reason`),
    )
  })

  test('in CI, PostgreSQL and MariaDB may not be missing', async () => {
    const { failed, skipped, lines } = await run({ CI: 'true' }, none)
    assert.deepEqual({ failed, skipped }, { failed: 2, skipped: 2 })
    assert.deepEqual(
      lines.filter((line) => line.startsWith('FAIL')),
      ['FAIL  MariaDB: the reason', 'FAIL  PostgreSQL: the reason'],
    )
    assert.equal((await run({ CI: 'false' }, none)).failed, 0)
  })

  test('one that is given is used; one that is given and silent is a failure', async () => {
    const listener = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as { port: number }
    const env = { DBAL_TEST_POSTGRES_URL: `postgresql://a:b@127.0.0.1:${port}/x` }
    const asked: string[] = []
    const noting = async (name: ServerName): Promise<Missing> => {
      asked.push(name)
      return none()
    }
    const open = await run(env, noting)
    assert.deepEqual({ failed: open.failed, skipped: open.skipped, asked }, { failed: 0, skipped: 3, asked: ['mysql', 'mongodb', 'redis'] })
    assert.ok(!open.lines.join().includes('a:b'), 'no password is printed')
    await new Promise((resolve) => listener.close(resolve))
    const silent = await run(env, noting)
    assert.equal(silent.failed, 1)
    assert.ok(silent.lines.some((line) => line.startsWith('FAIL  PostgreSQL: nothing takes connections where DBAL_TEST_POSTGRES_URL points')))
  })
})

test('a test file is known to want servers through whatever it imports', () => {
  const files: Record<string, string> = {
    '/a.test.ts': "import { x } from './lab.ts'",
    '/lab.ts': "import type { y } from './a.test.ts'\nconst z = await import('./support/databases.ts')",
    '/b.test.ts': "import './other.ts'",
    '/other.ts': "import { databases } from 'databases.ts'",
  }
  const wants = (file: string): boolean =>
    reaches(
      file,
      '/support/databases.ts',
      (path) => files[path] ?? '',
      (from, to) => join(dirname(from), to),
    )
  assert.equal(wants('/a.test.ts'), true)
  assert.equal(wants('/b.test.ts'), false)
})

test('CI runs what the README tells everyone to run', () => {
  const readme = /Everything is tested by\n\n```sh [^\n]*\n([^\n]+)\n```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  const lines = readFileSync(join(root, '.ci/run'), 'utf8').split('\n')
  const commands = lines.filter((line) => line.startsWith('npm ')).map((line) => line.replace(/ --no-\S+/g, '').replace(/ <\/dev\/null$/, ''))
  assert.equal(commands.join(' && '), readme)
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const command of commands) assert.ok(command === 'npm ci' || scripts[command.replace(/^npm (?:run )?/, '')] !== undefined, command)
})
