/** The warm process as its parent sees it: asked one thing at a time, ended and begun again when it does not answer. Must not know what is asked. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tree } from './tree.ts'
import type { Asked, Told } from './worker.ts'

/** Ended by itself or by its parent, with the question open. */
export class Gone extends Error {}

/** Until it can be asked: loading all tests' sources takes a fifth of this on a busy machine. */
const startMs = 120_000

export class Process {
  readonly #mutant: number
  #child: ChildProcess | undefined
  #fresh = true

  /** `mutant`: on from the start; -1: none. */
  constructor(mutant = -1) {
    this.#mutant = mutant
  }

  /** Nothing has been asked of it yet. */
  get fresh(): boolean {
    return this.#fresh
  }

  async ask<T extends Told>(asked: Asked, withinMs: number): Promise<T> {
    const running = this.#child !== undefined
    this.#child ??= this.#start()
    if (!running) await this.#answer(this.#child, { kind: 'ready' }, startMs)
    this.#fresh = false
    return (await this.#answer(this.#child, asked, withinMs)) as T
  }

  #start(): ChildProcess {
    const switches = pathToFileURL(join(tree, 'tools/mutation/switches.ts')).href
    const hook = pathToFileURL(join(tree, 'tools/mutation/hook.ts')).href
    const { NODE_TEST_CONTEXT: _, DBAL_ORACLE_RUNS: __, DBAL_ORACLE_SEED: ___, ...env } = process.env
    const child = spawn(process.execPath, ['--no-warnings', '--import', switches, '--import', hook, join(tree, 'tools/mutation/worker.ts')], {
      cwd: tree,
      // Oracles in files run short: they are asked by probes of their own.
      env: { ...env, DBAL_MUTANT: `${this.#mutant}`, DBAL_ORACLE_RUNS: '100', DBAL_ORACLE_SEED: '20261121', NODE_OPTIONS: `--import ${switches}` },
      stdio: ['ignore', 'ignore', process.env['DBAL_MUTATION_LOUD'] === undefined ? 'ignore' : 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.#fresh = true
    return child
  }

  #answer(child: ChildProcess, asked: Asked, withinMs: number): Promise<Told> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        child.removeListener('message', told)
        child.removeListener('close', gone)
      }
      const told = (message: unknown): void => {
        done()
        resolve(message as Told)
      }
      const gone = (): void => {
        done()
        if (this.#child === child) this.#child = undefined
        reject(new Gone())
      }
      const timer = setTimeout(() => void child.kill('SIGKILL'), withinMs)
      child.on('message', told)
      child.on('close', gone)
      child.send(asked)
    })
  }

  async end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise((resolve) => child.on('close', resolve))
    child.kill('SIGKILL')
    await closed
  }
}
