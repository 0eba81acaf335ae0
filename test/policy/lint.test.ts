/** Lint against seeded mistakes and against schemas that are meant as they are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSchemaFolder, readShipped } from '../../src/config/schema-files.ts'
import { type Finding, lintPolicy } from '../../src/policy/lint.ts'
import { loadPolicy } from '../../src/policy/rules.ts'
import { parseSchema, type SourceFile } from '../../src/schema/parse.ts'
import { compareGolden } from '../support/golden.ts'

const { files, shipped, internal } = readShipped()

function lint(sources: readonly SourceFile[]): Finding[] {
  const schema = parseSchema(sources, { internal, shipped })
  return lintPolicy(schema, loadPolicy(schema))
}

const folder = import.meta.dirname
const wordsOf = (found: readonly Finding[]): string =>
  found
    .map(({ place, severity, code, rule, message }) => `${place.file}:${place.line}:${place.column} ${severity} ${code} ${rule ?? '-'}: ${message}\n`)
    .join('')
/** On one line, so that places stay. */
const fields = `{
  id: { type: integer, primary: true, generated: true },
  ownerId: { type: uuid, required: true, index: true, foreign_key: { entity: User } },
  level: { type: integer, required: true, index: true },
  grade: { type: integer, nullable: true, index: true },
  open: { type: boolean, default: false, index: true },
  plain: { type: string, default: "" },
  secret: { type: string, default: "", sensitive: true },
  state: { type: enum, values: [new, old], default: new, index: true },
}`.replaceAll('\n', '')
const text = readFileSync(join(folder, 'bad.yaml'), 'utf8').replaceAll('*fields', fields)
const lines = text.split('\n')
const found = lint([
  { path: 'entities/bad.yaml', text },
  { path: 'operations/bad.ops.yaml', text: readFileSync(join(folder, 'bad.ops.yaml'), 'utf8') },
]).filter(({ place }) => place.file === 'entities/bad.yaml')
const codesAt = (line: number): string[] => found.filter(({ place }) => place.line === line).map(({ code }) => code)
const seeded = lines.flatMap((line, i) => {
  const codes = / # lint: (.*)$/.exec(line)?.[1]?.split(' ')
  return codes === undefined ? [] : [{ line: i + 1, codes }]
})

test('at least forty bad policies are seeded, of every kind of finding', () => {
  assert.ok(seeded.length >= 40, `${seeded.length}`)
  assert.equal(new Set(seeded.flatMap(({ codes }) => codes)).size, 22)
})
for (const { line, codes } of seeded) {
  test(`bad.yaml:${line} ${lines[line - 1]?.trim().slice(0, 120)}`, () => {
    assert.deepEqual(
      codesAt(line).sort(),
      [...codes].sort(),
      found
        .filter(({ place }) => place.line === line)
        .map(({ message }) => message)
        .join('\n'),
    )
    // The place is that of the rule itself, or of the entity's document.
    for (const { place, code } of found.filter((finding) => finding.place.line === line))
      assert.match(lines[line - 1]?.slice(place.column - 1) ?? '', code === 'no-rules' ? /^(entity: )?[A-Z]/ : /^\{/)
  })
}
test('what is found is said in these words, in this order', () => compareGolden('lint/bad.txt', wordsOf(found)))
test('nothing else is found among the bad policies', () => {
  const marked = new Set(seeded.map(({ line }) => line))
  assert.deepEqual(
    found.filter(({ place }) => !marked.has(place.line)).map(({ place, code, message }) => `${place.line} ${code} ${message}`),
    [],
  )
})

test('schemas as teams write them: warnings of fewer than 2 % of their rules, and each finding is one of these', () => {
  const parts = readFileSync(join(folder, 'realistic.yaml'), 'utf8')
    .split(/^# ==== /m)
    .slice(1)
  let rules = 0
  const all = parts.flatMap((part) => {
    const path = `${part.slice(0, part.indexOf('\n'))}.yaml`
    const schema = parseSchema([{ path, text: `# ${part}` }], { internal, shipped })
    const policy = loadPolicy(schema)
    rules += policy.rules.filter(({ place }) => place.file === path).length
    return lintPolicy(schema, policy).filter(({ place }) => place.file === path)
  })
  const told = (severity: string) => all.filter((one) => one.severity === severity).map(({ place, code }) => `${place.file} ${place.line} ${code}`)
  compareGolden('lint/realistic.txt', wordsOf(all))
  assert.ok(parts.length >= 20 && rules >= 150, `${parts.length} schemas, ${rules} rules`)
  // An admin who reads what is sensitive is worth a question, even where it is meant.
  assert.deepEqual(told('warning'), ['clinic.yaml 10 sensitive-shown'])
  assert.ok(told('warning').length < 0.02 * rules)
  assert.deepEqual(told('note'), [
    'blog.yaml 29 no-index',
    'library.yaml 8 allow-all',
    'gym.yaml 22 time-dependent',
    'news.yaml 7 allow-all',
    'news.yaml 24 time-dependent',
    'files.yaml 25 ladder-gap',
    'bank.yaml 24 ladder-gap',
  ])
})

test('the shipped schema has no finding', () => {
  assert.deepEqual(lint(files), [])
})

test('the music store has no warning, and notes of what it means to do', () => {
  const store = lint(readSchemaFolder(join(folder, '../../examples/music-store/schema')))
  assert.deepEqual(
    store.filter(({ severity }) => severity === 'warning'),
    [],
  )
  assert.deepEqual([...new Set(store.map(({ code }) => code))].sort(), ['allow-all', 'client-writable', 'null-defeats'])
})
