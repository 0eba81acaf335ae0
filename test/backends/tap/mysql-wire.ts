/** Statements in what a client of MySQL or MariaDB sends: queries as text, and executions of what it prepared. Must not know what they mean. */
import type { Reader } from './proxy.ts'

const command = { query: 0x03, prepare: 0x16, execute: 0x17, longData: 0x18, close: 0x19, quit: 0x01, bulk: 0xfa } as const
const silent: ReadonlySet<number> = new Set([command.longData, command.close, command.quit])
/** MariaDB: the statement prepared last. */
const last = 0xffffffff

/** Whole packets of a stream: number in its exchange, and content. */
function packets(): (bytes: Buffer) => { readonly number: number; readonly body: Buffer }[] {
  let rest: Buffer = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const found: { number: number; body: Buffer }[] = []
    while (rest.length >= 4) {
      const size = 4 + rest.readUIntLE(0, 3)
      if (rest.length < size) break
      found.push({ number: rest[3] as number, body: rest.subarray(4, size) })
      rest = rest.subarray(size)
    }
    return found
  }
}

export function mysqlReader(): Reader {
  const sent = packets()
  const answered = packets()
  const prepared = new Map<number, string>()
  /** Commands that wait for their answer: the text of a prepare, or nothing. */
  const waiting: (string | undefined)[] = []
  let latest = ''
  const read = (body: Buffer): string | undefined => {
    const kind = body[0] as number
    const text = kind === command.query || kind === command.prepare ? body.toString('utf8', 1) : undefined
    if (!silent.has(kind)) waiting.push(kind === command.prepare ? text : undefined)
    if (kind === command.query) return text
    if (kind === command.prepare) latest = text as string
    if (kind !== command.execute && kind !== command.bulk) return undefined
    const id = body.readUInt32LE(1)
    return id === last ? latest : (prepared.get(id) ?? `unknown statement ${id}`)
  }
  return {
    // Each command begins a new count; what belongs to a login goes on counting.
    fromClient: (bytes) => sent(bytes).flatMap(({ number, body }) => (number === 0 ? (read(body) ?? []) : [])),
    fromServer(bytes) {
      for (const { number, body } of answered(bytes)) {
        if (number !== 1 || waiting.length === 0) continue
        const text = waiting.shift()
        if (text !== undefined && body[0] === 0) prepared.set(body.readUInt32LE(1), text)
      }
    },
  }
}
