/** `dbal export` and `dbal import` as processes: files, pipes, exit codes, what is said, and what is written down of them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openEngine } from '../../src/cli/compose.ts'
import { exampleFiles } from '../../src/cli/example.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { exported, imported } from './copy.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dbal-transfer-'))
after(() => rmSync(scratch, { recursive: true }))
const main = join(import.meta.dirname, '../../src/cli/main.ts')

function project(name: string): string {
  const folder = join(scratch, name)
  for (const [path, text] of Object.entries(exampleFiles(name))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `stop`: closes the reading end after the first part of the output, as `head` does. */
function dbal(cwd: string, args: readonly string[], { input = '', stop = false }: { input?: string; stop?: boolean } = {}): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: scratch, TMPDIR: scratch, NO_COLOR: '1' }
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString()
    if (stop) child.stdout.destroy()
  })
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

/** What a project's database holds, and `rows` put into it, without a process of its own. */
async function inside<T>(cwd: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine({
    schema: join(cwd, 'dbal'),
    adapter: 'sqlite',
    url: `file:${join(cwd, '.dbal/notes.db')}`,
    threads: 'inline',
    migrate: true,
  })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}
const stored = (cwd: string): Promise<string> => inside(cwd, (engine) => exported(engine))
async function fill(cwd: string, text: string): Promise<void> {
  assert.equal((await inside(cwd, (engine) => imported(engine, text))).error, undefined)
}

const id = (n: number): string => `01980000-0000-7000-8000-${String(n).padStart(12, '0')}`
const line = (entity: string, row: object): string => `${JSON.stringify({ entity, row })}\n`
const user = (n: number, username: string): string =>
  line('User', {
    id: id(n),
    username,
    email: `${username}@example.com`,
    role: 'user',
    createdAt: '2020-01-01T00:00:00.000Z',
    updatedAt: '2020-01-02T00:00:00.000Z',
  })
const note = (n: number, author: number, more: object = {}): string =>
  line('Note', { id: id(n), authorId: id(author), title: `note ${n}`, text: '', shared: false, createdAt: '2020-01-01T00:00:00.000Z', ...more })
const rows = [user(1, 'ana'), user(2, 'ben'), note(11, 1), note(12, 1, { shared: true }), note(13, 2)].join('')

describe('a copy from project to project', () => {
  let from = ''
  before(async () => {
    from = project('from')
    const { code, out, err } = await dbal(from, ['import', '-'], { input: rows })
    assert.deepEqual([code, out], [0, 'Wrote 5 rows (User 2, Note 3), as the engine itself: no access rule was asked\n'], err)
  })

  test('through a file: its owner alone may read it, it is not written over, and the copy is the same', async () => {
    const told = await dbal(from, ['export', '--out', 'rows.ndjson'])
    assert.equal(told.code, 0, told.err)
    assert.match(
      told.out,
      /^Left out: Credential, .*passwordHash.*\nLeft out: Session, .*\nExported 5 rows of 2 entities to rows\.ndjson, as the engine itself: no access rule was asked\n$/,
    )
    const file = join(from, 'rows.ndjson')
    assert.equal(readFileSync(file, 'utf8'), rows)
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.ok(!existsSync(`${file}.part`))
    const again = await dbal(from, ['export', '--out', 'rows.ndjson'])
    assert.equal(again.code, 2)
    assert.match(again.err, /--force/)
    assert.equal((await dbal(from, ['export', '--out', 'rows.ndjson', '--force', '--snapshot', '--json'])).code, 0)
    assert.equal(readFileSync(file, 'utf8'), rows)
    const to = project('to')
    assert.equal((await dbal(to, ['import', file, '--atomic'])).code, 0)
    assert.equal(await stored(to), rows)
  })

  test('through a pipe, and nothing of it stays in the folder for temporary files', async () => {
    const { out } = await dbal(from, ['export'])
    assert.equal(out, rows)
    const to = project('piped')
    assert.equal(
      (await dbal(to, ['import', '-', '--json'], { input: out })).out,
      `${JSON.stringify({ as: 'system', dryRun: false, written: 5, skipped: 0, entities: { User: { written: 2, skipped: 0 }, Note: { written: 3, skipped: 0 } } })}\n`,
    )
    assert.deepEqual(
      readdirSync(scratch).filter((name) => name.startsWith('dbal-import-')),
      [],
    )
  })

  test('as an account: what it may see; and the audit log says who', async () => {
    const { code, out, err } = await dbal(from, ['export', '--user', 'ben', '--json'])
    assert.equal(code, 0, err)
    assert.equal(out, [user(2, 'ben'), note(12, 1, { shared: true }), note(13, 2)].join(''))
    assert.deepEqual((JSON.parse(err) as { as: string; rows: number }).rows, 3)
    const log = readFileSync(join(from, '.dbal/audit.command.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as Readonly<Record<string, unknown>>)
    assert.ok(log.some((event) => event['user'] === 'ben' && event['operation'] === 'list' && event['entity'] === 'Note'))
    assert.ok(
      log.some(
        (event) => event['role'] === 'system' && event['reason'] === 'dbal import' && event['operation'] === 'createMany' && event['rows'] === 3,
      ),
    )
  })

  test('somebody who is not there, an entity that is not there', async () => {
    const who = await dbal(from, ['export', '--user', 'bne'])
    assert.deepEqual([who.code, who.out], [1, ''])
    assert.match(who.err, /no account "bne"; did you mean "ben"\?/)
    const what = await dbal(from, ['export', '--entities', 'Note,Usr'])
    assert.equal(what.code, 2)
    assert.match(what.err, /no entity "Usr"; did you mean "User"\?/)
    const where = await dbal(from, ['import', 'nowhere.ndjson'])
    assert.equal(where.code, 1)
    assert.match(where.err, /nowhere\.ndjson: there is no such file/)
  })

  test('a reader that has had enough ends it quietly', async () => {
    const many = Array.from({ length: 4000 }, (_, i) => note(1000 + i, 1, { text: 'x'.repeat(500) })).join('')
    const to = project('many')
    await fill(to, user(1, 'ana') + many)
    const { code, err } = await dbal(to, ['export'], { stop: true })
    assert.equal(code, 0, err)
    assert.doesNotMatch(err, /Something went wrong|EPIPE/)
  })
})

describe('what an import leaves behind', () => {
  const bad = rows + note(14, 9)
  test('--atomic: nothing, where any row is refused', async () => {
    const cwd = project('atomic')
    const { code, err } = await dbal(cwd, ['import', '-', '--atomic'], { input: bad })
    assert.equal(code, 1)
    assert.match(err, /line 6, authorId {2}Refers to a row that does not exist\n {2}→ Nothing was written/)
    assert.equal(await stored(cwd), '')
  })

  test('without it: the calls before, as it says', async () => {
    const cwd = project('partly')
    const { code, err } = await dbal(cwd, ['import', '-'], { input: bad })
    assert.equal(code, 1)
    assert.match(err, /2 rows before it were written; mend the file and import it again with --skip-existing/)
    assert.equal(
      (await dbal(cwd, ['import', '-', '--skip-existing'], { input: rows })).out,
      'Wrote 3 rows (User 0, Note 3), as the engine itself: no access rule was asked; 2 were there already\n',
    )
    assert.equal(await stored(cwd), rows)
  })

  test('--dry-run: nothing, and it says what would be', async () => {
    const cwd = project('dry')
    const { code, out } = await dbal(cwd, ['import', '-', '--dry-run'], { input: rows })
    assert.deepEqual([code, out], [0, 'Would write 5 rows (User 2, Note 3), as the engine itself: no access rule was asked\n'])
    assert.equal(await stored(cwd), '')
  })

  test('as an account that may not, in JSON', async () => {
    const cwd = project('bound')
    await fill(cwd, rows)
    writeFileSync(join(cwd, 'more'), line('Note', { title: 'of ana' }))
    appendFileSync(join(cwd, 'more'), line('User', { username: 'eve', email: 'eve@example.com', role: 'god' }))
    const { code, err } = await dbal(cwd, ['import', 'more', '--user', 'ana', '--atomic', '--json'])
    assert.equal(code, 1)
    const { error } = JSON.parse(err) as { error: { name: string; details: { reason: string } } }
    assert.equal(error.name, 'FORBIDDEN')
    assert.match(error.details.reason, /^Line 2 \(User\)/)
    assert.equal(await stored(cwd), rows)
  })

  test('a field to omit that is not there', async () => {
    const { code, err } = await dbal(project('omit'), ['import', '-', '--omit', 'Note.titel'], { input: rows })
    assert.equal(code, 2)
    assert.match(err, /no field "Note\.titel" to omit; did you mean "Note\.title"\?/)
  })
})
