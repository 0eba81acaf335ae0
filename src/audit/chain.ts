/**
 * The hash chain of the audit log. In charge of what binds a line to the one before; must not know events or files.
 *
 * A line is `{"seq":N,…,"prevHash":"…","hash":"…"}`. `hash` is the SHA-256 (hex) of the line's bytes before `,"hash"`, and these
 * contain `prevHash`: whoever changes, drops, inserts or moves a line must rewrite all that follow.
 */
import { hash } from 'node:crypto'

/** The end of a chain: what the next line continues. */
export interface Link {
  /** Number of the last line; 0 before the first. */
  readonly seq: number
  readonly hash: string
}

/** Before the first line. */
export const genesis: Link = Object.freeze({ seq: 0, hash: '0'.repeat(64) })

const ending = /^,"prevHash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/
/** `,"prevHash":"` + 64 + `","hash":"` + 64 + `"}` */
const endingLength = 13 + 64 + 10 + 64 + 2
const beginning = /^\{"seq":([1-9]\d{0,15}),/

/** `body`: members without braces. Returns the line without its newline, and the link after it. */
export function chained(body: string, after: Link): { readonly line: string; readonly link: Link } {
  const seq = after.seq + 1
  const bound = `{"seq":${seq},${body},"prevHash":"${after.hash}"`
  const digest = hash('sha256', bound)
  return { line: `${bound},"hash":"${digest}"}`, link: { seq, hash: digest } }
}

/** A line's place in its chain, or why it is no whole line. Does not look at the line before. */
export function linkOf(line: string): { readonly link: Link; readonly prevHash: string } | { readonly fault: string } {
  const found = ending.exec(line.slice(-endingLength))
  const start = beginning.exec(line)
  if (found === null || start === null) return { fault: 'is not a line of an audit log' }
  const [, prevHash, digest] = found as unknown as [string, string, string]
  const bound = line.slice(0, -(9 + 64 + 2))
  if (hash('sha256', bound) !== digest) return { fault: 'does not match its own hash: it was changed after it was written' }
  try {
    JSON.parse(line)
  } catch {
    return { fault: 'is not JSON' }
  }
  return { link: { seq: Number(start[1]), hash: digest }, prevHash }
}

/** Why `line` does not continue `after`, or the link behind it. */
export function follow(line: string, after: Link): { readonly link: Link } | { readonly fault: string } {
  const found = linkOf(line)
  if ('fault' in found) return found
  const { link, prevHash } = found
  if (link.seq !== after.seq + 1) return { fault: `has number ${link.seq} where ${after.seq + 1} was expected: lines are missing, doubled or moved` }
  if (prevHash !== after.hash) return { fault: 'does not continue the line before it: that line was replaced' }
  return { link }
}
