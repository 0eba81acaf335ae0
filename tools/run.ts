/** Runs a command of this repository and gathers what it says. Must not know what the command is for. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

export interface Outcome {
  readonly code: number
  readonly output: string
  readonly seconds: number
}

/** Runs Node (this one) with `args` in the repository. Output of both streams in order of arrival. */
export async function runNode(args: readonly string[]): Promise<Outcome> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  const parts: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part))
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(127))
    child.on('close', (status) => resolve(status ?? 1))
  })
  return { code, output: Buffer.concat(parts).toString('utf8'), seconds: (performance.now() - started) / 1000 }
}
