/** Each law is broken on purpose in a small tree of its own, and has to say so. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { offences as importOffences } from './imports.ts'
import { offences } from './law.ts'

const boundaries = {
  folders: {
    errors: { imports: [], browser: true, holds: 'x' },
    query: { imports: ['errors'], types: ['policy'], browser: false, holds: 'x' },
    policy: { imports: ['errors', 'query'], browser: false, holds: 'x' },
    adapters: { imports: ['errors'], browser: false, holds: 'x' },
  },
}

const trees: string[] = []
after(() => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true })
})

function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'dbal-law-'))
  trees.push(root)
  const all = {
    'boundaries.json': JSON.stringify(boundaries),
    'package.json': '{"name":"planted","type":"module"}',
    'api/schema/entities/page.yaml': 'entity: PageView\nfields: {}\n---\nentity: Memo\n',
    'src/errors/error.ts': '/** Errors. */\nexport const x = 1\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const opening = '/** In charge of nothing. */\n'

describe('laws', () => {
  test('a tree that keeps them all has no offence', () => {
    const ok = {
      'src/adapters/sql.ts': `${opening}export const text = 'SELECT a FROM b'\n`,
      'src/policy/authorize.ts': `${opening}export const q = {} as Authorized\n`,
      'src/errors/error.test.ts': "import 'node:fs'\nexport const name = 'PageView'\n",
      'src/query/memo.ts': `${opening}// PageView in a comment harms nobody.\nexport type Memo = 'SELECT'\nexport const hint = 'x IN (SELECT f FROM Entity)'\n`,
    }
    assert.deepEqual(offences(plant(ok)), [])
  })

  const broken: readonly (readonly [law: string, path: string, text: string, line: number])[] = [
    ['file-length', 'src/query/long.ts', opening + '// x\n'.repeat(400), 400],
    ['function-length', 'src/query/long.ts', `${opening}export function f() {\n${'  // x\n'.repeat(60)}}\n`, 2],
    ['function-length', 'src/query/long.ts', `${opening}export const f = () => {\n${'  // x\n'.repeat(60)}}\n`, 2],
    ['name', 'src/query/utils.ts', opening, 1],
    ['name', 'src/query/helpers/x.ts', opening, 1],
    ['name', 'src/query/query-manager.ts', opening, 1],
    ['opening', 'src/query/silent.ts', 'export const x = 1\n', 1],
    ['entity', 'src/query/x.ts', `${opening}export const f = (name: string) => name === 'PageView'\n`, 2],
    ['entity', 'src/query/x.ts', `${opening}export const f = { Memo: 1 }\n`, 2],
    ['entity', 'src/query/x.ts', `${opening}export const f = (a: any) => a.PageView\n`, 2],
    ['mint', 'src/query/x.ts', `${opening}export const q = {} as Authorized<Query>\n`, 2],
    ['mint', 'src/adapters/x.ts', `${opening}export const q = {} as unknown as Q.Authorized\n`, 2],
    ['sql', 'src/query/x.ts', `${opening}export const q = 'SELECT a FROM b'\n`, 2],
    ['sql', 'src/policy/x.ts', `${opening}export const q = (t: string) => \`\n  DELETE FROM \${t}\`\n`, 2],
    ['sql', 'src/query/x.ts', `${opening}export const q = (t: string) => \`CREATE TABLE \${t} ()\`\n`, 2],
    ['browser', 'src/errors/x.ts', `${opening}import { readFileSync } from 'node:fs'\nexport const r = readFileSync\n`, 2],
    ['browser', 'src/errors/x.ts', `${opening}export const r = await import('node:fs')\n`, 2],
  ]
  for (const [law, path, text, line] of broken) {
    test(`${law}: ${path}: ${JSON.stringify(text.slice(opening.length, opening.length + 60))}`, () => {
      assert.deepEqual(
        offences(plant({ [path]: text })).map((found) => [found.law, found.file, found.line]),
        [[law, path, line]],
      )
    })
  }

  test('folder-size counts sources, not tests', () => {
    const files = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`src/query/f${i}.ts`, opening]))
    assert.deepEqual(
      offences(plant(files)).map(({ law }) => law),
      ['folder-size'],
    )
    const tests = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`src/query/f${i}.test.ts`, opening]))
    assert.deepEqual(offences(plant(tests)), [])
  })

  test('a tree without sources is an offence, not a pass', () => {
    const root = plant({})
    rmSync(join(root, 'src'), { recursive: true })
    assert.deepEqual(
      offences(root).map(({ law }) => law),
      ['empty'],
    )
  })
})

describe('imports', () => {
  const cases: readonly (readonly [name: string, files: Record<string, string>, rules: readonly string[]])[] = [
    [
      'what the table allows',
      {
        'src/query/a.ts': "import { x } from '../errors/error.ts'\nimport type { P } from '../policy/p.ts'\nexport const y: P = x\n",
        'src/policy/p.ts': 'export type P = number\n',
      },
      [],
    ],
    [
      'a folder that is not listed',
      { 'src/errors/a.ts': "import { q } from '../query/q.ts'\nexport const y = q\n", 'src/query/q.ts': 'export const q = 1\n' },
      ['errors:import'],
    ],
    [
      'a type from a folder that is not listed',
      { 'src/errors/a.ts': "import type { Q } from '../query/q.ts'\nexport type Y = Q\n", 'src/query/q.ts': 'export type Q = 1\n' },
      ['errors:import'],
    ],
    [
      'a value where only types may come from',
      { 'src/query/a.ts': "import { p } from '../policy/p.ts'\nexport const y = p\n", 'src/policy/p.ts': 'export const p = 1\n' },
      ['query:import-type-only'],
    ],
    [
      'a cycle, even of types',
      {
        'src/query/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
        'src/query/b.ts': "import type { A } from './a.ts'\nexport type B = A | 1\n",
      },
      ['no-cycle'],
    ],
    [
      'an API of Node in a browser folder',
      { 'src/errors/a.ts': "import { readFileSync } from 'node:fs'\nexport const y = readFileSync\n" },
      ['errors:browser'],
    ],
    [
      'a package that is not listed',
      {
        'src/query/a.ts': "import ws from 'ws'\nexport const y = ws\n",
        'node_modules/ws/package.json': '{"name":"ws","main":"i.js"}',
        'node_modules/ws/i.js': 'module.exports = 1',
      },
      ['query:package'],
    ],
    [
      'a folder that the table does not know',
      { 'src/other/a.ts': "import { x } from '../errors/error.ts'\nexport const y = x\n" },
      ['unknown-folder'],
    ],
    [
      'a test',
      {
        'src/errors/a.test.ts': "import { q } from '../query/q.ts'\nimport 'node:fs'\nexport const y = q\n",
        'src/query/q.ts': 'export const q = 1\n',
      },
      [],
    ],
  ]
  for (const [name, files, rules] of cases) {
    test(name, async () => {
      assert.deepEqual(
        (await importOffences(plant(files))).map(({ rule }) => rule),
        rules,
      )
    })
  }
})
