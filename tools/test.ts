/**
 * `npm test`: all checks, all test files, all conformance cases, on database servers that are given or started; the last line counts them.
 * `--unit` runs the test files alone; further arguments choose among them (`npm test -- --unit src/query`).
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type EventData, run } from 'node:test'
import { checkAll } from './check.ts'
import { conformanceCounts } from './conformance.ts'
import { reaches, serversForTests } from './databases/for-tests.ts'
import { startServer } from './databases/servers.ts'
import { root } from './run.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const folders = ['src', 'tools', 'conformance', 'test', 'bench', 'examples']
/** The machines that run this have two cores; one file in three waits for a server or a process that it started. */
const concurrency = 3
/** A test that hangs is a failure, not a night without an answer. */
const longestMs = 600_000

function testFiles(chosen: readonly string[]): string[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root, exclude: ['**/node_modules/**'] }))
  return files.filter((file) => chosen.length === 0 || chosen.some((part) => file.includes(part))).sort()
}

/** Runs test files, each in a process of its own, and prints what fails as it fails. */
async function runTests(files: readonly string[], counts: Counts): Promise<void> {
  const stream = run({ files: files.map((file) => join(root, file)), concurrency, cwd: root, timeout: longestMs })
  const spent = new Map<string, number>()
  const spend = (data: EventData.TestPass | EventData.TestFail): void => {
    const file = (data.file ?? '').replace(`${root}/`, '')
    if (data.nesting === 0) spent.set(file, (spent.get(file) ?? 0) + data.details.duration_ms)
  }
  stream.on('test:pass', spend)
  stream.on('test:fail', spend)
  const nameOf = (data: EventData.TestPass | EventData.TestFail): string =>
    `${(data.file ?? '').replace(`${root}/`, '')}${data.line === undefined ? '' : `:${data.line}`}  ${data.name}`
  stream.on('test:pass', (data) => {
    if (data.details.type === 'suite') return
    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped += 1
      console.log(`skip  ${nameOf(data)}${typeof data.skip === 'string' && data.skip !== '' ? `: ${data.skip}` : ''}`)
    } else counts.passed += 1
  })
  stream.on('test:fail', (data) => {
    // A suite fails because a test in it did, which was counted; or by itself, which nothing else counts.
    const error = data.details.error as Error & { readonly failureType?: string; readonly cause?: unknown }
    if (error.failureType === 'subtestsFailed') return
    counts.failed += 1
    console.log(`FAIL  ${nameOf(data)}`)
    console.log(String(error.cause instanceof Error ? (error.cause.stack ?? error.cause) : (error.cause ?? error)).replace(/^/gm, '      '))
  })
  stream.on('test:stderr', ({ message }) => process.stderr.write(message))
  for await (const _event of stream);
  const slowest = [...spent].sort(([, a], [, b]) => b - a).slice(0, 12)
  console.log(`Longest: ${slowest.map(([file, ms]) => `${file} ${Math.round(ms / 1000)} s`).join(', ')}`)
}

/** Test files that never ask for a database do not wait for one. */
const wantsServers = (file: string): boolean =>
  reaches(
    join(root, file),
    '/test/support/databases.ts',
    (path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    (from, to) => join(dirname(from), to),
  )

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  const unitOnly = args.includes('--unit')
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const add = (more: Counts): void => {
    for (const key of ['passed', 'failed', 'skipped'] as const) counts[key] += more[key]
  }
  const files = testFiles(args.filter((arg) => !arg.startsWith('--')))
  const wanted = !unitOnly || files.some(wantsServers)
  const servers = wanted ? await serversForTests({ env: process.env, start: startServer, say: (line) => console.log(line) }) : undefined
  // Whatever is started from here finds them: test files, the cases, daemons of black-box tests.
  Object.assign(process.env, servers?.env)
  if (servers !== undefined) add({ passed: 0, failed: servers.failed, skipped: servers.skipped })
  if (!unitOnly) add({ ...(await checkAll()), skipped: 0 })
  if (files.length === 0) {
    console.log('FAIL  no test file was found')
    counts.failed += 1
  } else await runTests(files, counts)
  if (!unitOnly) add(await conformanceCounts())
  await servers?.stop()
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exitCode = counts.failed === 0 ? 0 : 1
}

await main()
