import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { readSchemaFolder, readShipped, shippedSchemaFolder } from './schema-files.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'dbal-schema-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const says = (pattern: RegExp) => (error: unknown) => error instanceof DBALError && pattern.test(JSON.stringify(error.details))

test('reads YAML files below the folder and nothing else', (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'entities', 'deep'), { recursive: true })
  mkdirSync(join(dir, 'node_modules'))
  mkdirSync(join(dir, '.git'))
  for (const path of ['roles.yaml', 'entities/b.yml', 'entities/deep/a.yaml', 'README.md', 'node_modules/x.yaml', '.git/x.yaml', '.hidden.yaml'])
    writeFileSync(join(dir, path), path)
  assert.deepEqual(
    readSchemaFolder(dir),
    ['entities/b.yml', 'entities/deep/a.yaml', 'roles.yaml'].map((path) => ({ path, text: path })),
  )
})

test('links lead nowhere outside the folder, and in circles not for ever', (t) => {
  const dir = folder(t)
  const outside = folder(t)
  writeFileSync(join(outside, 'secret.yaml'), 'secret')
  writeFileSync(join(dir, 'a.yaml'), 'a')
  symlinkSync(join(outside, 'secret.yaml'), join(dir, 'b.yaml'))
  symlinkSync(outside, join(dir, 'c'))
  symlinkSync(join(dir, 'nowhere'), join(dir, 'd.yaml'))
  symlinkSync(join(dir, 'a.yaml'), join(dir, 'e.yaml'))
  assert.deepEqual(
    readSchemaFolder(dir).map((file) => file.path),
    ['a.yaml', 'e.yaml'],
  )
  symlinkSync(dir, join(dir, 'circle'))
  assert.throws(() => readSchemaFolder(dir), says(/nest deeper/))
})

test('what cannot be read is named', (t) => {
  const dir = folder(t)
  assert.throws(() => readSchemaFolder(join(dir, 'none')), says(/no schema folder at .*none.*dbal init/))
  writeFileSync(join(dir, 'big.yaml'), 'x'.repeat(1024 * 1024 + 1))
  assert.throws(() => readSchemaFolder(dir), says(/big\.yaml:1:1.*larger than 1 MiB/))
  writeFileSync(join(dir, 'big.yaml'), Buffer.from([0x61, 0xff]))
  assert.throws(() => readSchemaFolder(dir), says(/not UTF-8/))
})

test("the shipped folder: the engine's entities apart, users and logins apart", () => {
  const { files, shipped, internal } = readShipped()
  assert.ok(files.every((file) => !file.path.startsWith('internal/')))
  assert.deepEqual(
    internal.map((file) => file.path),
    ['internal/reply.yaml', 'internal/token.yaml'],
  )
  assert.deepEqual(
    shipped.map((file) => file.path),
    [
      'entities/identity/credential.yaml',
      'entities/identity/session.yaml',
      'entities/identity/user.yaml',
      'operations/identity/credential.ops.yaml',
      'operations/identity/session.ops.yaml',
      'operations/identity/user.ops.yaml',
      'roles.yaml',
    ],
  )
  assert.deepEqual(readSchemaFolder(shippedSchemaFolder()), files)
})
