/** `dbal conformance`: runs the case files and prints the matrix. In charge of finding the runner, which lies beside the sources and not in the package. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { DBALError } from '../../errors/error.ts'
import { paint, say, sayJson, table } from '../terminal.ts'

type Options = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

interface Cell {
  readonly adapter: string
  readonly door: string
  readonly backend: string
}

interface Result {
  readonly cell: Cell
  readonly file: string
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly reason?: string
  readonly failures: readonly string[]
}

interface Report {
  readonly cells: readonly Cell[]
  readonly files: readonly string[]
  readonly results: readonly Result[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly steps: number
}

/** What conformance/run.ts exports; not imported by name because it stands outside of what is built. */
interface Runner {
  runConformance(options: {
    readonly adapters?: readonly string[]
    readonly doors?: readonly string[]
    readonly filter?: string
    readonly onProgress?: (result: Result) => void
  }): Promise<Report>
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
  const file = new URL('../../../conformance/run.ts', import.meta.url)
  if (!existsSync(fileURLToPath(file))) {
    throw new DBALError('NOT_FOUND', {
      reason: 'The conformance cases belong to the repository of DBAL and are not part of the package; run this in a clone of it',
    })
  }
  const { runConformance } = (await import(file.href)) as Runner
  const { adapter, door, filter, json } = options
  const report = await runConformance({
    ...(Array.isArray(adapter) ? { adapters: adapter } : {}),
    ...(Array.isArray(door) ? { doors: door } : {}),
    ...(typeof filter === 'string' ? { filter } : {}),
    onProgress: (result) => {
      if (json !== true) tell(result)
    },
  })
  if (json === true) sayJson(report)
  else {
    say(matrix(report))
    say(`${report.steps} steps; ${report.passed} cases passed, ${report.failed} failed, ${report.skipped} skipped`)
  }
  if (report.failed > 0) process.exitCode = 1
}

function tell({ cell, file, name, status, reason, failures }: Result): void {
  const where = `${cell.adapter}/${cell.door}  ${file}: ${name}`
  if (status === 'failed') say(`${paint('red', 'FAIL')}  ${where}\n${failures.map((failure) => `        ${failure}`).join('\n')}`)
  else if (status === 'skipped') say(`skip  ${where}: ${reason ?? ''}`)
}

/** A row for each file, a column for each adapter and door: passed of all that ran. */
function matrix({ cells, files, results }: Report): string {
  const head = ['', ...cells.map(({ adapter, door }) => `${adapter}/${door}`)]
  const rows = files.map((file) => [
    file,
    ...cells.map((cell) => {
      const ran = results.filter(
        (result) => result.file === file && result.cell.adapter === cell.adapter && result.cell.door === cell.door && result.status !== 'skipped',
      )
      return ran.length === 0 ? '–' : `${ran.filter(({ status }) => status === 'passed').length}/${ran.length}`
    }),
  ])
  return table(head, [...rows, ['backend', ...cells.map(({ backend }) => backend)]])
}
