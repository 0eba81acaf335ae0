/** `dbal conformance`: runs the case files and prints the matrix. In charge of finding the runner, which lies beside the sources and not in the package. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { DBALError } from '../../errors/error.ts'
import { inColour, say, sayJson } from '../terminal.ts'

type Options = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

interface Report {
  readonly failed: number
}

/** What conformance/run.ts and matrix.ts export; not imported by name because they stand outside of what is built. */
interface Runner {
  runConformance(options: { readonly adapters?: readonly string[]; readonly doors?: readonly string[]; readonly filter?: string }): Promise<Report>
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
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  dbal conformance --adapter sqlite --door daemon')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const folder = new URL('../../../conformance/', import.meta.url)
  if (!existsSync(fileURLToPath(new URL('run.ts', folder)))) {
    throw new DBALError('NOT_FOUND', {
      reason: 'The conformance cases belong to the repository of DBAL and are not part of the package; run this in a clone of it',
    })
  }
  const { runConformance } = (await import(new URL('run.ts', folder).href)) as Runner
  const { printMatrix } = (await import(new URL('matrix.ts', folder).href)) as Printer
  const { adapter, door, filter, json } = options
  const report = await runConformance({
    ...(Array.isArray(adapter) ? { adapters: adapter } : {}),
    ...(Array.isArray(door) ? { doors: door } : {}),
    ...(typeof filter === 'string' ? { filter } : {}),
  })
  if (json === true) sayJson(report)
  else say(printMatrix(report, inColour()))
  if (report.failed > 0) process.exitCode = 1
}
