/** Checks every import below src/ against boundaries.json, and looks for cycles. Ends with 1 where there is one too many. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cruise } from 'dependency-cruiser'
import { readBoundaries, rulesOf } from './boundaries.ts'

export interface Offence {
  readonly rule: string
  readonly from: string
  readonly to: string
}

/** Offences of the sources below `root`/src against the table in `root`. */
export async function offences(root: string): Promise<Offence[]> {
  const { output } = await cruise(
    ['src'],
    {
      baseDir: root,
      ruleSet: { forbidden: rulesOf(readBoundaries(join(root, 'boundaries.json'))) },
      validate: true,
      // Imports that vanish when types are stripped count too: a type can carry knowledge where it does not belong.
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^dist/' },
    },
    { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'] },
  )
  if (typeof output === 'string') throw new Error(output)
  if (output.summary.totalCruised === 0) throw new Error('No source was found below src/')
  return output.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle === undefined ? to : cycle.map(({ name }) => name).join(' → '),
  }))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = await offences(join(import.meta.dirname, '..'))
  for (const { rule, from, to } of found) console.log(`${rule}: ${from} → ${to}`)
  process.exitCode = found.length === 0 ? 0 : 1
}
