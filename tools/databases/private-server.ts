/**
 * One private server: a folder of its own, a free port of the loopback interface, a guard that ends it. In charge of the life of a
 * server from folder to removal; what a PostgreSQL or a MariaDB needs stands in their recipes.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Certificate, makeCertificate } from './certificate.ts'
import type { Notice, Order, Request } from './guard.ts'
import { type Account, accountOf, libraryPath } from './programs.ts'

export interface Place {
  readonly folder: string
  readonly data: string
  readonly password: string
  readonly tls: Certificate | undefined
}

/** All that differs between one kind of server and another. */
export interface Recipe {
  readonly title: string
  readonly program: string
  /** Accounts that fit, best first, where root has to choose. */
  readonly accounts: readonly string[]
  /** Commands that make the data folder, after files that they need were written. */
  readonly prepare: (place: Place) => readonly (readonly string[])[]
  readonly command: (place: Place, port: number) => readonly string[]
  readonly ready: string
  readonly version: RegExp
  /** Whether it gets a certificate. */
  readonly tls: boolean
  readonly stopSignal: NodeJS.Signals
  readonly url: (place: Place, port: number) => string
  /** What is to be done over a connection once it runs for the first time. */
  readonly finish?: (url: string) => Promise<void>
}

export interface ServerOptions {
  /** More arguments of the server program. */
  readonly args?: readonly string[]
}

export interface Server {
  readonly title: string
  readonly url: string
  readonly port: number
  readonly version: string
  /** PEM file of the authority that signed the server's certificate; undefined where it speaks no TLS. */
  readonly caFile: string | undefined
  readonly logFile: string
  /** Of the server itself, that of the last start. */
  readonly pid: number
  /** Ends it at once, as a crash would, and keeps its data. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export interface Missing {
  readonly missing: string
}

/** A slow disk under eight other test runs took 9 s. */
const startMs = 60_000

export async function openServer(recipe: Recipe, options: ServerOptions = {}): Promise<Server> {
  const server = new PrivateServer(recipe, options)
  try {
    await server.open()
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

class PrivateServer implements Server {
  readonly #recipe: Recipe
  readonly #options: ServerOptions
  readonly #account: Account | undefined
  readonly #guard: ChildProcess
  readonly #gone: Promise<void>
  #place: Place
  #hear: ((notice: Notice) => void) | undefined
  port = 0
  pid = 0

  constructor(recipe: Recipe, options: ServerOptions) {
    this.#recipe = recipe
    this.#options = options
    this.#account = accountOf(recipe.accounts)
    const folder = makeFolder(recipe.title, this.#account)
    this.#place = { folder, data: join(folder, 'data'), password: randomBytes(12).toString('hex'), tls: undefined }
    // Its own session, so that Ctrl-C reaches the parent alone and the guard sees it end. No options of this Node: a debugger's port is taken.
    const settings = { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] as ['ignore', 'ignore', 'inherit', 'ipc'] }
    this.#guard = fork(join(import.meta.dirname, 'guard.ts'), [folder], settings)
    this.#gone = new Promise((resolve) => {
      this.#guard.once('exit', () => resolve())
    })
    this.#guard.on('message', (notice: Notice) => {
      if ('pid' in notice) this.pid = notice.pid
      this.#hear?.(notice)
    })
    // A test that forgets to stop its server still ends, and the server with it.
    this.#guard.unref()
    this.#guard.channel?.unref()
  }

  get title(): string {
    return this.#recipe.title
  }

  get url(): string {
    return this.#recipe.url(this.#place, this.port)
  }

  get version(): string {
    return this.#recipe.version.exec(readFileSync(this.logFile, 'utf8'))?.[1] ?? 'of unknown version'
  }

  get caFile(): string | undefined {
    return this.#place.tls?.ca
  }

  get logFile(): string {
    return join(this.#place.folder, 'log')
  }

  async open(): Promise<void> {
    if (this.#recipe.tls) this.#place = { ...this.#place, tls: await makeCertificate(this.#place.folder, this.#account) }
    mkdirSync(this.#place.data, { mode: 0o700 })
    if (this.#account !== undefined) chownSync(this.#place.data, this.#account.uid, this.#account.gid)
    for (const command of this.#recipe.prepare(this.#place)) {
      const notice = await this.#run({ ...this.#order(command), log: join(this.#place.folder, 'prepare.log'), ready: undefined })
      if (!('exited' in notice) || notice.exited !== 0) throw new Error(`${this.title} did not make its data folder: ${this.#lastOf('prepare.log')}`)
    }
    await this.#startOnFreePort(3)
    await this.#recipe.finish?.(this.url)
  }

  async #startOnFreePort(tries: number): Promise<void> {
    this.port = await freePort()
    try {
      await this.start()
    } catch (error) {
      // Somebody took the port between its choice and its use.
      if (tries <= 1 || !/address already in use/i.test(String(error))) throw error
      await this.#startOnFreePort(tries - 1)
    }
  }

  async start(): Promise<void> {
    const before = Date.now()
    for (;;) {
      const from = logSize(this.logFile)
      const command = [...this.#recipe.command(this.#place, this.port), ...(this.#options.args ?? [])]
      const notice = await this.#run({ ...this.#order(command), log: this.logFile, ready: this.#recipe.ready })
      if ('ready' in notice) return
      const said = readFileSync(this.logFile).subarray(from).toString('utf8')
      // Sessions of a killed server need a moment to see that it is gone.
      if (/shared memory block|lock (?:aria|.*ibdata)|already running/i.test(said) && Date.now() - before < startMs) continue
      throw new Error(`${this.title} did not start: ${this.#lastOf('log')}`)
    }
  }

  async kill(): Promise<void> {
    const ended = this.#next((notice) => 'exited' in notice)
    this.#send({ end: 'SIGKILL' })
    await ended
  }

  async stop(): Promise<void> {
    if (this.#guard.exitCode !== null || this.#guard.signalCode !== null) return
    this.#guard.ref()
    if (this.#guard.connected) this.#guard.disconnect()
    await this.#gone
  }

  #order(command: readonly string[]): Omit<Order, 'log' | 'ready'> {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', HOME: this.#place.folder, TMPDIR: this.#place.folder }
    return { command, env: { ...env, ...libraryPath(this.#recipe.program) }, account: this.#account, stopSignal: this.#recipe.stopSignal }
  }

  /** Answers `ready` or, where the command ended, `exited`. */
  async #run(order: Order): Promise<Notice> {
    const answer = this.#next((notice) => 'ready' in notice || 'exited' in notice)
    this.#send({ start: order })
    const late = setTimeout(() => this.#send({ end: 'SIGKILL' }), startMs)
    const notice = await answer
    clearTimeout(late)
    return notice
  }

  /** The next notice that is wanted; keeps this process alive until it comes. A guard that ends takes its server along. */
  async #next(wanted: (notice: Notice) => boolean): Promise<Notice> {
    this.#guard.ref()
    this.#guard.channel?.ref()
    const heard = new Promise<Notice>((resolve) => {
      this.#hear = (notice) => {
        if (wanted(notice)) resolve(notice)
      }
    })
    const notice = await Promise.race([heard, this.#gone.then((): Notice => ({ exited: 1 }))])
    this.#guard.channel?.unref()
    this.#guard.unref()
    return notice
  }

  #send(request: Request): void {
    if (this.#guard.connected) this.#guard.send(request)
  }

  #lastOf(file: string): string {
    return readFileSync(join(this.#place.folder, file), 'utf8').trim().split('\n').slice(-5).join(' | ')
  }
}

const logSize = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** A folder that the account reaches: below a temporary folder of root's own it would see nothing. */
function makeFolder(title: string, account: Account | undefined): string {
  const open = (folder: string): boolean => (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || open(dirname(folder)))
  const within = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => account === undefined || open(folder)) ?? tmpdir()
  const folder = mkdtempSync(join(within, `dbal-${title.toLowerCase()}-`))
  // Closed to everybody else: passwords lie in it.
  if (account !== undefined) chownSync(folder, account.uid, account.gid)
  return folder
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port was found')
  return address.port
}
