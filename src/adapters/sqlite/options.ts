/** Where the database lies and how it is opened. In charge of the forms of `url`; must not open anything. */
import { fileURLToPath } from 'node:url'
import { DBALError } from '../../errors/error.ts'

export interface SqliteOptions {
  /** `file:./dev.db`, `file:///var/lib/dbal.db`, `:memory:` or a path. */
  readonly url?: string
  /** A path or `:memory:`; instead of `url`. */
  readonly path?: string
  /** `inline`: on the caller's thread, fastest alone. `worker`: never blocks the event loop. */
  readonly mode?: 'inline' | 'worker'
  /** Worker mode: threads that only read, beside the one that writes. Default 2. */
  readonly readers?: number
  /** Milliseconds to wait for a connection that a transaction holds. Default 5000. */
  readonly leaseTimeout?: number
  /**
   * `normal` (default): what was acknowledged survives the end of the process, however it comes, because a commit hands its pages
   * to the operating system before it answers. `full` also waits for the disk, which a loss of power asks for.
   */
  readonly synchronous?: 'normal' | 'full'
}

/** What a connection needs to know; plain data, so that it can go to a thread. */
export interface Opening {
  readonly path: string
  readonly synchronous: 'normal' | 'full'
  readonly readOnly: boolean
}

export const memory = ':memory:'

/** The path behind `url` or `path`. DATABASE_ERROR where there is none or both. */
export function pathOf(options: SqliteOptions): string {
  const { url, path } = options
  if ((url === undefined) === (path === undefined)) throw refused('Give the SQLite database either a url or a path')
  const given = (url ?? path) as string
  if (given === memory || given === 'file::memory:') return memory
  if (given === '' || given === 'file:' || given.includes('\0')) throw refused('The url of the SQLite database names no file')
  if (!given.startsWith('file:')) return plainPath(given)
  if (given.includes('?')) throw refused('The url of the SQLite database must not have parameters')
  return given.startsWith('file://') ? fileURLToPath(given) : given.slice('file:'.length)
}

function plainPath(given: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given)) throw refused('The url of a SQLite database is file:…, :memory: or a path')
  return given
}

function refused(hint: string): DBALError {
  return new DBALError('DATABASE_ERROR', { hint })
}
