/** The file under an audit log: opening it safely, finding the end of its chain, appending, repairing. Must not know events or who waits for them. */
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  write,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { genesis, type Link, linkOf } from './chain.ts'

const appendOnly = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)
/** Twice the longest line: the last whole line is always inside. */
const tailBytes = 128 * 1024
const newline = 10
const writeTo = promisify(write)
const syncOf = promisify(fdatasync)

/** Bytes without an end of line that were found at the end, and where they were put. */
export interface Torn {
  readonly bytes: number
  readonly movedTo: string
}

/** Errors of the system come through as they are; they are for the log, never for a caller. */
export class LogFile {
  readonly #path: string
  readonly #now: () => number
  #fd = -1
  #size = 0
  link: Link = genesis
  /** Set by `open` where a crash had left half a line. */
  torn: Torn | undefined

  /** Opens or creates the file, mode 0600, and finds the end of its chain. Throws where that is not possible or the last line is damaged. */
  constructor(path: string, now: () => number) {
    this.#path = path
    this.#now = now
    this.#open(undefined)
  }

  #open(known: Link | undefined): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const fd = openSync(this.#path, appendOnly, 0o600)
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile()) throw new Error(`The audit log ${this.#path} is not a regular file`)
      if ((stat.mode & 0o077) !== 0) fchmodSync(fd, 0o600)
      const end = this.#endOf(fd, this.#wholeLines(fd, stat.size))
      this.link = known ?? end.link
      this.#size = end.size
      if (stat.size === 0) syncFolder(dirname(this.#path))
    } catch (error) {
      closeSync(fd)
      throw error
    }
    this.#fd = fd
  }

  /** Moves half a line at the end aside. Returns the size without it. */
  #wholeLines(fd: number, size: number): number {
    const { tail, start } = tailOf(fd, size)
    const end = tail.lastIndexOf(newline)
    if (end === -1 && start > 0) throw new Error(`${this.#path} is not an audit log: it has no lines`)
    if (end < tail.length - 1) this.#quarantine(fd, start + end + 1, tail.subarray(end + 1))
    return start + end + 1
  }

  /** Throws for a last line that is no whole line of ours: that is for a person to judge. */
  #endOf(fd: number, size: number): { readonly link: Link; readonly size: number } {
    if (size === 0) return { link: genesis, size }
    const { tail } = tailOf(fd, size)
    const last = tail.subarray(tail.lastIndexOf(newline, tail.length - 2) + 1, -1).toString('utf8')
    const found = tail.at(-1) === newline && tail.length > 1 ? linkOf(last) : { fault: '' }
    if ('fault' in found) throw new Error(`The last line of the audit log ${this.#path} is damaged; move the file away to go on with a new one`)
    return { link: found.link, size }
  }

  #quarantine(fd: number, at: number, bytes: Buffer): void {
    const movedTo = `${this.#path}.torn-${this.#stamp()}`
    writeFileSync(movedTo, bytes, { flag: 'wx', mode: 0o600, flush: true })
    ftruncateSync(fd, at)
    fsyncSync(fd)
    this.torn = { bytes: bytes.length, movedTo }
  }

  #stamp(): string {
    return new Date(this.#now()).toISOString().replace(/[:.]/g, '-')
  }

  /**
   * Looks whether the file is still what it was; costs one fstat. A command of another process may have added lines: the chain goes on
   * behind them. Throws where the file was deleted or cut.
   */
  check(): void {
    const { nlink, size } = fstatSync(this.#fd)
    if (nlink === 0) throw new Error(`The audit log ${this.#path} was deleted`)
    if (size < this.#size) throw new Error(`The audit log ${this.#path} was cut by somebody else`)
    if (size === this.#size) return
    const end = this.#endOf(this.#fd, size)
    if (end.link.seq <= this.link.seq) throw new Error(`Somebody else wrote to the audit log ${this.#path}`)
    this.link = end.link
    this.#size = end.size
  }

  /** Was the file renamed or replaced (log rotation)? */
  moved(): boolean {
    const mine = fstatSync(this.#fd)
    const there = statSync(this.#path, { throwIfNoEntry: false })
    return there === undefined || there.ino !== mine.ino || there.dev !== mine.dev
  }

  /** Resolves when all bytes are with the system; `link` is the end of the chain then. */
  async append(text: string, link: Link): Promise<void> {
    const bytes = Buffer.from(text, 'utf8')
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await writeTo(this.#fd, bytes, at, bytes.length - at, null)
      at += bytesWritten
    }
    this.#size += bytes.length
    this.link = link
  }

  sync(): Promise<void> {
    return syncOf(this.#fd)
  }

  /** After a failed append: takes away what was written of it. Nobody was told that it is kept. */
  repair(): void {
    if (this.moved()) {
      this.reopen()
      return
    }
    if (fstatSync(this.#fd).size > this.#size) ftruncateSync(this.#fd, this.#size)
  }

  /** Opens the path anew and continues the chain that was kept so far. */
  reopen(): void {
    const old = this.#fd
    this.#open(this.link)
    closeSync(old)
  }

  /** After a failed fdatasync the pages are lost to the kernel, and a repeated one would lie: the file is put aside, a new one goes on. */
  putAside(): void {
    if (!this.moved()) renameSync(this.#path, `${this.#path}.unsynced-${this.#stamp()}`)
    this.reopen()
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function tailOf(fd: number, size: number): { readonly tail: Buffer; readonly start: number } {
  const start = Math.max(0, size - tailBytes)
  const tail = Buffer.alloc(size - start)
  readSync(fd, tail, 0, tail.length, start)
  return { tail, start }
}

/** Makes the name of a new file durable. Not every system lets a folder be opened. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (process.platform !== 'win32') throw error
  }
}
