/** The real command as a process in a folder of its own, and what a stranger's program would send it. In charge of test plumbing only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DBALClient } from '../../src/exports/index.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** As much of the environment as a program needs; options of the person who runs the tests must not reach the daemon. */
const env = { PATH: process.env['PATH'], NO_COLOR: '1' }

export interface Running {
  readonly url: string
  readonly http: string
  readonly port: number
  readonly child: ChildProcess
  /** All it wrote to both streams. */
  said(): string
  /** Sends the signal and resolves with the exit code, null where the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'dbal-daemon-'))
  readonly #running = new Set<Running>()

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a command to its end; standard output is its answer. */
  run(args: readonly string[], input = ''): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
    const child = this.#spawn(args)
    let out = ''
    let err = ''
    child.stdout?.on('data', (part: Buffer) => (out += String(part)))
    child.stderr?.on('data', (part: Buffer) => (err += String(part)))
    child.stdin?.end(input)
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
  }

  /** Starts a daemon and waits for its line that says where it listens. */
  start(args: readonly string[] = [], port = 0): Promise<Running> {
    const child = this.#spawn(['daemon', '--json', '--port', String(port), ...args])
    child.stdin?.end()
    let out = ''
    let all = ''
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    child.stderr?.on('data', (part: Buffer) => (all += String(part)))
    return new Promise((resolve, reject) => {
      void ended.then((code) => reject(new Error(`The daemon ended with ${code}:\n${all}`)))
      child.stdout?.on('data', (part: Buffer) => {
        out += String(part)
        all += String(part)
        const line = out.split('\n').find((text) => text.includes('"event":"ready"'))
        if (line === undefined) return
        const { url, port: own } = JSON.parse(line) as { url: string; port: number }
        const running: Running = {
          url,
          http: `http://127.0.0.1:${own}`,
          port: own,
          child,
          said: () => all,
          end: async (signal) => {
            child.kill(signal)
            const code = await ended
            this.#running.delete(running)
            return code
          },
        }
        this.#running.add(running)
        resolve(running)
      })
    })
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [main, ...args], { cwd: this.folder, env: { ...env, HOME: this.folder }, stdio: ['pipe', 'pipe', 'pipe'] })
  }

  /** Ends what still runs and removes the folder. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.end('SIGKILL')))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const password = 'a password of a test'

/** Writes a configuration for a database of its own, with an account for each role, named after it. Password of all: `password`. */
export async function furnish(
  place: Place,
  more = '',
  roles: readonly ('user' | 'admin' | 'god' | 'supergod')[] = ['user', 'admin', 'god', 'supergod'],
): Promise<void> {
  place.write('dbal.yaml', `database: { url: "file:./data.db", auto_migrate: true }\nsecurity: { audit_log: ./audit.log }\n${more}`)
  const client = new DBALClient({ mode: 'development', database: { url: `file:${place.file('data.db')}` } })
  const system = client.asSystem('accounts of a test')
  for (const role of roles) {
    await system.entity('User').create({ username: role, email: `${role}@example.com`, role })
    await system.call('Credential', 'set', { username: role, password })
  }
  await client.close()
}

/** POST /rpc as somebody who never heard of our client. */
export async function post(
  http: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Posted; readonly headers: Headers }> {
  const response = await fetch(`${http}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' || message instanceof Uint8Array ? (message as BodyInit) : JSON.stringify(message),
  })
  return { status: response.status, body: (await response.json()) as Posted, headers: response.headers }
}

// biome-ignore lint/suspicious/noExplicitAny: what a daemon answers is looked at member by member.
export type Posted = any
