/** Every block of every page: run, parsed or compiled, as its info string says. A block that nothing looks at is a failure (see docs/README.md). */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../src/config/load.ts'
import { readShipped } from '../src/config/schema-files.ts'
import { DBALError } from '../src/errors/error.ts'
import { loadPolicy } from '../src/policy/rules.ts'
import { parseSchema } from '../src/schema/parse.ts'
import { programOf, typeErrors } from './support/pages/code.ts'
import { type Block, blocksOf, saysTheSame } from './support/pages/markdown.ts'
import { PageWire } from './support/pages/wire.ts'
import { build, Project, repository } from './support/project.ts'

const generated = /^<!--[^>]*generate/m
const pages = ['*.md', 'docs/**/*.md', 'examples/**/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: repository, exclude: ['**/node_modules/**'] }))
  .sort()
  .map((page) => ({ page, text: readFileSync(join(repository, page), 'utf8') }))
  .filter(({ text }) => !generated.test(text.slice(0, 500)))
  .map(({ page, text }) => ({ page, blocks: blocksOf(page, text) }))

const place = ({ page, line }: Block): string => `${page}:${line}`

/** What a page has going while its blocks are looked at in order. */
interface Reading {
  readonly project: Project
  readonly wire: PageWire
  /** What the last block that ran printed. */
  said: string | undefined
  /** Port of the daemon that runs; pages say 50051. */
  port: string | undefined
}

const atPort = (text: string, port: string | undefined): string => (port === undefined ? text : text.replaceAll('50051', port))

type Look = (block: Block, reading: Reading) => Promise<void> | void

const looks: Readonly<Record<string, Look>> = {
  'sh run': async (block, reading) => {
    const { code, output } = await reading.project.run(atPort(block.text, reading.port))
    assert.equal(String(code), block.words.get('exit') ?? '0', `${place(block)} ends with ${code}:\n${output}`)
    reading.said = output
  },
  'sh background': async (block, reading) => {
    const said = await reading.project.start(block.text, /listens on \S+:\d{4,5}\b/)
    reading.port = /:(\d{4,5})\b/.exec(said)?.[1]
    reading.said = said
  },
  'text output': (block, reading) => {
    const said = reading.port === undefined ? reading.said : reading.said?.replaceAll(`:${reading.port}`, ':50051')
    assert.ok(said !== undefined && saysTheSame(block.text, said), `${place(block)} says\n${block.text}\nbut this was said:\n${said}`)
  },
  'json call': (block, reading) => reading.wire.call(block),
  'json reply': (block, reading) => reading.wire.reply(block),
  'yaml config': (block, reading) => {
    reading.project.write('config/dbal.yaml', block.text)
    loadConfig({ file: join(reading.project.folder, 'config/dbal.yaml'), env: { DBAL_EXAMPLE: 'x'.repeat(40) }, flags: {} })
  },
  'yaml alone': (block, reading) => {
    try {
      loadPolicy(parseSchema([{ path: 'entities/example.yaml', text: block.text }], readShipped()))
      reading.said = ''
    } catch (error) {
      reading.said = (error as DBALError).details.fields?.map(({ field, error }) => `${field}  ${error}`).join('\n')
    }
    assert.equal(reading.said !== '', block.words.has('fails'), `${place(block)} ${reading.said}`)
  },
}

/** Looked at in other tests of this file, or no code at all. */
const elsewhere = (block: Block): boolean =>
  block.words.has('norun') ||
  (block.language === 'text' && block.words.size === 0) ||
  (block.language === 'ts' && (block.words.has('types') || block.words.has('query'))) ||
  (block.language === 'yaml' && block.words.has('path'))

function lookOf(block: Block): Look | undefined {
  for (const [name, look] of Object.entries(looks)) {
    const [language, word = ''] = name.split(' ')
    if (block.language === language && block.words.has(word)) return look
  }
  return undefined
}

const needsPackage = (block: Block): boolean => block.words.has('run') || block.words.has('background')

async function readPage(blocks: readonly Block[]): Promise<void> {
  if (blocks.some(needsPackage)) build()
  const reading: Reading = { project: new Project(), wire: new PageWire(), said: undefined, port: undefined }
  let codes: (number | null)[]
  try {
    for (const block of blocks) {
      const file = block.words.get('file')
      if (file !== undefined) {
        reading.project.write(file, `${atPort(block.text, reading.port)}\n`)
        if (block.words.has('compile')) assert.deepEqual(typeErrors(reading.project.place, new Map([[file, block.text]])), [])
        if (block.words.has('run')) await looks['sh run']?.({ ...block, text: `node ${file}` }, reading)
      } else if (!elsewhere(block)) {
        const look = lookOf(block)
        assert.ok(look, `${place(block)} is a block that no test looks at: say how to run it, or norun="why not"`)
        await look(block, reading)
      }
    }
  } finally {
    codes = await reading.project.close()
  }
  assert.deepEqual(
    codes.filter((code) => code !== 0 && code !== null),
    [],
    'what was started ends well when it is asked to',
  )
}

/** A page takes seconds; what ends here hangs, also on a machine that has ten other things to do. */
for (const { page, blocks } of pages) {
  if (!blocks.every(elsewhere)) test(`${page}: its blocks run as it says`, { timeout: 300_000 }, () => readPage(blocks))
}

for (const { page, blocks } of pages) {
  const files = blocks.filter((block) => block.language === 'yaml' && block.words.has('path'))
  if (files.length === 0) continue
  test(`${page}: its schema files load together`, () => {
    const own = files.map((block) => ({ path: block.words.get('path') as string, text: block.text }))
    const rules = own.find(({ path }) => path.endsWith('rules.yaml'))
    try {
      loadPolicy(
        parseSchema(
          own.filter((file) => file !== rules),
          readShipped(),
        ),
        rules,
      )
    } catch (error) {
      assert.fail(error instanceof DBALError ? JSON.stringify(error.details.fields, null, 1) : String(error))
    }
  })
}

for (const { page, blocks } of pages) {
  const parts = blocks.filter((block) => block.words.has('query'))
  if (parts.length === 0) continue
  test(`${page}: its program does what it claims`, { timeout: 60_000 }, async () => {
    build()
    const project = new Project()
    try {
      project.write('page.ts', programOf(parts, true))
      const { code, output } = await project.run('node page.ts')
      assert.equal(code, 0, output)
    } finally {
      await project.close()
    }
  })
}

test('all TypeScript of the pages compiles', { timeout: 120_000 }, async () => {
  build()
  const files = new Map<string, string>()
  for (const { page, blocks } of pages) {
    const parts = blocks.filter((block) => block.words.has('query'))
    if (parts.length > 0) files.set(`${page}.ts`, programOf(parts, false))
    for (const block of blocks) {
      if (block.language !== 'ts' || block.words.has('query') || block.words.has('compile')) continue
      // At the line that it has on the page, so that a complaint names it; files of one page see each other.
      const path = block.words.has('file') ? `${page}.files/${block.words.get('file')}` : `${page}.${block.line}.ts`
      files.set(path, `${'\n'.repeat(block.line - 1)}${block.text}\nexport {}\n`)
    }
  }
  const project = new Project()
  try {
    mkdirSync(join(project.folder, 'docs'), { recursive: true })
    writeFileSync(join(project.folder, 'docs/package.json'), '{"type":"module"}')
    assert.deepEqual(typeErrors(project.folder, files), [])
  } finally {
    await project.close()
  }
})

test('every page that is linked to is there', () => {
  for (const { page } of pages) {
    const text = readFileSync(join(repository, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(?:https?:|mailto:|#)/.test(target)) continue
      const path = join(repository, page, '..', target.split('#')[0] as string)
      assert.ok(globSync(path).length > 0, `${page} links to ${target}, which is not there`)
    }
  }
})

test('a block is judged by the words that it has', () => {
  const [block] = blocksOf('x.md', '```sh run exit=2 norun="a b"\necho\n```\n')
  assert.deepEqual(
    [...(block?.words ?? [])],
    [
      ['run', ''],
      ['exit', '2'],
      ['norun', 'a b'],
    ],
  )
  assert.ok(saysTheSame('a … c\n…\nend', 'a b c\none\ntwo\nend\n'))
  assert.ok(saysTheSame('…\nend', 'end\n'))
  assert.ok(!saysTheSame('a … c', 'a b d'))
  assert.ok(!saysTheSame('a', 'a\nb'))
  assert.throws(() => blocksOf('x.md', '```sh\n'), /never closed/)
})
