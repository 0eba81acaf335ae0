/** `npm run mutation`: plants one mistake at a time in the policy and in the SQL compiler and counts those that tests find. In charge of the command; `--help` says the rest. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Process } from './mutation/process.ts'
import { Journal, type Result, readReviewed, type Score, scoreOf } from './mutation/results.ts'
import { cache, plantedTree, type Tree } from './mutation/tree.ts'
import { type Baselines, Trials, type Verdict } from './mutation/trial.ts'
import type { Baseline } from './mutation/worker.ts'
import { root } from './run.ts'

const help = `npm run mutation -- [part of a path…] [options]

Plants one mistake at a time in src/policy and in the SQL compiler (src/adapters/sql, its dialects) and runs the tests that reach it,
the quickest first, until one is red. Works on a copy; files may be edited meanwhile. Ends with 1 below ${90} %.

  --sample N     that many mistakes, chosen at random, of those that are chosen by path (default 300)
  --seed TEXT    another choice (default: the same one in every run)
  --all          every mistake: hours
  --seconds N    as many as can be tried until then; a later run goes on
  --patience S   seconds of the processor for one mistake, as its tests take without it (default 12)
  --tests PART   asks only tests whose path or name contains it (again for more), at once; what they do not find is not kept
  --anew         forgets what earlier runs found out
  --list         says what would be tried, and runs nothing
  --survivors    says what is known to survive, and runs nothing
  --json FILE    the score and every survivor as data

Tests on PostgreSQL and MariaDB run where DBAL_TEST_POSTGRES_URL and DBAL_TEST_MYSQL_URL name servers (npm run with -- postgres,mariadb …).
A mistake that changes nothing is listed with its reason in tools/mutation/reviewed.json; an edit of its line makes it one to look at again.`

const least = 0.9
const baselineMs = 300_000
const say = (text: string): void => console.log(text)

/** What every probe does without a mistake: found out once for a tree. */
async function baselinesOf({ fingerprint }: Tree, only: readonly string[] | undefined): Promise<Baselines> {
  const servers = ['DBAL_TEST_POSTGRES_URL', 'DBAL_TEST_MYSQL_URL', 'DBAL_TEST_BACKENDS'].map((name) => process.env[name] ?? '').join()
  const file = join(cache, 'baselines.json')
  if (only === undefined && existsSync(file)) {
    const known = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly of: string
      readonly probes: readonly [string, Baseline][]
      readonly atStart: number[]
    }
    if (known.of === fingerprint + servers) return { probes: new Map(known.probes), atStart: known.atStart }
  }
  const warm = new Process()
  try {
    const { names, atStart } = await warm.ask<{ readonly names: readonly string[]; readonly atStart: readonly number[] }>(
      { kind: 'names' },
      baselineMs,
    )
    const baselines: [string, Baseline][] = []
    for (const [i, probe] of names.entries()) {
      if (only !== undefined && !only.some((part) => probe.includes(part))) continue
      const from = performance.now()
      const { baseline } = await warm
        .ask<{ readonly baseline: Baseline }>({ kind: 'baseline', probe }, baselineMs)
        .catch(() => ({ baseline: undefined }))
      const failing = baseline?.tests.filter(({ name, reached }) => name !== undefined && reached === undefined) ?? []
      say(
        `probe ${i + 1} of ${names.length}  ${probe}  ${Math.round(performance.now() - from)} ms${baseline === undefined ? ': left out, it does not end' : ''}`,
      )
      for (const { name } of failing) say(`  left out: ${name}: red, or not to be run twice`)
      if (baseline !== undefined) baselines.push([probe, baseline])
    }
    if (only === undefined) writeFileSync(file, JSON.stringify({ of: fingerprint + servers, probes: baselines, atStart }))
    return { probes: new Map(baselines), atStart }
  } finally {
    await warm.end()
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const named = ({ mutant: { file, line, change } }: Result): string => `${file}:${line}  ${change}`

function report(score: Score): void {
  for (const one of score.survivors.toSorted((a, b) => (named(a) < named(b) ? -1 : 1))) say(`survived  ${named(one)}  (${one.by})`)
  for (const { file, change, code } of score.stale) say(`review out of date  ${file}  ${change}  in  ${code}`)
  const { killed, tried, of, reviewed, unreached } = score
  say(
    `${killed} of ${tried} found: raw ${percent(score.raw)}; ${reviewed} survivors reviewed, ${unreached} reached by no test; ${tried} of ${of} mistakes tried`,
  )
  say(`score ${percent(score.score)}${score.within > 0 ? ` ± ${percent(score.within)} (95 %)` : ''}`)
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      sample: { type: 'string' },
      seed: { type: 'string' },
      all: { type: 'boolean' },
      seconds: { type: 'string' },
      patience: { type: 'string' },
      tests: { type: 'string', multiple: true },
      anew: { type: 'boolean' },
      list: { type: 'boolean' },
      survivors: { type: 'boolean' },
      json: { type: 'string' },
    },
  })
  const number = (text: string | undefined, otherwise: number): number => {
    const found = text === undefined ? otherwise : Number(text)
    if (Number.isNaN(found) || found < 0) throw new Error(`'${text}' is no number`)
    return found
  }
  return {
    ...values,
    chosen: positionals,
    sample: values.all === true ? Number.POSITIVE_INFINITY : number(values.sample, 300),
    seconds: number(values.seconds, Number.POSITIVE_INFINITY),
    patience: number(values.patience, 12),
  }
}

async function main(): Promise<void> {
  const { chosen, ...asked } = options()
  if (asked.help === true) return say(help)
  const tree = plantedTree()
  const { mutants } = tree
  const sources = new Map(mutants.map(({ file }) => [file, readFileSync(join(root, file), 'utf8')]))
  const journal = new Journal(tree.fingerprint, sources, asked.anew === true)
  const numbers = mutants.flatMap(({ file }, number) => (chosen.length === 0 || chosen.some((part) => file.includes(part)) ? [number] : []))
  const wanted = journal.shuffled(numbers, mutants, asked.seed ?? '').slice(0, asked.sample)
  const passing = new Map<number, Verdict>()
  // Up to the first that was not tried: of those behind it only the ones that are found are known from other runs, which would flatter.
  const results = (): Result[] => {
    const verdicts = wanted.map((number) => journal.known(mutants[number] as Result['mutant']) ?? passing.get(number))
    const untried = verdicts.indexOf(undefined)
    return verdicts
      .slice(0, untried < 0 ? verdicts.length : untried)
      .map((verdict, i) => ({ ...(verdict as Verdict), mutant: mutants[wanted[i] as number] as Result['mutant'] }))
  }
  if (asked.list === true) for (const number of wanted) say(named({ mutant: mutants[number] } as Result))
  else if (asked.survivors !== true) await tryAll(tree, wanted, journal, asked, passing)
  const score = scoreOf(results(), numbers.length, readReviewed())
  report(score)
  if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(score, null, 1)}\n`)
  process.exitCode = score.score >= least ? 0 : 1
}

interface Asked {
  readonly seconds: number
  readonly patience: number
  readonly tests?: string[]
}

/** `passing`: survivors of some tests only, which are not kept. */
async function tryAll(tree: Tree, wanted: readonly number[], journal: Journal, asked: Asked, passing: Map<number, Verdict>): Promise<void> {
  const { mutants } = tree
  const waiting = wanted.filter((number) => journal.known(mutants[number] as Result['mutant']) === undefined)
  if (waiting.length === 0) return
  const trials = new Trials(await baselinesOf(tree, asked.tests), (number) => mutants[number]?.file ?? '', asked.patience * 1000)
  const until = performance.now() + asked.seconds * 1000
  try {
    for (const [i, number] of waiting.entries()) {
      if (performance.now() > until) break
      const mutant = mutants[number] as Result['mutant']
      const verdict = await trials.try(number, mutant.file)
      if (asked.tests === undefined || verdict.killed) journal.keep(mutant, verdict)
      else passing.set(number, verdict)
      say(
        `${i + 1} of ${waiting.length}  ${verdict.killed ? 'found   ' : 'SURVIVED'}  ${verdict.ms} ms  ${named({ ...verdict, mutant })}  (${verdict.by})`,
      )
    }
  } finally {
    await trials.end()
  }
}

await main()
