/**
 * Compiles src/ to dist/ with declarations. In charge of doing so only when something changed (`--force` does it anyway), and once where
 * several ask at the same time, as test files do.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stamp = join(dist, '.built')
const command = join(dist, 'cli/main.js')
const turn = join(root, 'node_modules/.dbal-build')

/** Changes whenever a source, the compiler's settings or the compiler does. Contents, not times: a fresh clone has new times. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map(({ name, parentPath }) => join(parentPath, name))
  for (const file of [...sources.sort(), ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(root, name))]) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

/** Waits until no other build runs; answers the function that lets the next one begin. A builder that has died holds nobody up. */
function takeTurn(): () => void {
  for (;;) {
    try {
      writeFileSync(turn, String(process.pid), { flag: 'wx' })
      return () => rmSync(turn, { force: true })
    } catch {
      const holder = readText(turn)
      if (holder !== undefined && !runs(Number(holder))) rmSync(turn, { force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Process 0 stands for an empty file: its owner is about to write into it. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function build(): number {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  if (!existsSync(compiler)) {
    console.log('build: skipped, development dependencies are not installed')
    return 0
  }
  const leave = takeTurn()
  try {
    return compile(compiler)
  } finally {
    leave()
  }
}

function compile(compiler: string): number {
  const now = fingerprint()
  if (!process.argv.includes('--force') && existsSync(command) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) {
    console.log('build: up to date')
    return 0
  }
  const started = performance.now()
  // Beside dist, then in its place: a compile that fails leaves the old build whole.
  const next = join(root, 'dist.next')
  rmSync(next, { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', next], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) {
    rmSync(next, { recursive: true, force: true })
    console.log('build: FAILED, see above')
    return 1
  }
  // npm makes the link to it; without the bit the link cannot be run from a checkout.
  const made = join(next, 'cli/main.js')
  if (existsSync(made)) chmodSync(made, statSync(made).mode | 0o111)
  writeFileSync(join(next, '.built'), now)
  rmSync(dist, { recursive: true, force: true })
  renameSync(next, dist)
  console.log(`build: dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return 0
}

process.exitCode = build()
