/** A report as a table: rows are case files, columns adapter and door with the server's own name. In charge of its text; must not know how cases run. */
import { pathToFileURL } from 'node:url'
import { DBALError } from '../src/errors/error.ts'
import { type Cell, type Report, type Result, runConformance } from './run.ts'

export interface Square {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** `rows[file][cell index]`. */
export function squares(report: Report): Map<string, Square[]> {
  const rows = new Map(report.files.map((file) => [file, report.cells.map(() => ({ passed: 0, failed: 0, skipped: 0 }))]))
  for (const { file, cell, status } of report.results) {
    const square = rows.get(file)?.[report.cells.indexOf(cell)]
    if (square !== undefined) square[status]++
  }
  return rows
}

const grey = (text: string, colour: boolean): string => (colour ? `\u001b[90m${text}\u001b[39m` : text)
const red = (text: string, colour: boolean): string => (colour ? `\u001b[31m${text}\u001b[39m` : text)

/** Plain text: the table, why cases were skipped, what failed, and one line of counts. */
export function printMatrix(report: Report, colour = false): string {
  const rows = [...squares(report)].map(([file, row]) => [file, ...row.map(squareText)])
  const head = [
    ['cases', ...report.cells.map(({ adapter }) => adapter)],
    ['', ...report.cells.map(({ door }) => door)],
    ['', ...report.cells.map(({ backend }) => backend)],
  ]
  const table = [...head, ...rows]
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? []
  const lines = table.map((row) =>
    row
      .map((text, i) => paint(text.padEnd(widths[i] ?? 0), colour))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(head.length, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return [...lines, '', ...skips(report, colour), ...faults(report, colour), counts(report)].join('\n')
}

function squareText({ passed, failed, skipped }: Square): string {
  if (failed > 0) return `${failed} failed of ${passed + failed}`
  return passed === 0 ? `${skipped} skipped` : `${passed} ok${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

function paint(text: string, colour: boolean): string {
  if (/\d failed/.test(text)) return red(text, colour)
  return /^\d+ skipped/.test(text) ? grey(text, colour) : text
}

const named = ({ adapter, door }: Cell): string => `${adapter}, ${door}`

/** A cell that ran nothing for one reason says so once. */
function skips({ results, cells }: Report, colour: boolean): string[] {
  return cells.flatMap((cell) => {
    const own = results.filter((result) => result.cell === cell)
    const reasons = new Set(own.map(({ status, reason }) => (status === 'skipped' ? reason : undefined)))
    const [only] = reasons
    if (own.length > 0 && reasons.size === 1 && only !== undefined) return [grey(`skipped (${named(cell)}) all ${own.length} cases: ${only}`, colour)]
    return own
      .filter(({ status }) => status === 'skipped')
      .map(({ file, name, reason }) => grey(`skipped (${named(cell)}) ${file}: ${name}: ${reason}`, colour))
  })
}

function faults({ results }: Report, colour: boolean): string[] {
  const failed: readonly Result[] = results.filter(({ status }) => status === 'failed')
  return failed.flatMap(({ cell, file, name, failures }) => [
    red(`FAIL (${named(cell)}) ${file}: ${name}`, colour),
    ...failures.map((text) => `  ${text}`),
  ])
}

const counts = ({ passed, failed, skipped, steps, durationMs }: Report): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped: ${steps} steps in ${(durationMs / 1000).toFixed(1)} s`

/** `node conformance/matrix.ts [--json] [part of a name]`. */
async function main(args: readonly string[]): Promise<void> {
  const option = (name: string): string[] | undefined =>
    args
      .find((arg) => arg.startsWith(`--${name}=`))
      ?.slice(name.length + 3)
      .split(',')
  const filter = args.find((arg) => !arg.startsWith('--'))
  const [adapters, doors] = [option('adapters'), option('doors')]
  const report = await runConformance({
    ...(filter === undefined ? {} : { filter }),
    ...(adapters === undefined ? {} : { adapters }),
    ...(doors === undefined ? {} : { doors }),
  })
  console.log(args.includes('--json') ? JSON.stringify(report, null, 1) : printMatrix(report, process.stdout.isTTY))
  process.exitCode = report.failed === 0 ? 0 : 1
  // A case that hung may keep its database open for ever.
  setTimeout(() => process.exit(), 10_000).unref()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof DBALError)) throw error
    for (const { field, error: told } of error.details.fields ?? []) console.error(`${field} ${told}`)
    process.exitCode = 1
  })
}
