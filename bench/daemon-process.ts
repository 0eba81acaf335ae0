/** The daemon as a process of its own, as users run it. In charge of starting it on a free port and of ending it. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface DaemonProcess {
  readonly endpoint: string
  stop(): Promise<void>
}

/** `database`: that part of the configuration, as YAML in braces. Resolves when the daemon says on standard output (JSON) where it listens; rejects with what it said if it ends before. */
export function startDaemonProcess(folder: string, database: string): Promise<DaemonProcess> {
  const config = join(folder, 'bench.yaml')
  const auditLog = join(folder, 'audit.log')
  writeFileSync(
    config,
    `server: { host: 127.0.0.1, port: 0 }\ndatabase: ${database}\nsecurity: { audit_log: true, audit_log_path: "${auditLog}" }\nlogging: { format: json, level: warn }\n`,
  )
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'daemon', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const port = /127\.0\.0\.1:(\d{2,5})/.exec(said)?.[1]
      if (port !== undefined) resolve({ endpoint: `ws://127.0.0.1:${port}`, stop })
    }
    const stop = () =>
      new Promise<void>((done) => {
        child.once('exit', () => done())
        child.kill('SIGTERM')
      })
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`The daemon ended with ${code}: ${said}`)))
  })
}
