/** `dbal policy test` and `lint`. In charge of files, options and what is said; policy-test and policy do the work. */
import { watch } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Adapter } from '../../adapter/adapter.ts'
import { readSchemaFolder, shippedSchemaFolder } from '../../config/schema-files.ts'
import { DBALError } from '../../errors/error.ts'
import { lintPolicy } from '../../policy/lint.ts'
import { coverage, type Ran } from '../../policy-test/coverage.ts'
import { readTests, testFileName } from '../../policy-test/read.ts'
import { coverageText, failureText, placeText, resultValue, sumOf } from '../../policy-test/report.ts'
import { runTest, type Setting } from '../../policy-test/run.ts'
import { loadContract, openAdapter, setupOf } from '../compose.ts'
import { configOf, configurable } from '../settings.ts'
import { fail, paint, say, sayJson, UsageError, visible } from '../terminal.ts'
import { registerPolicyDiff } from './policy-diff.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('access rules: test them, look for mistakes, see what a change of them does')
  configurable(policy.command('test').description('run the policy tests (*.policy.test.yaml) of the schema folder'), ['schema'])
    .option('--filter <text>', 'only tests whose file or name has this in it')
    .option('--on <adapter>', 'database of the tests: memory or sqlite', 'memory')
    .option('--watch', 'run again whenever a file of the folder changes')
    .option('--no-coverage', 'do not ask which changes of rules the tests would notice')
    .option('--min-coverage <percent>', 'fail where the tests notice less of the changes')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  dbal policy test\n  dbal policy test --filter notes --watch\n  dbal policy test --min-coverage 100\n\nExit codes: 0 all pass, 1 one fails or a file has a mistake (or too little is covered), 2 wrong use.',
    )
    .action(test)
  configurable(policy.command('lint').description('look for rules that are legal but probably not meant'), ['schema'])
    .option('--strict', 'fail because of notes too')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  dbal policy lint --schema ./dbal\n\nExit codes: 0 no warning, 1 warnings (with --strict: or notes), 2 wrong use.',
    )
    .action(lint)
  registerPolicyDiff(policy)
}

function lint(options: Options): void {
  const { schema: folder, rulesFile } = setupOf(configOf(options), 'command')
  const { schema, policy } = loadContract(folder, rulesFile)
  const findings = lintPolicy(schema, policy)
  const warnings = findings.filter((finding) => finding.severity === 'warning').length
  const notes = findings.length - warnings
  if (warnings > 0 || (options['strict'] === true && notes > 0)) process.exitCode = 1
  if (options['json'] === true) {
    sayJson({ warnings, notes, findings: findings.map(({ place, ...finding }) => ({ ...finding, place: placeText(place) })) })
    return
  }
  for (const { place, severity, code, message } of findings)
    say(`${placeText(place)}  ${paint(severity === 'warning' ? 'yellow' : 'dim', severity)} ${code}\n  ${visible(message)}`)
  say(`${counted(policy.rules.length, 'rule')}: ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`)
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

async function test(options: Options): Promise<void> {
  if (options['watch'] === true) return forever(setupOf(configOf(options), 'command').schema ?? shippedSchemaFolder(), () => attempt(options))
  if (!(await run(options))) process.exitCode = 1
}

/** One run of a watch: a mistake in a file is told, and mended with the next change. */
async function attempt(options: Options): Promise<void> {
  try {
    await run(options)
  } catch (error) {
    if (!(error instanceof DBALError) && !(error instanceof UsageError)) throw error
    fail(error, options['json'] === true)
  }
}

async function run(options: Options): Promise<boolean> {
  const least = percentOf(options['minCoverage'])
  const { schema: folder, rulesFile } = setupOf(configOf(options), 'command')
  const { schema, policy } = loadContract(folder, rulesFile)
  const sources = readSchemaFolder(folder ?? shippedSchemaFolder())
  const files = sources.filter((file) => testFileName.test(file.path))
  const wanted = String(options['filter'] ?? '').toLowerCase()
  const all = readTests(files, schema).flatMap((file) => file.tests.map((one) => ({ file, one })))
  const chosen = all.filter(({ file, one }) => `${file.path} ${one.name}`.toLowerCase().includes(wanted))
  if (all.length === 0) throw new UsageError('There are no policy tests: write *.policy.test.yaml beside the entities (dbal init makes one)')
  if (chosen.length === 0) throw new UsageError(`No test has ${JSON.stringify(wanted)} in its file or name`)
  const setting: Setting = { schema, policy, open: opener(options['on']) }
  const ran: Ran[] = []
  for (const { file, one } of chosen) {
    const outcome = await runTest(one, file, setting)
    ran.push({ file, outcome })
    if (options['json'] !== true && outcome.failure !== undefined) say(`${paint('red', 'failed')} ${failureText(outcome).map(visible).join('\n')}\n`)
  }
  const passed = ran.every(({ outcome }) => outcome.failure === undefined)
  // What a failing test notices says nothing, and a part of the tests cannot notice what all do.
  const asked = options['coverage'] !== false && passed && chosen.length === all.length
  // Accounts come with rules of their own, which the product tests.
  const own = new Set([...sources.map((file) => file.path), ...(rulesFile === undefined ? [] : [basename(rulesFile)])])
  const rules = asked ? await coverage(ran, setting, (rule) => own.has(rule.place.file)) : undefined
  return report(ran, rules, least, options) && passed
}

function report(ran: readonly Ran[], rules: Awaited<ReturnType<typeof coverage>> | undefined, least: number, options: Options): boolean {
  const outcomes = ran.map(({ outcome }) => outcome)
  const failed = outcomes.filter((outcome) => outcome.failure !== undefined).length
  const sum = rules === undefined ? undefined : sumOf(rules)
  const enough = sum === undefined || sum.percent >= least
  if (options['json'] === true) {
    sayJson(resultValue(outcomes, rules))
    return enough
  }
  if (rules !== undefined) for (const line of coverageText(rules)) say(visible(line))
  say(`${paint(failed === 0 ? 'green' : 'red', `${outcomes.length - failed} of ${counted(outcomes.length, 'test')} passed`)}`)
  if (sum !== undefined) say(`They would notice ${sum.noticed} of ${counted(sum.changes, 'change')} of rules (${sum.percent} %)`)
  if (!enough) say(`That is less than the ${least} % asked for`)
  return enough
}

function percentOf(text: string | boolean | undefined): number {
  if (text === undefined) return 0
  const percent = Number(text)
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) throw new UsageError('--min-coverage takes a whole number from 0 to 100')
  return percent
}

function opener(name: string | boolean | undefined): () => Promise<Adapter> {
  if (name !== 'memory' && name !== 'sqlite') throw new UsageError('--on takes memory or sqlite')
  return () => openAdapter({ adapter: name, threads: 'inline' })
}

/** Runs `again` now and after each change below the folder, one at a time; changes meanwhile count as one. Ends with the process. */
async function forever(folder: string, again: () => Promise<void>): Promise<never> {
  let changed = true
  let wake: () => unknown = () => undefined
  watch(folder, { recursive: true }, (_event, name) => {
    if (name !== null && !/\.ya?ml$/.test(name)) return
    changed = true
    wake()
  })
  for (;;) {
    if (!changed) await new Promise<void>((resolve) => (wake = resolve))
    changed = false
    await again()
    say(`Watching ${visible(folder)}\n`)
  }
}
