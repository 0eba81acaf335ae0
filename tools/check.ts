/** `npm run check`: everything that can be known without running the product. In charge of the list; each check has its own home. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Outcome, root, runNode } from './run.ts'

interface Check {
  readonly name: string
  readonly args: readonly string[]
  /** What to do about a failure. */
  readonly hint: string
}

const bin = (path: string): string => join('node_modules', path)

const checks: readonly Check[] = [
  { name: 'types', args: [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'], hint: '' },
  {
    name: 'lint and format',
    args: [bin('@biomejs/biome/bin/biome'), 'check', '--colors=off', '--max-diagnostics=30'],
    hint: 'npm run format mends most of it',
  },
  {
    name: 'types, browser',
    args: [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.browser.json'],
    hint: 'browser folders may use nothing of Node',
  },
  { name: 'types, build', args: [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.build.json'], hint: '' },
  { name: 'boundaries', args: ['tools/imports.ts'], hint: 'boundaries.json says who may import whom' },
  { name: 'laws of the tree', args: ['tools/law.ts'], hint: '' },
  { name: 'dead code', args: [bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'], hint: '' },
  { name: 'import table', args: ['tools/import-table.ts', '--check'], hint: 'node tools/import-table.ts writes it' },
  { name: 'generated files', args: ['src/cli/main.ts', 'generate', '--check'], hint: 'npm run generate writes them' },
]

export interface CheckResult {
  readonly passed: number
  readonly failed: number
}

/** Runs all checks, two at a time, and prints a line for each as it ends. */
export async function checkAll(): Promise<CheckResult> {
  const waiting = [...checks]
  let failed = 0
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await runNode(next.args)
      if (outcome.code !== 0) failed += 1
      report(next, outcome)
    }
  }
  await Promise.all([worker(), worker()])
  return { passed: checks.length - failed, failed }
}

function report({ name, hint }: Check, { code, output, seconds }: Outcome): void {
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(18)} ${seconds.toFixed(1)} s`)
  if (code === 0) return
  console.log(output.trimEnd().replace(/^/gm, '      '))
  if (hint !== '') console.log(`      → ${hint}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!existsSync(join(root, 'node_modules/typescript'))) throw new Error('Run npm ci first')
  const { passed, failed } = await checkAll()
  console.log(`${passed} checks passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
