/** `dbal conformance`: runs the case files and prints the matrix. In charge of finding the runner, which lies beside the sources and not in the package. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { DBALError, invalid } from '../../errors/error.ts'
import { inColour, say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

interface Report {
  readonly failed: number
}

/** What conformance/run.ts and matrix.ts export; not imported by name because they stand outside of what is built. */
interface Runner {
  runConformance(options: {
    readonly adapters?: readonly string[]
    readonly doors?: readonly string[]
    readonly filter?: string
    readonly endpoint?: { readonly url: string; readonly tokens: Readonly<Record<string, string>> }
  }): Promise<Report>
}
interface Printer {
  printMatrix(report: Report, colour?: boolean): string
}

export function registerConformance(program: Command): void {
  program
    .command('conformance')
    .description('run the conformance cases on every adapter and through both doors')
    .option('--adapter <name...>', 'only these adapters')
    .option('--door <name...>', 'only these doors: in-process, daemon')
    .option('--filter <text>', 'only cases whose file or name contains the text')
    .option('--endpoint <url>', 'a running daemon instead; cases that need a database of their own are skipped')
    .option('--token <role=token...>', 'tokens of accounts on the endpoint, by role; or DBAL_CONFORMANCE_TOKENS with blanks between')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  dbal conformance --adapter sqlite --door daemon')
    .action(run)
}

/** Milliseconds in which what is still open may end by itself. */
const lastMs = 10_000

async function run(options: Options): Promise<void> {
  const folder = new URL('../../../conformance/', import.meta.url)
  if (!existsSync(fileURLToPath(new URL('run.ts', folder)))) {
    throw new DBALError('NOT_FOUND', {
      reason: 'The conformance cases belong to the repository of DBAL and are not part of the package; run this in a clone of it',
    })
  }
  const { runConformance } = (await import(new URL('run.ts', folder).href)) as Runner
  const { printMatrix } = (await import(new URL('matrix.ts', folder).href)) as Printer
  const { adapter, door, filter, endpoint, json } = options
  const report = await runConformance({
    ...(Array.isArray(adapter) ? { adapters: adapter } : {}),
    ...(Array.isArray(door) ? { doors: door } : {}),
    ...(typeof filter === 'string' ? { filter } : {}),
    ...(typeof endpoint === 'string' ? { endpoint: { url: endpoint, tokens: tokensOf(options['token']) } } : {}),
  })
  if (json === true) sayJson(report)
  else say(printMatrix(report, inColour()))
  if (report.failed === 0) return
  process.exitCode = 1
  // A case that hung may keep its database open for ever.
  setTimeout(() => process.exit(), lastMs).unref()
}

/** `role=token` pairs; from the environment they do not show in the list of processes. */
function tokensOf(given: Options[string]): Record<string, string> {
  const pairs = Array.isArray(given)
    ? (given as readonly string[])
    : (process.env['DBAL_CONFORMANCE_TOKENS'] ?? '').split(/\s+/).filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw invalid({ field: 'token', error: 'Give --token as role=token, such as supergod=dbal_s_…' })
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
