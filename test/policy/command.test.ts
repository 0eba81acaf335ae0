/** `dbal policy` as a process: exit codes, JSON, watching, and a live database that stays as it is. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { openEngine } from '../../src/cli/compose.ts'
import { exampleFiles } from '../../src/cli/example.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dbal-policy-'))
after(() => rmSync(scratch, { recursive: true }))

function project(name: string): string {
  const folder = join(scratch, name)
  for (const [path, text] of Object.entries(exampleFiles(name))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

function start(cwd: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: scratch, NO_COLOR: '1' }
  return spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/main.ts'), 'policy', ...args], { cwd, env })
}

function dbal(cwd: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(cwd, args)
  let out = ''
  let err = ''
  child.stdout?.on('data', (part) => (out += part))
  child.stderr?.on('data', (part) => (err += part))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

const edit = (file: string, from: string, to: string): void => {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}

test('a new project passes its tests, which notice every change of its rules', async () => {
  const folder = project('fresh')
  for (const on of ['memory', 'sqlite']) {
    const { code, out, err } = await dbal(folder, 'test', '--on', on, '--min-coverage', '100')
    assert.equal(code, 0, out + err)
    assert.match(out, /15 of 15 tests passed\nThey would notice 22 of 22 changes of rules \(100 %\)/)
  }
  const { code, out } = await dbal(folder, 'test', '--json', '--filter', 'who writes a note')
  assert.equal(code, 0)
  const told = JSON.parse(out)
  assert.deepEqual([told.passed, told.failed, told.coverage], [3, 0, undefined])
})

test('a rule that is changed makes tests fail, with what was expected and the rule', async () => {
  const folder = project('changed')
  edit(join(folder, 'dbal/entities/note.yaml'), ' OR shared = true', '')
  const { code, out } = await dbal(folder, 'test')
  assert.equal(code, 1)
  assert.match(
    out,
    /failed entities\/note\.policy\.test\.yaml:\d+:\d+ .*as ben\n {2}call {6}list Note, as ben \(user\)\n {2}expected {2}rows \[menu\]\n {2}got {7}rows \[\]\n {2}rules {5}permit Note\.read.*entities\/note\.yaml:21:7\): authorId = \$user\.id/,
  )
  const json = JSON.parse((await dbal(folder, 'test', '--json')).out)
  assert.equal(json.failed, 5)
  assert.deepEqual(json.failures[0].differences, [{ expected: 'rows [menu]', got: 'rows []' }])
})

test('a gap in the tests is told, and fails where more is asked for', async () => {
  const folder = project('gap')
  edit(
    join(folder, 'dbal/entities/note.policy.test.yaml'),
    '  - { call: [update, Note, $menu, { authorId: $ana }], who: { ana: VALIDATION_ERROR } }\n',
    '',
  )
  const { code, out } = await dbal(folder, 'test', '--min-coverage', '100')
  assert.equal(code, 1)
  assert.match(out, /Changes that no test would notice:\n.*\n {4}if every field may be written/)
  assert.equal((await dbal(folder, 'test')).code, 0)
})

test('wrong use ends with 2, a mistake in a file with 1 and its place', async () => {
  const folder = project('wrong')
  assert.equal((await dbal(folder, 'test', '--filter', 'nosuch')).code, 2)
  assert.equal((await dbal(folder, 'test', '--on', 'mysql')).code, 2)
  assert.equal((await dbal(folder, 'test', '--min-coverage', 'all')).code, 2)
  assert.equal((await dbal(folder, 'diff', 'dbal', 'dbal')).code, 2)
  edit(join(folder, 'dbal/entities/note.policy.test.yaml'), 'ben: [menu]', 'bem: [menu]')
  const { code, err } = await dbal(folder, 'test')
  assert.equal(code, 1)
  assert.match(err, /entities\/note\.policy\.test\.yaml:13:\d+ {2}Nobody is called "bem"; did you mean "ben"/)
  rmSync(join(folder, 'dbal/entities/note.policy.test.yaml'))
  assert.equal((await dbal(folder, 'test')).code, 2)
})

test('a watch runs again when a file changes, also after a mistake', async () => {
  const folder = project('watched')
  const child = start(folder, ['test', '--watch'])
  let out = ''
  let heard = () => undefined as unknown
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part) => {
      out += part
      heard()
    })
  const says = async (text: RegExp): Promise<void> => {
    while (!text.test(out)) await new Promise<void>((resolve) => (heard = () => resolve()))
    out = ''
  }
  try {
    await says(/15 of 15 tests passed[\s\S]*Watching/)
    edit(join(folder, 'dbal/entities/note.yaml'), ' OR shared = true', ' OR shraed = true')
    await says(/note\.yaml:\d+:\d+ .*shraed[\s\S]*Watching/)
    edit(join(folder, 'dbal/entities/note.yaml'), ' OR shraed = true', '')
    await says(/10 of 15 tests passed[\s\S]*Watching/)
  } finally {
    child.kill()
  }
})

test('lint fails for warnings, and for notes where it is strict', async () => {
  const folder = project('linted')
  assert.equal((await dbal(folder, 'lint')).code, 0)
  assert.equal((await dbal(folder, 'lint', '--strict')).code, 1)
  edit(join(folder, 'dbal/entities/note.yaml'), 'writable_fields: [title, text, shared]', 'check: "shared = true"')
  const { code, out } = await dbal(folder, 'lint', '--json')
  assert.equal(code, 1)
  assert.ok(
    JSON.parse(out).findings.some(({ code, place }: { code: string; place: string }) => code === 'row-escape' && place === 'entities/note.yaml:25:7'),
  )
})

test('a comparison says who gains what, by data and by database, and writes nothing', async () => {
  const folder = project('compared')
  cpSync(join(folder, 'dbal'), join(folder, 'next'), { recursive: true })
  const same = await dbal(folder, 'diff', 'dbal', 'next', '--data', 'dbal/entities/note.policy.test.yaml')
  assert.deepEqual([same.code, same.out], [0, 'Nobody gains or loses anything\n'])
  edit(join(folder, 'next/entities/note.yaml'), 'OR shared = true', 'OR shared = false')
  const { code, out } = await dbal(folder, 'diff', 'dbal', 'next', '--data', 'dbal/entities/note.policy.test.yaml', '--as', 'ben', 'adam')
  assert.equal(code, 1)
  assert.equal(
    out,
    'ben (user)\n  + Note read: 2 rows: plan, diary\n  - Note read: 1 row: menu\nadam (admin)\n  + Note read: 1 row: diary\n  - Note read: 1 row: menu\n2 gained, 2 lost\n',
  )

  const file = join(folder, 'notes.db')
  const engine = await openEngine({ adapter: 'sqlite', url: `file:${file}`, schema: join(folder, 'dbal'), threads: 'inline', migrate: true })
  const { id: authorId } = (await engine.system('create', ['User', { username: 'eva', email: 'eva@example.com' }], 'test')) as { id: string }
  const { id } = (await engine.system('create', ['Note', { authorId, title: 'Mine' }], 'test')) as { id: string }
  await engine.close()
  const before = statSync(file).mtimeMs
  const live = await dbal(folder, 'diff', 'dbal', 'next', '--database', `file:${file}`, '--json')
  assert.equal(live.code, 1, live.err)
  const { gains, losses, changes } = JSON.parse(live.out)
  assert.deepEqual([gains, losses], [2, 0])
  assert.deepEqual(changes[0].rows, [JSON.stringify(id)])
  assert.deepEqual(
    changes.map(({ who }: { who: string }) => who),
    ['user', 'admin'],
  )
  const eva = await dbal(folder, 'diff', 'dbal', 'next', '--database', `file:${file}`, '--as', 'eva', 'user')
  assert.equal(eva.out, `user\n  + Note read: 1 row: ${JSON.stringify(id)}\n1 gained, 0 lost\n`)
  const nobody = await dbal(folder, 'diff', 'dbal', 'next', '--database', `file:${file}`, '--as', 'evi')
  assert.equal(nobody.code, 2)
  assert.match(nobody.err, /no role, principal or account "evi"/)
  assert.equal(statSync(file).mtimeMs, before)
  assert.equal((await dbal(folder, 'diff', 'dbal', 'next', '--database', 'file:nosuch.db')).code, 2)
})
