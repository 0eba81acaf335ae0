/** A copy of the repository with all mistakes planted in it, so that people may go on editing while it is tried. In charge of files; must not know what is run in it. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../run.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { planted } from './plant.ts'

export const cache = join(root, 'node_modules/.cache/dbal-mutation')
/** Not among the packages, where Node strips no types. */
export const tree = join(tmpdir(), `dbal-mutation-${process.pid}`)
process.on('exit', () => rmSync(tree, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
const copied = ['src', 'test', 'conformance', 'api', 'tools', 'examples', 'docs', 'bench', 'package.json', 'tsconfig.json', 'boundaries.json']

/** The policy, and what makes statements of queries. How tables are made and changed, and how statements are run, are other matters. */
export const judgedFiles = ['src/policy/**/*.ts', 'src/adapters/sql/*.ts', 'src/adapters/sql/dialects/**/*.ts']

/** The mint is given out once in a process; tests below the engine and above it, which each take it, share one here. */
const once = 'if (taken)'
const mint = 'src/query/authorized.ts'

function openMint(): void {
  const source = readFileSync(join(tree, mint), 'utf8')
  if (!source.includes(once)) throw new Error(`${mint} has no '${once}': say here how the mint is given out more than once`)
  writeFileSync(join(tree, mint), source.replace(once, 'if (false)'))
}

export interface Tree {
  /** A mutant's number is its place here. */
  readonly mutants: readonly Mutant[]
  /** Of everything that was copied: what was found out in an equal tree holds in this one. */
  readonly fingerprint: string
}

export function plantedTree(): Tree {
  rmSync(tree, { recursive: true, force: true })
  mkdirSync(tree, { recursive: true })
  for (const name of copied)
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(tree, name), {
        recursive: true,
        filter: (path) => !/\/(node_modules|\.cache)(\/|$)/.test(path.slice(root.length)),
      })
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  const fingerprint = createHash('sha256')
  for (const path of globSync('{src,test,conformance,api}/**/*.{ts,yaml,json}', { cwd: tree }).sort())
    fingerprint
      .update(path)
      .update('\0')
      .update(readFileSync(join(tree, path)))
  openMint()
  const mutants: Mutant[] = []
  for (const file of globSync(judgedFiles, { cwd: tree }).sort()) {
    if (file.endsWith('.test.ts')) continue
    const source = readFileSync(join(tree, file), 'utf8')
    const found = mutantsOf(file, source, file.startsWith('src/adapters/sql/'))
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), planted(source, found, mutants.length))
    mutants.push(...found)
  }
  for (const path of globSync('tools/mutation/**/*.ts', { cwd: tree }).sort()) fingerprint.update(readFileSync(join(tree, path)))
  return { mutants, fingerprint: fingerprint.digest('hex') }
}
