/** Reads boundaries.json and turns it into rules of dependency-cruiser. In charge of what the table means; must not know how a check is reported. */
import { readFileSync } from 'node:fs'
import type { IForbiddenRuleType } from 'dependency-cruiser'

export interface Boundary {
  /** Folders below src/ that may be imported; `*` is all. */
  readonly imports: readonly string[]
  /** Folders that may be imported with `import type` only. */
  readonly types?: readonly string[]
  /** npm packages; none where absent. */
  readonly packages?: readonly string[]
  readonly browser: boolean
  /** What the folder holds, in a few words. */
  readonly holds: string
}

export type Boundaries = Readonly<Record<string, Boundary>>

export function readBoundaries(file: string): Boundaries {
  const { folders } = JSON.parse(readFileSync(file, 'utf8')) as { readonly folders: Boundaries }
  // A misspelt name would allow nothing and say nothing.
  for (const [folder, { imports, types = [] }] of Object.entries(folders)) {
    const lost = [...imports, ...types].find((name) => name !== '*' && !Object.hasOwn(folders, name))
    if (lost !== undefined) throw new Error(`boundaries.json: ${folder} names the folder "${lost}", which the table does not know`)
  }
  return folders
}

/** One rule for each thing that a folder may not do, one against cycles and one against folders that the table does not know. */
export function rulesOf(boundaries: Boundaries): IForbiddenRuleType[] {
  const folders = Object.keys(boundaries)
  const known = `^src/(?:${folders.map(literally).join('|')})/`
  return [
    { name: 'no-cycle', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'unknown-folder', severity: 'error', from: { path: '^src/', pathNot: [known, tests] }, to: {} },
    {
      name: 'inside-src',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: '^(?!src/)(?!node_modules/)[^:]*/', dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-no-pkg'] },
    },
    ...folders.flatMap((folder) => rulesOfFolder(folder, boundaries[folder] as Boundary)),
  ]
}

const tests = '\\.test\\.ts$'

function rulesOfFolder(folder: string, boundary: Boundary): IForbiddenRuleType[] {
  const from = { path: `^src/${literally(folder)}/`, pathNot: tests }
  const rules: IForbiddenRuleType[] = []
  if (!boundary.imports.includes('*')) {
    const own = [folder, ...boundary.imports]
    const typed = boundary.types ?? []
    rules.push({ name: `${folder}:import`, severity: 'error', from, to: { path: '^src/', pathNot: paths([...own, ...typed]) } })
    if (typed.length > 0)
      rules.push({
        name: `${folder}:import-type-only`,
        severity: 'error',
        from,
        to: { path: paths(typed), pathNot: paths(own), dependencyTypesNot: ['type-only'] },
      })
  }
  if (boundary.packages?.includes('*') !== true) {
    const packages = boundary.packages ?? []
    const pathNot = packages.map((name) => `^node_modules/(?:@types/)?${literally(name.replace(/^@types\//, ''))}/`)
    rules.push({ name: `${folder}:package`, severity: 'error', from, to: { path: '^node_modules/', ...(pathNot.length === 0 ? {} : { pathNot }) } })
  }
  if (boundary.browser) rules.push({ name: `${folder}:browser`, severity: 'error', from, to: { dependencyTypes: ['core'] } })
  return rules
}

function paths(folders: readonly string[]): string {
  return `^src/(?:${folders.map(literally).join('|')})/`
}

function literally(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
