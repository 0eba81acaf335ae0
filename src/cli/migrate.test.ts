/** `dbal migrate` as people run it: what it says, what it writes, and how it ends. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'dbal-migrate-cli-'))
after(() => rmSync(cwd, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function dbal(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const given = ['migrate', ...args, '--schema', 'dbal', ...(args.includes('--database') ? [] : ['--database', 'file:my.db'])]
    execFile(process.execPath, [main, ...given], { cwd, env: { PATH: process.env['PATH'] } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

function declare(fields: string): void {
  mkdirSync(join(cwd, 'dbal'), { recursive: true })
  writeFileSync(join(cwd, 'dbal/note.yaml'), `entity: Note\nfields:\n  id: {type: integer, primary: true}\n${fields}acl: {read: {public: true}}\n`)
}

test('plan shows and writes, apply makes and refuses, status tells by its exit code', async () => {
  declare('  text: {type: text, optional: true}\n  size: {type: integer, optional: true}\n')
  assert.equal((await dbal('status')).code, 1)
  const first = JSON.parse((await dbal('plan', '--json', '--out', 'sql')).out)
  assert.equal(first.upToDate, false)
  assert.ok(first.steps.length > 3 && first.steps.every((step: { mark: string; sql: string[] }) => step.mark === 'safe' && step.sql.length > 0))
  assert.deepEqual(readdirSync(join(cwd, 'sql/sqlite')), [`0001_${first.schema}.sql`])
  assert.match(
    readFileSync(join(cwd, first.written), 'utf8'),
    /^-- Migration 1 to schema .*\n[\s\S]*\[safe\] Note: A new table\.\nCREATE TABLE "notes"/,
  )
  assert.equal((await dbal('status')).code, 1, 'a plan changes nothing')
  const applied = await dbal('apply')
  assert.equal(applied.code, 0)
  assert.match(applied.err, /1\/\d+ safe/)
  assert.deepEqual(JSON.parse((await dbal('status', '--json')).out).steps, [])

  declare('  text: {type: text, optional: true}\n')
  const refused = await dbal('apply')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /Note\.size: .*--allow-destructive/)
  assert.doesNotMatch(refused.err, /DROP|CREATE/)
  assert.deepEqual(JSON.parse((await dbal('apply', '--allow-destructive', '--json')).out).upToDate, true)

  declare('  text: {type: text, optional: true}\n  must: {type: string, required: true}\n')
  const impossible = await dbal('plan')
  assert.equal(impossible.code, 1)
  assert.match(impossible.out, /not possible Note\.must/)
  assert.equal((await dbal('apply', '--lock-wait', 'soon')).code, 2)
  assert.equal((await dbal('baseline')).code, 1)
})

test('a database of others: the plan says first that it is to be taken over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-migrate-theirs-'))
  try {
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(folder, 'theirs.db'))
    db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)')
    db.close()
    declare('  text: {type: text, optional: true}\n')
    const theirs = ['--database', `file:${join(folder, 'theirs.db')}`]
    for (const verb of ['plan', 'status']) {
      const { out } = await dbal(verb, ...theirs)
      assert.match(out.split('\n')[0] ?? '', /^Tables that DBAL did not make are there for Note: dbal migrate baseline takes them over/, verb)
    }
    assert.equal((await dbal('baseline', ...theirs)).code, 0)
    assert.match((await dbal('plan', ...theirs)).out, /^The database is up to date/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
