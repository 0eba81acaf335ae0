/**
 * `npm run mutation`: plants one mistake at a time in the policy and in the SQL compiler, and counts those that the fast tests find.
 * `-- [part of a path…] [--seconds N] [--sample N]`. Goes on where the last run ended; `--anew` forgets it. Exit 1 below 90 %.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Mutant, mutantsOf } from './mutation/mutants.ts'
import { root } from './run.ts'

interface Suite {
  readonly folder: string
  /** The quickest first: the first that fails ends the matter. */
  readonly tests: readonly string[]
}

const suites: readonly Suite[] = [
  { folder: 'src/policy', tests: ['src/policy/**/*.test.ts', 'test/oracle/paths.test.ts', 'test/oracle/programs.test.ts'] },
  {
    folder: 'src/adapters/sql',
    tests: [
      'src/adapters/sql/**/*.test.ts',
      'src/adapters/sqlite/predicates.test.ts',
      'test/oracle/predicates.test.ts',
      'test/oracle/programs.test.ts',
    ],
  },
]
/** A mutant that never ends is found; the slowest suite takes a fifth of this. */
const longestMs = 120_000
const least = 0.9
/** Oracles run short: a mistake that needs more than these cases is for the long runs to find. */
const environment = { DBAL_ORACLE_RUNS: '2000', DBAL_ORACLE_SEED: '20261121', DBAL_TEST_BACKENDS: 'sqlite' }

const kept = join(root, 'node_modules/.cache/dbal-mutation.jsonl')
const reviewedFile = join(root, 'tools/mutation/reviewed.json')

interface Result {
  readonly id: string
  readonly file: string
  readonly line: number
  readonly change: string
  readonly killed: boolean
}

/** By content, so that a file that has changed is tried anew. */
const idOf = (mutant: Mutant, source: string): string =>
  createHash('sha256').update(`${mutant.file}\0${source}\0${mutant.start}\0${mutant.end}\0${mutant.text}`).digest('hex').slice(0, 16)

function testsPass(files: readonly string[], mutant: Mutant | undefined): Promise<boolean> {
  const planted = mutant === undefined ? {} : { DBAL_MUTANT: JSON.stringify({ ...mutant, file: join(root, mutant.file) }) }
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const hook = pathToFileURL(join(root, 'tools/mutation/hook.ts')).href
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', hook, '--test', '--test-reporter=dot', ...files], {
      cwd: root,
      env: { ...env, ...environment, ...planted, NODE_OPTIONS: `--import ${hook}` },
      stdio: 'ignore',
      timeout: longestMs,
      killSignal: 'SIGKILL',
    })
    child.on('close', (code) => resolve(code === 0))
  })
}

const filesOf = (pattern: string): string[] => globSync(pattern, { cwd: root }).sort()

async function survives(tests: readonly (readonly string[])[], mutant: Mutant): Promise<boolean> {
  for (const files of tests) if (files.length > 0 && !(await testsPass(files, mutant))) return false
  return true
}

/** The test files of each suite that pass without any mistake; others would find every one of them. */
async function soundSuites(wanted: readonly Suite[]): Promise<ReadonlyMap<Suite, readonly (readonly string[])[]>> {
  const sound = new Map<Suite, string[][]>()
  for (const suite of wanted) {
    const groups: string[][] = []
    for (const files of suite.tests.map(filesOf)) {
      const passing: string[] = []
      if (await testsPass(files, undefined)) passing.push(...files)
      else
        for (const file of files) {
          if (await testsPass([file], undefined)) passing.push(file)
          else console.log(`left out  ${file}: it fails without any mistake`)
        }
      groups.push(passing)
    }
    sound.set(suite, groups)
  }
  return sound
}

/** In an order that does not begin with any one file, and is the same in every run. */
function mutants(chosen: readonly string[]): { readonly suite: Suite; readonly mutant: Mutant; readonly id: string }[] {
  const all = suites.flatMap((suite) =>
    filesOf(`${suite.folder}/**/*.ts`)
      .filter((file) => !file.endsWith('.test.ts') && (chosen.length === 0 || chosen.some((part) => file.includes(part))))
      .flatMap((file) => {
        const source = readFileSync(join(root, file), 'utf8')
        return mutantsOf(file, source).map((mutant) => ({ suite, mutant, id: idOf(mutant, source) }))
      }),
  )
  return all.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function report(results: readonly Result[], total: number): boolean {
  const reviewed = new Set(
    (JSON.parse(readFileSync(reviewedFile, 'utf8')) as { file: string; change: string }[]).map(({ file, change }) => `${file} ${change}`),
  )
  const counted = results.filter(({ killed, file, change }) => killed || !reviewed.has(`${file} ${change}`))
  const killed = counted.filter((one) => one.killed).length
  for (const { file, line, change } of counted.filter((one) => !one.killed)) console.log(`survived  ${file}:${line}  ${change}`)
  const score = counted.length === 0 ? 1 : killed / counted.length
  console.log(
    `${killed} of ${counted.length} found (${(100 * score).toFixed(1)} %), ${results.length - counted.length} reviewed; ${results.length} of ${total} mutants tried`,
  )
  return score >= least
}

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  const number = (name: string): number => {
    const at = args.indexOf(name)
    return at < 0 ? Number.POSITIVE_INFINITY : Number(args.splice(at, 2)[1])
  }
  const [seconds, sample] = [number('--seconds'), number('--sample')]
  if (args.includes('--anew')) rmSync(kept, { force: true })
  const all = mutants(args.filter((arg) => !arg.startsWith('--')))
  const known = new Map(
    (existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n') : [])
      .filter((line) => line !== '')
      .map((line) => [(JSON.parse(line) as Result).id, JSON.parse(line) as Result]),
  )
  mkdirSync(dirname(kept), { recursive: true })
  const sound = await soundSuites(suites.filter((one) => all.some(({ suite }) => suite === one)))
  const until = performance.now() + seconds * 1000
  const waiting = all.filter(({ id }) => !known.has(id)).slice(0, sample)
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && performance.now() < until; next = waiting.shift()) {
      const { suite, mutant, id } = next
      const result: Result = {
        id,
        file: mutant.file,
        line: mutant.line,
        change: mutant.change,
        killed: !(await survives(sound.get(suite) ?? [], mutant)),
      }
      known.set(id, result)
      appendFileSync(kept, `${JSON.stringify(result)}\n`)
    }
  }
  await Promise.all([worker(), worker()])
  const results = all.flatMap(({ id }) => known.get(id) ?? [])
  process.exitCode = report(results, all.length) ? 0 : 1
}

await main()
