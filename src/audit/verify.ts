/** Checks a kept audit log. In charge of finding the first bad line; must not know how logs are written beyond the chain. */
import { createReadStream } from 'node:fs'
import { follow, genesis, type Link, linkOf } from './chain.ts'

export type Verdict =
  | {
      readonly ok: true
      readonly lines: number /** Where the chain ends; keep it elsewhere to notice a later cut of the tail. */
      readonly end: Link
    }
  | { readonly ok: false; readonly lines: number /** Counts from 1. */; readonly line: number; readonly reason: string }

/** No line of ours is longer; a longer one must not fill the memory. */
const maxLine = 64 * 1024

/**
 * Reads the file once, in constant memory. `after`: the end of the segment before, for a file that continues another one.
 * Rejects where the file cannot be read. A cut at the end leaves a chain that holds: compare `end` with one kept elsewhere.
 */
export async function verifyAudit(path: string, after: Link = genesis): Promise<Verdict> {
  let link = after
  let lines = 0
  for await (const { text, whole } of linesOf(path)) {
    const bad = (reason: string): Verdict => ({ ok: false, lines, line: lines + 1, reason })
    if (text === undefined) return bad(`is longer than ${maxLine} bytes or is not UTF-8`)
    if (!whole) return bad('is torn: the file ends inside of it')
    const found = follow(text, link)
    if ('fault' in found) return bad(lines === 0 && after === genesis ? headFault(text, found.fault) : found.fault)
    link = found.link
    lines += 1
  }
  return { ok: true, lines, end: link }
}

function headFault(text: string, fault: string): string {
  const found = linkOf(text)
  return 'link' in found ? `begins with number ${found.link.seq}: it continues an earlier file, or the first lines are missing` : fault
}

interface Line {
  /** Undefined where the bytes are no line at all. */
  readonly text: string | undefined
  readonly whole: boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path)) {
    let bytes: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
      yield { text: end > maxLine ? undefined : decoded(bytes.subarray(0, end)), whole: true }
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > maxLine) {
      yield { text: undefined, whole: false }
      return
    }
    rest = bytes
  }
  if (rest.length > 0) yield { text: decoded(rest) ?? '', whole: false }
}
