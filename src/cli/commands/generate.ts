/** `dbal generate`: writes what is made from the schema, or tells what is stale. In charge of files; targets.ts has the list. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { loadContract, setupOf } from '../compose.ts'
import { configOf, configurable } from '../settings.ts'
import { isRepository, projectTargets, repositoryTargets, type Target } from '../targets.ts'
import { say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

export function registerGenerate(program: Command): void {
  configurable(program.command('generate').description('write TypeScript types, SQL, Prisma schemas and JSON Schemas of the schema'), ['schema'])
    .option('--check', 'write nothing; fail and list the files that are not up to date')
    .option('--out <folder>', 'folder to write to (default: ./generated)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  dbal generate --schema ./dbal --out src/generated\n  dbal generate --check')
    .action((options: Options) => generate(options, program))
}

function generate(options: Options, program: Command): void {
  const { schema: folder, rulesFile } = setupOf(configOf(options), 'command')
  const { schema } = loadContract(folder, rulesFile)
  const here = process.cwd()
  // In this repository more is generated, and into several folders.
  const own = options['out'] === undefined && folder === undefined && isRepository(here)
  const root = own ? here : resolve(typeof options['out'] === 'string' ? options['out'] : 'generated')
  const targets = own ? repositoryTargets(here, schema, program) : projectTargets(schema)
  const stale = targets.filter((target) => contentOf(join(root, target.path)) !== target.text)
  if (options['check'] !== true) for (const target of stale) write(root, target)
  report(
    stale.map(({ path }) => relative(here, join(root, path))),
    targets.length,
    options,
  )
}

function report(stale: readonly string[], all: number, options: Options): void {
  const checking = options['check'] === true
  if (checking && stale.length > 0) process.exitCode = 1
  if (options['json'] === true) sayJson(checking ? { upToDate: stale.length === 0, stale } : { written: stale, unchanged: all - stale.length })
  else if (checking)
    say(
      stale.length === 0
        ? `${all} generated files are up to date`
        : `Not up to date (dbal generate writes them):\n${stale.map((path) => `  ${path}`).join('\n')}`,
    )
  else say(stale.length === 0 ? `${all} generated files were up to date` : `Wrote:\n${stale.map((path) => `  ${path}`).join('\n')}`)
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function write(root: string, { path, text }: Target): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
