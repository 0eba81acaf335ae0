/**
 * A folder as a user of the package has it: the package installed (a link to this repository with its build), the command in reach,
 * nothing of the network. In charge of folder, commands and processes; must not know documents.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const repository = join(import.meta.dirname, '../..')

export interface Ran {
  readonly code: number | null
  /** Both streams in order of arrival. */
  readonly output: string
}

let built = false

/** Makes sure that dist/ is that of the sources. Does nothing where it is. */
export function build(): void {
  if (built) return
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/build.ts'], { cwd: repository, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`)
  built = true
}

export class Project {
  readonly folder: string
  #at: string
  readonly #running: ChildProcess[] = []

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'dbal-project-'))
    this.#at = this.folder
    const modules = join(this.folder, 'node_modules')
    mkdirSync(join(modules, '@metabuilder'), { recursive: true })
    mkdirSync(join(modules, '.bin'))
    symlinkSync(repository, join(modules, '@metabuilder/dbal'))
    symlinkSync(join(repository, 'dist/cli/main.js'), join(modules, '.bin/dbal'))
    this.write('package.json', `${JSON.stringify({ name: 'project', private: true, type: 'module' })}\n`)
  }

  /** Where the next command starts. */
  get place(): string {
    return this.#at
  }

  /** `path` starts where the last command left off. */
  write(path: string, text: string): void {
    const file = join(this.#at, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** Runs lines of a shell; the next ones start in the folder in which these end. */
  async run(lines: string): Promise<Ran> {
    const place = join(this.folder, '.place')
    const child = this.#spawn(`set -e\n${lines}\npwd >'${place}'`)
    const parts: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => parts.push(part))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    if (code === 0) this.#at = spawnSync('cat', [place], { encoding: 'utf8' }).stdout.trim()
    return { code, output: Buffer.concat(parts).toString('utf8') }
  }

  /** Starts what does not end by itself; resolves with all it said up to the quiet after the line that `ready` matches. */
  async start(lines: string, ready: RegExp): Promise<string> {
    const child = this.#spawn(`exec ${lines.trim()}`)
    this.#running.push(child)
    let output = ''
    return new Promise((resolve, reject) => {
      let quiet: NodeJS.Timeout | undefined
      const hear = (part: Buffer): void => {
        output += part.toString('utf8')
        if (!ready.test(output)) return
        clearTimeout(quiet)
        quiet = setTimeout(() => resolve(output), 150)
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      child.on('close', (code) => reject(new Error(`It ended with ${code} before it was ready:\n${output}`)))
    })
  }

  #spawn(lines: string): ChildProcess {
    const path = [join(this.folder, 'node_modules/.bin'), join(repository, 'node_modules/.bin'), process.env['PATH']].join(':')
    const env = {
      ...process.env,
      PATH: path,
      NO_COLOR: '1',
      DBAL_SERVER_PORT: '0',
      npm_config_update_notifier: 'false',
      npm_config_loglevel: 'error',
      npm_config_offline: 'true',
    }
    return spawn('bash', ['-c', lines], { cwd: this.#at, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Ends what still runs, as a service manager would, and removes the folder. Answers the exit codes; null where a signal ended it. */
  async close(): Promise<(number | null)[]> {
    const codes = await Promise.all(this.#running.map(end))
    rmSync(this.folder, { recursive: true, force: true })
    return codes
  }
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.pid === undefined) return child.exitCode
  const { pid } = child
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  process.kill(-pid, 'SIGTERM')
  const code = await ended
  // npx ends by the signal itself, before the command that it runs has.
  while (runs(-pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  return code
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
