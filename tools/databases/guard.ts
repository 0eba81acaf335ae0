/**
 * The process that holds one private server, so that none outlives who asked for it: when the channel to the parent closes, for whatever
 * reason, the server ends and its folder goes. In charge of one child at a time; must not know what the child is.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync, rmSync } from 'node:fs'

export interface Order {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly log: string
  /** Account to run as, where the guard may choose. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined
  /** Source of the expression that the log matches once the child can be used; without it the child is expected to end. */
  readonly ready: string | undefined
  readonly stopSignal: NodeJS.Signals
}

export type Request = { readonly start: Order } | { readonly end: NodeJS.Signals | 'with folder' }
export type Notice = { readonly pid: number } | { readonly ready: true } | { readonly exited: number }

/** How long a server may take to end by itself, and how often the log is looked at until it says ready. */
const patienceMs = 8_000
const lookMs = 15

const folder = process.argv[2] ?? ''
let child: ChildProcess | undefined
let stopSignal: NodeJS.Signals = 'SIGTERM'
let finishing = false

function tell(notice: Notice): void {
  // The parent may be gone at any moment; its absence is dealt with by `disconnect`.
  if (process.connected) process.send?.(notice, () => undefined)
}

function begin(order: Order): void {
  stopSignal = order.stopSignal
  const log = openSync(order.log, 'a', 0o644)
  const from = readFileSync(order.log).length
  const [file = '', ...args] = order.command
  // A group of its own: what the command starts ends with it.
  const started = spawn(file, args, { cwd: folder, env: order.env, detached: true, stdio: ['ignore', log, log], ...order.account })
  child = started
  let look: NodeJS.Timeout | undefined
  const over = (code: number): void => {
    clearInterval(look)
    if (child === started) child = undefined
    if (finishing) leave()
    else tell({ exited: code })
  }
  started.on('error', () => over(127))
  started.on('exit', (code) => over(code ?? 1))
  if (started.pid !== undefined) tell({ pid: started.pid })
  if (order.ready === undefined) return
  const ready = new RegExp(order.ready)
  look = setInterval(() => {
    if (!ready.test(readFileSync(order.log).subarray(from).toString('utf8'))) return
    clearInterval(look)
    tell({ ready: true })
  }, lookMs)
}

/** Signals the group. A group that has ended meanwhile is what was wanted. */
function signal(name: NodeJS.Signals): void {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, name)
  } catch {}
}

function finish(): void {
  if (finishing) return
  finishing = true
  if (child === undefined) return leave()
  signal(stopSignal)
  setTimeout(() => signal('SIGKILL'), patienceMs).unref()
}

function leave(): never {
  // Processes that a killed server leaves behind may write for a moment longer.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.exit(0)
}

process.on('message', (request: Request) => {
  if ('start' in request) begin(request.start)
  else if (request.end === 'with folder') finish()
  else signal(request.end)
})
process.on('disconnect', finish)
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, finish)
