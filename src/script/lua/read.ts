/** Reads Lua: text to findings. In charge of the parser and of its limits; nothing here runs a script, and nothing knows whose it is. */
import { LRUCache } from 'lru-cache'
import type { Fault, Reading } from '../finding.ts'
import { judge } from './judge.ts'
import { scan } from './scan.ts'
import { bytesOf, readable, spotOf, withoutShebang } from './source.ts'
import type { Parser } from './syntax.ts'

/** Grammar of 5.3; what 5.4 adds to it (attributes of locals) is taken out before. Everything in memory is bytes. */
const options = { luaVersion: '5.3', encodingMode: 'pseudo-latin1', ranges: true, comments: false, scope: false }

/** Characters of sources whose findings are kept: a script is read when it is given and once more as the row after the write. */
const keptCharacters = 1_048_576
const kept = new LRUCache<string, Reading>({ maxSize: keptCharacters, sizeCalculation: (_, source) => source.length + 1 })

let parser: Parser | undefined

/** Has to have happened before `readLua`. The parser is loaded by those who have scripts, and once. */
export async function loadParser(): Promise<void> {
  if (parser !== undefined) return
  parser = (await import('luaparse')).default
}

/** Never throws for what a text contains. `text` is bounded by who calls. */
export function readLua(text: string): Reading {
  const found = kept.get(text)
  if (found !== undefined) return found
  const reading = readBytes(bytesOf(text))
  kept.set(text, reading)
  return reading
}

const nothing: Reading = { faults: [], incidents: [], globals: [] }

function readBytes(bytes: string): Reading {
  if (parser === undefined) throw new Error('The parser of Lua is not loaded')
  // The sign of a chunk that was compiled: no text, and no parser's business.
  if (bytes.startsWith('\x1b')) return { ...nothing, incidents: [{ construct: 'compiled code', line: 1, column: 1 }] }
  const source = withoutShebang(bytes)
  try {
    const scanned = scan(parser, source, options)
    if ('fault' in scanned) return { ...nothing, faults: [scanned.fault] }
    return judge(parser.parse(scanned.source, options), (offset) => spotOf(source, offset))
  } catch (error) {
    return { ...nothing, faults: [syntaxFault(error, source)] }
  }
}

function syntaxFault(error: unknown, source: string): Fault {
  if (!(error instanceof SyntaxError) || !('index' in error) || typeof error.index !== 'number') throw error
  // The message begins with a place of its own, and may repeat a token of any length.
  const message = readable(error.message.replace(/^\[\d+:\d+\] /, '').replace(/[\x00-\x1f]+/g, ' '))
  const short = message.length > 120 ? `${message.slice(0, 117)}…` : message
  return { ...spotOf(source, Math.min(error.index, source.length)), error: `This is not Lua: ${short}` }
}
