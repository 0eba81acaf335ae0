/** Mistakes are what they say, change nothing while they are off, and are counted honestly. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import './switches.ts'
import { gather } from './again.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { planted } from './plant.ts'
import { type Reviewed, reviewedBy, scoreOf } from './results.ts'

const source = `
const words = new Set(['a', 'b'])
const said: string[] = []
const add = (word: string) => said.push(word)
export function judge(n: number, names?: readonly string[]): unknown[] {
  said.length = 0
  if (n < 0) throw new Error('less')
  add('one')
  words.has('b') && add('two')
  const found = names?.filter((one) => one !== '').map((one) => one.length).length ?? 0
  return [n >= 2 ? 'many' : 'few', found, true, [1, 2].some((one) => one > n), \`x = \${n} AND y\`, ...said]
}
`

async function judges(mutants: readonly Mutant[]): Promise<(n: number, names?: readonly string[]) => unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-planted-'))
  try {
    const file = join(folder, 'judge.ts')
    writeFileSync(file, planted(source, mutants, 100))
    const { judge } = (await import(pathToFileURL(file).href)) as { judge: (n: number, names?: readonly string[]) => unknown }
    return (...given) => {
      try {
        return judge(...given)
      } catch (error) {
        return (error as Error).message
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const right = ['few', 1, true, true, 'x = 1 AND y', 'one', 'two']
/** By what is asked: what the mistake answers. */
const wrong: readonly (readonly [change: string, given: [number, string[]?], answer: unknown])[] = [
  ['if n < 0: always true', [1, ['', 'x']], 'less'],
  ['n < 0: < → <=', [0, []], 'less'],
  ["left out: throw new Error('less')", [-1, []], ['few', 0, true, true, 'x = -1 AND y', 'one', 'two']],
  ["left out: add('one')", [1, ['', 'x']], ['few', 1, true, true, 'x = 1 AND y', 'two']],
  ["words.has('b') && add('two'): && → ||", [1, ['', 'x']], ['few', 1, true, true, 'x = 1 AND y', 'one']],
  ["left out: ?.filter((one) => one !== '')", [1, ['', 'x']], ['few', 2, true, true, 'x = 1 AND y', 'one', 'two']],
  ['.some → .every', [1, ['', 'x']], ['few', 1, true, false, 'x = 1 AND y', 'one', 'two']],
  ['true → false', [1, ['', 'x']], ['few', 1, false, true, 'x = 1 AND y', 'one', 'two']],
  ['AND → OR in } AND y`', [1, ['', 'x']], ['few', 1, true, true, 'x = 1 OR y', 'one', 'two']],
]

test('a planted mistake is there when it is turned on, and only then', async () => {
  const mutants = mutantsOf('judge.ts', source, true)
  let on = -1
  const outer = globalThis.__planted
  globalThis.__planted = (number) => number === on
  try {
    const judge = await judges(mutants)
    for (const [change, given, answer] of wrong) {
      const at = mutants.findIndex((one) => one.change === change)
      assert.notEqual(at, -1, `${change} is not among ${mutants.map((one) => one.change).join(' | ')}`)
      on = 100 + at
      assert.deepEqual(judge(...given), answer, change)
      on = -1
      assert.deepEqual(judge(1, ['', 'x']), right)
    }
    // Nothing is skipped that was not: the chain ends where there is no list.
    assert.deepEqual(judge(2), ['many', 0, true, false, 'x = 2 AND y', 'one', 'two'])
  } finally {
    globalThis.__planted = outer
  }
})

test('what a file works out as it loads has entries that can be left out', async () => {
  const mutants = mutantsOf('judge.ts', source, true)
  const at = mutants.findIndex(({ change }) => change === "entry left out: 'b'")
  const outer = globalThis.__planted
  globalThis.__planted = (number) => number === 100 + at
  try {
    assert.deepEqual((await judges(mutants))(1, ['', 'x']), ['few', 1, true, true, 'x = 1 AND y', 'one'])
  } finally {
    globalThis.__planted = outer
  }
})

test('the same tests run again, with what they prepare made anew, up to the first that fails', async () => {
  const ran: string[] = []
  const gathered = () =>
    gather(async () => {
      const { test: again, describe, before, after } = await import('./again.ts')
      before(() => void ran.push('before'))
      after(() => void ran.push('after'))
      again('one', () => void ran.push('one'))
      again('skipped', { skip: 'why' }, () => void ran.push('skipped'))
      describe('group', () => {
        again('inner', async (t) => {
          t.after(() => void ran.push('inner after'))
          await t.test('innermost', () => void ran.push('innermost'))
        })
      })
      again('red', () => assert.fail('red'))
      again('never', () => void ran.push('never'))
    })
  const first = await gathered()
  assert.deepEqual(first.names, ['one', undefined, 'group', 'red', 'never'])
  await assert.rejects(
    first.run(
      () => true,
      (_, body) => body(),
    ),
    /red/,
  )
  assert.deepEqual(ran, ['before', 'one', 'innermost', 'inner after', 'after'])
  await (await gathered()).run(
    (i) => i === 4,
    (_, body) => body(),
  )
  assert.deepEqual(ran.slice(5), ['before', 'never', 'after'])
})

test('a review counts while its line is as it was', () => {
  const [mutant, other] = mutantsOf('judge.ts', source, true) as [Mutant, Mutant]
  const review: Reviewed = { file: mutant.file, code: mutant.code, change: mutant.change, reason: 'nobody could see it' }
  const results = [
    { mutant, killed: false, by: '', ms: 1 },
    { mutant: other, killed: true, by: '', ms: 1 },
  ]
  const { raw, score, survivors, stale } = scoreOf(results, 2, reviewedBy([review]))
  assert.deepEqual({ raw, score, survivors, stale }, { raw: 0.5, score: 1, survivors: [], stale: [] })
  const edited = scoreOf(
    [{ ...results[0], mutant: { ...mutant, code: `${mutant.code} // edited` } }, results[1]] as typeof results,
    2,
    reviewedBy([review]),
  )
  assert.equal(edited.score, 0.5)
  assert.deepEqual(edited.stale, [review])
})
