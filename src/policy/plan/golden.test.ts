/**
 * Golden plans: what each role's calls become before any database is asked, read like code in conformance/golden/plans/<schema>.txt.
 * DBAL_UPDATE_GOLDEN=1 writes them anew. A plan that changes without changing an answer (a shortcut not taken, a needless question) shows here.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { plansOf } from '../../../test/support/plans/plans.ts'
import { readShipped, type TextFile } from '../../config/schema-files.ts'
import { parseSchema } from '../../schema/parse.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const golden = join(root, 'conformance', 'golden', 'plans')

const filesIn = (folder: string): readonly TextFile[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.policy.test.yaml') && !/(^|[/\\])(errors|capabilities)\.yaml$/.test(name))
    .sort()
    .map((name) => ({
      path: `${name.endsWith('.ops.yaml') ? 'operations' : 'entities'}/${name}`,
      text: readFileSync(join(root, folder, name), 'utf8'),
    }))

const schemas: Readonly<Record<string, string>> = {
  kinds: 'conformance/golden/plans',
  rules: 'conformance/fixtures/rules',
  scopes: 'conformance/fixtures/scopes',
  tenants: 'conformance/fixtures/tenants',
  shipped: '',
}

for (const [name, folder] of Object.entries(schemas))
  test(`plans of ${name}`, () => {
    const { files, shipped, internal } = readShipped()
    const schema = folder === '' ? parseSchema(files, { internal }) : parseSchema(filesIn(folder), { internal, shipped })
    const own = new Set(folder === '' ? schema.entities.keys() : declared(filesIn(folder)))
    const made = plansOf(schema, (entity) => own.has(entity.name) && !entity.internal, name === 'kinds')
    const file = join(golden, `${name}.txt`)
    if (process.env['DBAL_UPDATE_GOLDEN'] === '1') writeFileSync(file, made)
    compare(made, readFileSync(file, 'utf8'))
  })

const declared = (files: readonly TextFile[]): readonly string[] =>
  files
    .filter(({ path }) => path.startsWith('entities/'))
    .flatMap(({ text }) => [...text.matchAll(/^entity: (\w+)/gm)].map(([, name]) => name as string))

/** The first difference with its headings; whole files of plans side by side would tell nobody anything. */
function compare(made: string, kept: string): void {
  if (made === kept) return
  const is = made.split('\n')
  const was = kept.split('\n')
  const at = is.findIndex((line, i) => line !== was[i])
  const from = at < 0 ? is.length : at
  const heading = is.slice(0, from + 1).findLast((line) => line.startsWith('## '))
  const role = is.slice(0, from + 1).findLast((line) => line.startsWith('- '))
  assert.deepEqual(
    is.slice(from, from + 8),
    was.slice(from, from + 8),
    `${heading ?? ''} ${role ?? ''}: line ${from + 1}; DBAL_UPDATE_GOLDEN=1 writes the plans anew`,
  )
  assert.fail(`The plans end at line ${is.length} instead of ${was.length}`)
}
