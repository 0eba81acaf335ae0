/** The text of a script as Lua sees it, bytes, and where an offset is for people. Must not know syntax. */
import type { Spot } from '../finding.ts'

/** One character a byte: Lua's texts are bytes, and so a text in another alphabet is measured and compared as Lua would. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Bytes as people read them. */
export function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Line and column of an offset into bytes. */
export function spotOf(bytes: string, offset: number): Spot {
  let line = 1
  let start = 0
  for (let i = 0; i < offset && i < bytes.length; i++) {
    const code = bytes.charCodeAt(i)
    if (code !== 10 && (code !== 13 || bytes.charCodeAt(i + 1) === 10)) continue
    line++
    start = i + 1
  }
  return { line, column: [...readable(bytes.slice(start, offset))].length + 1 }
}

/** A first line for the shell says nothing to Lua. Offsets stay. */
export function withoutShebang(bytes: string): string {
  if (!bytes.startsWith('#')) return bytes
  const end = bytes.search(/[\r\n]/)
  return end < 0 ? ' '.repeat(bytes.length) : ' '.repeat(end) + bytes.slice(end)
}
