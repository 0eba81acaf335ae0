/** `dbal introspect` as a process: files, JSON, refusals, and failures that tell what to do and nothing secret. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverOf } from '../support/databases.ts'
import { fixture, withDatabase } from './live.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dbal-introspect-cli-'))
after(() => rmSync(scratch, { recursive: true }))

function dbal(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { PATH: process.env['PATH'], HOME: scratch, NO_COLOR: '1' }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/main.ts'), 'introspect', ...args], { cwd: scratch, env })
  let out = ''
  let err = ''
  child.stdout.on('data', (part) => (out += part))
  child.stderr.on('data', (part) => (err += part))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

const media = fixture('media-store.sqlite.sql')

test('writes once, tells that nothing has changed, and does not write over what somebody changed', () =>
  withDatabase('sqlite', media, async (url) => {
    const first = await dbal(['--url', url, '--out', 'shop', '--json'])
    assert.equal(first.code, 0, first.err)
    const { database, entities, findings, written } = JSON.parse(first.out)
    assert.equal(database.system, 'sqlite')
    assert.ok(
      entities.some((each: unknown) => JSON.stringify(each) === '{"entity":"Song","table":"Song","fields":10,"file":"entities/song.yaml"}'),
      first.out,
    )
    assert.ok(
      findings.some(
        (each: { table: string; kind: string; why: string }) => each.table === 'Price List' && each.kind === 'left out' && each.why !== '',
      ),
    )
    assert.equal(written.length, readdirSync(join(scratch, 'shop'), { recursive: true }).filter((name) => String(name).endsWith('.yaml')).length)

    assert.match((await dbal(['--url', url, '--out', 'shop'])).out, /All files were up to date/)

    const song = join(scratch, 'shop/entities/song.yaml')
    const changed = `${readFileSync(song, 'utf8')}# mine\n`
    writeFileSync(song, changed)
    rmSync(join(scratch, 'shop/entities/record.yaml'))
    const refused = await dbal(['--url', url, '--out', 'shop'])
    assert.equal(refused.code, 2)
    assert.match(refused.err, /song\.yaml/)
    assert.equal(readFileSync(song, 'utf8'), changed)
    // All or nothing: the file that was missing is missing still.
    assert.ok(!readdirSync(join(scratch, 'shop/entities')).includes('record.yaml'))
    assert.equal((await dbal(['--url', url, '--out', 'shop', '--force'])).code, 0)
    assert.notEqual(readFileSync(song, 'utf8'), changed)
  }))

test('takes the tables that are asked for, and references to others are told', () =>
  withDatabase('sqlite', media, async (url) => {
    const { code, out } = await dbal(['--url', url, '--out', 'part', '--tables', 'Song, Mixtape', '--json'])
    assert.equal(code, 0)
    const { entities, findings } = JSON.parse(out)
    assert.deepEqual(
      entities.map((each: { table: string }) => each.table),
      ['Mixtape', 'Song'],
    )
    assert.ok(findings.some(({ about }: { about?: string }) => about === 'reference RecordId → Record'))
    const wrong = await dbal(['--url', url, '--tables', 'Songs'])
    assert.deepEqual([wrong.code, /no table "Songs"/.test(wrong.err)], [2, true])
  }))

test('a database in which nothing can be an entity is told why, and nothing is written', () =>
  withDatabase('sqlite', 'CREATE TABLE log (line TEXT)', async (url) => {
    const { code, err } = await dbal(['--url', url, '--out', 'none'])
    assert.equal(code, 2)
    assert.match(err, /log: left out: it has no primary key/)
    assert.ok(!readdirSync(scratch).includes('none'))
  }))

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('what cannot be reached is told without password, user or path of a driver', async () => {
  const port = await deadPort()
  const broken = join(scratch, 'broken.db')
  writeFileSync(broken, 'no database at all, but long enough to look like something. '.repeat(40))
  for (const [url, reason] of [
    [`postgres://somebody:hunter2@127.0.0.1:${port}/shop`, /nobody listens there/],
    [`mysql://somebody:hunter2@127.0.0.1:${port}/shop`, /nobody listens there/],
    ['postgres://somebody:hunter2@127.0.0.1/', /names no database/],
    ['postgres://somebody:hunter2@127.0.0.1/shop?sslmode=maybe', /sslmode is one of/],
    ['oracle://somebody:hunter2@host/shop', /has to start with/],
    [`file:${join(scratch, 'absent.db')}`, /There is no database file/],
    [`file:${broken}`, /no SQLite database/],
  ] as const) {
    const { code, err } = await dbal(['--url', url])
    assert.equal(code, 1, url)
    assert.match(err, reason)
    assert.doesNotMatch(err, /hunter2|somebody|node_modules|^\s+at /m)
  }
})

for (const kind of ['postgresql', 'mysql'] as const) {
  const { url, skip } = serverOf(kind)
  test(`${kind}: a wrong password and a missing database are told apart`, skip === undefined ? {} : { skip }, async () => {
    const wrong = new URL(url ?? '')
    wrong.password = 'hunter2'
    wrong.pathname = '/postgres'
    const refused = await dbal(['--url', wrong.href])
    assert.deepEqual([refused.code, /user or password is wrong/.test(refused.err), /hunter2/.test(refused.err)], [1, true, false], refused.err)
    const absent = new URL(url ?? '')
    absent.pathname = '/dbal_no_such_database'
    assert.match((await dbal(['--url', absent.href])).err, /there is no such database/)
  })
}
