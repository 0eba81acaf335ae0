/**
 * Edits of rules as people make them, in the text: each makes a policy test of the example fail, or the report on coverage names its rule.
 * The edits are made here without the product's own list of changes, so that a kind of change that it forgets is noticed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryAdapter } from '../../src/adapters/memory/memory.ts'
import { exampleFiles } from '../../src/cli/example.ts'
import { readSchemaFolder, readShipped } from '../../src/config/schema-files.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { coverage, type Ran } from '../../src/policy-test/coverage.ts'
import { readTests, testFileName } from '../../src/policy-test/read.ts'
import { runTest, type Setting } from '../../src/policy-test/run.ts'
import { parseSchema, type SourceFile } from '../../src/schema/parse.ts'

const { shipped, internal } = readShipped()

function settingOf(sources: readonly SourceFile[]): Setting {
  const schema = parseSchema(
    sources.filter(({ path }) => !testFileName.test(path)),
    { shipped, internal },
  )
  return { schema, policy: loadPolicy(schema), open: async () => createMemoryAdapter() }
}

async function run(sources: readonly SourceFile[], setting: Setting): Promise<{ readonly ran: readonly Ran[]; readonly passed: boolean }> {
  const files = readTests(
    sources.filter(({ path }) => testFileName.test(path)),
    setting.schema,
  )
  const ran: Ran[] = []
  for (const file of files)
    for (const one of file.tests) {
      const outcome = await runTest(one, file, setting)
      ran.push({ file, outcome })
      if (outcome.failure !== undefined) return { ran, passed: false }
    }
  return { ran, passed: true }
}

interface Edit {
  readonly line: number
  readonly says: string
  readonly text: string
}

const replacements: readonly (readonly [RegExp, string])[] = [
  [/ = /g, ' != '],
  [/ != /g, ' = '],
  [/ <= /g, ' > '],
  [/ AND /g, ' OR '],
  [/ OR /g, ' AND '],
  [/\bNOT /g, ''],
  [/\btrue\b/g, 'false'],
  [/\$user\.id/g, "'00000000-0000-7000-8000-00000000dead'"],
  [/ (?:AND|OR) [^"()]+(?=")/g, ''],
  [/(?<=")[^"()]+? (?:AND|OR) /g, ''],
]

/** Of conditions, one at a time; of lists in brackets, one member taken out. */
function editsOf(text: string): Edit[] {
  const edits: Edit[] = []
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    const put = (start: number, length: number, by: string) => {
      const edited = `${line.slice(0, start)}${by}${line.slice(start + length)}`
      edits.push({ line: at + 1, says: edited.trim(), text: lines.with(at, edited).join('\n') })
    }
    for (const { index, 0: quoted } of line.matchAll(/(?<=(?:row_level_filter|row_level|check): )"[^"]*"/g))
      for (const [pattern, by] of replacements)
        for (const { index: inside, 0: found } of quoted.matchAll(pattern)) put(index + inside, found.length, by)
    for (const { index, 0: list } of line.matchAll(/(?<=(?:role|operations|readable_fields|writable_fields|except_fields): )\[[^\]]+,[^\]]+\]/g)) {
      const members = list.slice(1, -1).split(', ')
      for (const gone of members) put(index, list.length, `[${members.filter((member) => member !== gone).join(', ')}]`)
    }
  }
  return edits
}

/** Edits that neither a test nor the report would have told of, and how many there were. */
async function unheard(sources: readonly SourceFile[]): Promise<{ readonly missed: readonly string[]; readonly count: number }> {
  const setting = settingOf(sources)
  const { ran, passed } = await run(sources, setting)
  assert.ok(passed)
  const own = new Set(sources.map(({ path }) => path))
  const report = await coverage(ran, setting, ({ place }) => own.has(place.file))
  const told = new Set(report.filter(({ parts }) => parts.some(({ noticed }) => !noticed)).map(({ rule }) => `${rule.place.file}:${rule.place.line}`))
  const missed: string[] = []
  let count = 0
  for (const source of sources.filter(({ path }) => /^entities|\.yaml$/.test(path) && !testFileName.test(path)))
    for (const { line, says, text } of editsOf(source.text)) {
      const edited = sources.map((file) => (file === source ? { ...file, text } : file))
      const attempt = (() => {
        try {
          return settingOf(edited)
        } catch {
          return undefined
        }
      })()
      // What does not load is told before any test.
      if (attempt === undefined) continue
      count++
      if (!(await run(edited, attempt)).passed || [...told].some((place) => near(place, source.path, line))) continue
      missed.push(`${source.path}:${line} ${says}`)
    }
  return { missed, count }
}

/** The report names the first line of a rule; a condition stands on it or a few lines below. */
function near(place: string, path: string, line: number): boolean {
  const at = Number(place.slice(place.lastIndexOf(':') + 1))
  return place.startsWith(`${path}:`) && at <= line && line <= at + 6
}

test('a new project: each edit of a rule makes a test fail, or the report names the rule', async () => {
  const sources = Object.entries(exampleFiles('notes'))
    .filter(([path]) => path.startsWith('dbal/'))
    .map(([path, text]) => ({ path: path.slice('dbal/'.length), text }))
  const { missed, count } = await unheard(sources)
  assert.deepEqual(missed, [])
  assert.ok(count >= 15, `only ${count} edits were made`)
})

test('a report that is silent about a rule lets an edit of it through: without a test, the edit is missed or told', async () => {
  const sources = Object.entries(exampleFiles('notes'))
    .filter(([path]) => path.startsWith('dbal/'))
    .map(([path, text]) => ({ path: path.slice('dbal/'.length), text: text.replace(/ {2}- name: authors change[\s\S]*/, '') }))
  const setting = settingOf(sources)
  const { ran } = await run(sources, setting)
  const report = await coverage(ran, setting, ({ place }) => place.file === 'entities/note.yaml')
  assert.ok(report.some(({ rule, exercised }) => rule.operations.has('delete') && !exercised))
  assert.deepEqual((await unheard(sources)).missed, [])
})

test('the music store', { skip: process.env['DBAL_ORACLE_RUNS'] === undefined ? 'long: asked with DBAL_ORACLE_RUNS' : false }, async () => {
  const { missed, count } = await unheard(readSchemaFolder(`${import.meta.dirname}/../../examples/music-store/schema`))
  assert.deepEqual(missed, [])
  assert.ok(count >= 50, `only ${count} edits were made`)
})
